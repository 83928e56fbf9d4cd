"""Says what PyTorch does with variants of models.

Usage: mutations.py REQUEST.json
The request: [{"path": original file, "variants": [source, ...]}, ...]. Prints for each model the shape and type of its input
and for each variant null, or the error's text, the line of the variant where it came from, and the output shape.
"""

import json
import sys
import traceback
import types
import warnings

import torch

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def load(source, name):
    module = types.ModuleType(name)
    # dataclasses look their module up by name.
    sys.modules[name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def build(module, text):
    found = eval(text, module.__dict__)
    return found if isinstance(found, torch.nn.Module) else found()


def judge(source, name, model, inputs):
    try:
        with torch.no_grad():
            out = build(load(source, name), model).eval()(*inputs)
        first = out if torch.is_tensor(out) else next(part for part in out if torch.is_tensor(part))
        return {"error": None, "line": 0, "output": list(first.shape)}
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
        return {"error": f"{type(error).__name__}: {error}", "line": lines[-1] if lines else 0, "output": None}


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    answers = []
    for number, entry in enumerate(request):
        with open(entry["path"]) as file:
            original = load(file.read(), f"original{number}")
        _, data, loss = original.example(torch.Generator().manual_seed(2))
        x = data["x"]
        # A model that returns its own loss is given the targets.
        inputs = (x, data["y"]) if loss is None else (x,)
        answers.append(
            {
                "model": original.MODEL,
                "shape": list(x.shape),
                "integers": not x.is_floating_point(),
                "variants": [
                    judge(source, f"variant{number}_{i}", original.MODEL, inputs)
                    for i, source in enumerate(entry["variants"])
                ],
            }
        )
    print(json.dumps(answers))


main()
