"""Losses that models of transformers compute when they are given labels."""

import re

from torch import nn
from torch.nn import functional as F

from torch._registry import stop


def fixed_cross_entropy(source, target, num_items_in_batch=None, ignore_index=-100, **kwargs):
    if num_items_in_batch is None:
        return F.cross_entropy(source, target, ignore_index=ignore_index)
    return F.cross_entropy(source, target, ignore_index=ignore_index, reduction="sum") / num_items_in_batch


def ForCausalLMLoss(
    logits, labels, vocab_size, num_items_in_batch=None, ignore_index=-100, shift_labels=None, **kwargs
):
    """Every position predicts the next token; the last one predicts nothing."""
    if shift_labels is None:
        shift_labels = F.pad(labels, (0, 1), value=ignore_index)[..., 1:]
    scores = logits.float().view(-1, vocab_size)
    return fixed_cross_entropy(scores, shift_labels.reshape(-1), num_items_in_batch, ignore_index)


def ForMaskedLMLoss(logits, labels, vocab_size, num_items_in_batch=None, ignore_index=-100, **kwargs):
    return fixed_cross_entropy(logits.float().view(-1, vocab_size), labels.view(-1), num_items_in_batch, ignore_index)


def ForSequenceClassificationLoss(labels, pooled_logits, config, **kwargs):
    count = config.num_labels
    kind = config.problem_type
    if kind is None:
        whole = not labels.is_floating_point()
        kind = "regression" if count == 1 else "single_label_classification" if whole else "multi_label_classification"
        config.problem_type = kind
    if kind == "regression":
        return F.mse_loss(pooled_logits.squeeze(), labels.squeeze()) if count == 1 else F.mse_loss(pooled_logits, labels)
    if kind == "single_label_classification":
        return fixed_cross_entropy(pooled_logits.view(-1, count), labels.view(-1))
    return F.binary_cross_entropy_with_logits(pooled_logits, labels)


def ForTokenClassification(logits, labels, config, **kwargs):
    return fixed_cross_entropy(logits.view(-1, config.num_labels).float(), labels.view(-1))


def ForQuestionAnsweringLoss(start_logits, end_logits, start_positions, end_positions, **kwargs):
    if start_positions is None or end_positions is None:
        return None
    ignored = start_logits.size(1)

    def one(scores, positions):
        return fixed_cross_entropy(scores, positions.reshape(-1).clamp(0, ignored), ignore_index=ignored)

    return (one(start_logits, start_positions) + one(end_logits, end_positions)) / 2


def ForSemanticSegmentationLoss(logits, labels, ignore_index=255, **kwargs):
    larger = F.interpolate(logits, size=labels.shape[-2:], mode="bilinear", align_corners=False)
    return fixed_cross_entropy(larger, labels, ignore_index=ignore_index)


LOSS_MAPPING = {
    "ForCausalLM": ForCausalLMLoss,
    "LMHeadModel": ForCausalLMLoss,
    "ForConditionalGeneration": ForCausalLMLoss,
    "ForMaskedLM": ForMaskedLMLoss,
    "ForQuestionAnswering": ForQuestionAnsweringLoss,
    "ForSemanticSegmentation": ForSemanticSegmentationLoss,
    "ForTokenClassification": ForTokenClassification,
    "ForSequenceClassification": ForSequenceClassificationLoss,
    "ForImageClassification": ForSequenceClassificationLoss,
    "ForVideoClassification": ForSequenceClassificationLoss,
    "ForAudioClassification": ForSequenceClassificationLoss,
}


def loss_for(name):
    """The loss of a model class, by the end of its name; that of language models where it says nothing."""
    ending = re.search("|".join(LOSS_MAPPING) + "|For[A-Z]\\w*", name)
    if ending is None:
        return ForCausalLMLoss
    if ending.group() not in LOSS_MAPPING:
        return lambda *args, **kwargs: stop(f"the loss of {name} is not followed")
    return LOSS_MAPPING[ending.group()]
