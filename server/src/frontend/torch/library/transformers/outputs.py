"""Results of transformers' models: records that are also dictionaries and tuples of what is not None."""

from collections import OrderedDict
from dataclasses import dataclass


class ModelOutput(OrderedDict):
    def __post_init__(self):
        for name in _fields(type(self)):
            value = getattr(self, name)
            if value is not None:
                OrderedDict.__setitem__(self, name, value)

    def __getitem__(self, key):
        return OrderedDict.__getitem__(self, key) if isinstance(key, str) else self.to_tuple()[key]

    def __setitem__(self, key, value):
        OrderedDict.__setitem__(self, key, value)
        object.__setattr__(self, key, value)

    def __setattr__(self, name, value):
        if value is not None and name in self.keys():
            OrderedDict.__setitem__(self, name, value)
        object.__setattr__(self, name, value)

    def to_tuple(self):
        return tuple(self[name] for name in self.keys())


def _fields(cls):
    names = []
    for each in reversed(cls.__mro__):
        for name in each.__dict__.get("__annotations__", {}):
            if name not in names:
                names.append(name)
    return names


def _output(name, fields):
    """The class of a result: every field may be absent."""
    fields = fields.split()
    body = {"__annotations__": {field: "Optional[Any]" for field in fields}, "__module__": __name__}
    return dataclass(type(name, (ModelOutput,), {**body, **{field: None for field in fields}}))


_seen = "hidden_states attentions"
_crossed = "hidden_states attentions cross_attentions"
_decoder = "decoder_hidden_states decoder_attentions cross_attentions"
_encoder = "encoder_last_hidden_state encoder_hidden_states encoder_attentions"
_both = f"past_key_values {_decoder} {_encoder}"
_series = f"{_both} loc scale static_features"

BaseModelOutput = _output("BaseModelOutput", f"last_hidden_state {_seen}")
BaseModelOutputWithNoAttention = _output("BaseModelOutputWithNoAttention", "last_hidden_state hidden_states")
BaseModelOutputWithPooling = _output("BaseModelOutputWithPooling", f"last_hidden_state pooler_output {_seen}")
BaseModelOutputWithPoolingAndNoAttention = _output(
    "BaseModelOutputWithPoolingAndNoAttention", "last_hidden_state pooler_output hidden_states"
)
BaseModelOutputWithPast = _output("BaseModelOutputWithPast", f"last_hidden_state past_key_values {_seen}")
BaseModelOutputWithCrossAttentions = _output("BaseModelOutputWithCrossAttentions", f"last_hidden_state {_crossed}")
BaseModelOutputWithPoolingAndCrossAttentions = _output(
    "BaseModelOutputWithPoolingAndCrossAttentions", f"last_hidden_state pooler_output past_key_values {_crossed}"
)
BaseModelOutputWithPastAndCrossAttentions = _output(
    "BaseModelOutputWithPastAndCrossAttentions", f"last_hidden_state past_key_values {_crossed}"
)
BaseModelOutputWithPoolingAndProjection = _output(
    "BaseModelOutputWithPoolingAndProjection", f"last_hidden_state pooler_output {_seen} projection_state"
)
BackboneOutput = _output("BackboneOutput", f"feature_maps {_seen}")
MoEModelOutput = _output("MoEModelOutput", f"last_hidden_state {_seen} router_probs")
MoeModelOutputWithPast = _output("MoeModelOutputWithPast", f"last_hidden_state past_key_values {_seen} router_logits")
MoEModelOutputWithPastAndCrossAttentions = _output(
    "MoEModelOutputWithPastAndCrossAttentions", f"last_hidden_state past_key_values {_crossed} router_probs"
)
Seq2SeqModelOutput = _output("Seq2SeqModelOutput", f"last_hidden_state {_both}")
Wav2Vec2BaseModelOutput = _output("Wav2Vec2BaseModelOutput", f"last_hidden_state extract_features {_seen}")
Seq2SeqTSModelOutput = _output("Seq2SeqTSModelOutput", f"last_hidden_state {_series}")
Seq2SeqTSPredictionOutput = _output("Seq2SeqTSPredictionOutput", f"loss params {_series}")
SampleTSPredictionOutput = _output("SampleTSPredictionOutput", "sequences")

CausalLMOutput = _output("CausalLMOutput", f"loss logits {_seen}")
CausalLMOutputWithPast = _output("CausalLMOutputWithPast", f"loss logits past_key_values {_seen}")
CausalLMOutputWithCrossAttentions = _output(
    "CausalLMOutputWithCrossAttentions", f"loss logits past_key_values {_crossed}"
)
MoeCausalLMOutputWithPast = _output(
    "MoeCausalLMOutputWithPast", f"loss aux_loss logits past_key_values {_seen} router_logits"
)
SequenceClassifierOutput = _output("SequenceClassifierOutput", f"loss logits {_seen}")
SequenceClassifierOutputWithPast = _output(
    "SequenceClassifierOutputWithPast", f"loss logits past_key_values {_seen}"
)
MaskedLMOutput = _output("MaskedLMOutput", f"loss logits {_seen}")
NextSentencePredictorOutput = _output("NextSentencePredictorOutput", f"loss logits {_seen}")
MultipleChoiceModelOutput = _output("MultipleChoiceModelOutput", f"loss logits {_seen}")
TokenClassifierOutput = _output("TokenClassifierOutput", f"loss logits {_seen}")
QuestionAnsweringModelOutput = _output("QuestionAnsweringModelOutput", f"loss start_logits end_logits {_seen}")
Seq2SeqLMOutput = _output("Seq2SeqLMOutput", f"loss logits {_both}")
Seq2SeqSequenceClassifierOutput = _output("Seq2SeqSequenceClassifierOutput", f"loss logits {_both}")
Seq2SeqQuestionAnsweringModelOutput = _output(
    "Seq2SeqQuestionAnsweringModelOutput", f"loss start_logits end_logits {_both}"
)
SemanticSegmenterOutput = _output("SemanticSegmenterOutput", f"loss logits {_seen}")
DepthEstimatorOutput = _output("DepthEstimatorOutput", f"loss predicted_depth {_seen}")
ImageClassifierOutput = _output("ImageClassifierOutput", f"loss logits {_seen}")
ImageClassifierOutputWithNoAttention = _output("ImageClassifierOutputWithNoAttention", "loss logits hidden_states")
ImageSuperResolutionOutput = _output("ImageSuperResolutionOutput", f"loss reconstruction {_seen}")
MaskedImageModelingOutput = _output("MaskedImageModelingOutput", f"loss reconstruction {_seen}")
XVectorOutput = _output("XVectorOutput", f"loss logits embeddings {_seen}")
