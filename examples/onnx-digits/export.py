"""Writes the trained DigitNet of ../digits as digits.onnx, with weights of its own and batches of any size."""

import sys
from pathlib import Path

import torch

DIGITS = Path(__file__).parent.parent / "digits"
sys.path.append(str(DIGITS))

from model import DigitNet  # noqa: E402

model = DigitNet()
model.load_state_dict(torch.load(DIGITS / "digits.pt")["model"])
model.eval()
program = torch.onnx.export(
    model,
    (torch.zeros(2, 1, 8, 8),),
    input_names=["image"],
    output_names=["logits"],
    dynamic_shapes=({0: torch.export.Dim("batch")},),
    dynamo=True,
    # Folded, weights would lose their names.
    optimize=False,
)
# The exporter notes where in the source each operator comes from, with paths of the machine.
for node in program.model.graph:
    node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
program.save(Path(__file__).parent / "digits.onnx")
