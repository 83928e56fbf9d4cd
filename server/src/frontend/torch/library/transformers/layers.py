"""Layers and heads that model files derive from."""

from torch import nn
import torch

from transformers.modeling_outputs import (
    QuestionAnsweringModelOutput,
    SequenceClassifierOutputWithPast,
    TokenClassifierOutput,
)
from transformers.models.auto import AutoModel


class GradientCheckpointingLayer(nn.Module):
    gradient_checkpointing = False


class _Head:
    """A head on the bare model of the same family."""

    base_model_prefix = "model"

    def _make(self, config):
        setattr(self, self.base_model_prefix, AutoModel.from_config(config))

    def _run(self, input_ids, options):
        return getattr(self, self.base_model_prefix)(input_ids, **options)


class GenericForSequenceClassification(_Head):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self._make(config)
        self.score = nn.Linear(config.get_text_config().hidden_size, self.num_labels, bias=False)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        outputs = self._run(input_ids, {"attention_mask": attention_mask, **kwargs})
        logits = self.score(outputs.last_hidden_state)
        padding = self.config.get_text_config().pad_token_id
        rows = logits.shape[0]
        if padding is None and rows != 1:
            raise ValueError("Cannot handle batch sizes > 1 if no padding token is defined.")
        if padding is None or input_ids is None:
            last = -1
        else:
            # The last token that is no padding.
            kept = (input_ids != padding).to(torch.int32)
            last = (torch.arange(input_ids.shape[-1], dtype=torch.int32) * kept).argmax(-1)
        pooled = logits[torch.arange(rows), last]
        loss = None
        if labels is not None:
            loss = self.loss_function(logits=logits, labels=labels, pooled_logits=pooled, config=self.config)
        return SequenceClassifierOutputWithPast(loss=loss, logits=pooled, past_key_values=outputs.past_key_values)


class GenericForTokenClassification(_Head):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self._make(config)
        rates = [getattr(config, name, None) for name in ("classifier_dropout", "hidden_dropout")]
        self.dropout = nn.Dropout(next((rate for rate in rates if rate is not None), 0.1))
        self.score = nn.Linear(config.get_text_config().hidden_size, config.num_labels)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        outputs = self._run(input_ids, {"attention_mask": attention_mask, **kwargs})
        logits = self.score(self.dropout(outputs.last_hidden_state))
        loss = None if labels is None else self.loss_function(logits, labels, self.config)
        return TokenClassifierOutput(loss=loss, logits=logits)


class GenericForQuestionAnswering(_Head):
    def __init__(self, config):
        super().__init__(config)
        self._make(config)
        self.qa_outputs = nn.Linear(config.hidden_size, 2)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, start_positions=None, end_positions=None, **kwargs):
        outputs = self._run(input_ids, {"attention_mask": attention_mask, **kwargs})
        start, end = self.qa_outputs(outputs.last_hidden_state).unbind(-1)
        loss = self.loss_function(start, end, start_positions, end_positions)
        return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)
