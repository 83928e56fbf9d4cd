"""Writes ONNX's own cases of operators (models, inputs, expected outputs) as lines of JSON: python onnxOperators.py FILE.

Numbers are float64 in base64. The first line says which version of onnx made the cases and names the operators of its newest set.
"""
import base64
import json
import sys
import warnings

import numpy
import onnx
from onnx import defs, numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")


def encoded(bytes_):
    return base64.b64encode(bytes_).decode()


def described(value):
    if value is None or isinstance(value, (list, dict)):
        return {"kind": "other"}
    array = numpy.asarray(numpy_helper.to_array(value) if hasattr(value, "dims") else value)
    if array.dtype.kind in "OUSc":
        return {"kind": "other"}
    kind = "bool" if array.dtype == bool else "int" if array.dtype.kind in "iu" or "int" in array.dtype.name else "float"
    values = numpy.ascontiguousarray(array.astype(numpy.float32) if kind == "float" and array.dtype != float else array)
    return {"kind": kind, "type": array.dtype.name, "shape": list(array.shape), "data": encoded(values.astype("<f8").tobytes())}


def operators():
    newest = {}
    for schema in defs.get_all_schemas():
        newest[(schema.domain, schema.name)] = schema.deprecated
    return [{"domain": domain, "name": name, "deprecated": old} for (domain, name), old in sorted(newest.items())]


with open(sys.argv[1], "w") as file:
    file.write(json.dumps({"onnx": onnx.__version__, "operators": operators()}) + "\n")
    for case in collect_testcases(None):
        inputs, outputs = case.data_sets[0]
        graph = case.model.graph
        line = {
            "name": case.name,
            "model": encoded(case.model.SerializeToString()),
            "inputs": {each.name: described(value) for each, value in zip(graph.input, inputs)},
            "outputs": {each.name: described(value) for each, value in zip(graph.output, outputs)},
        }
        file.write(json.dumps(line) + "\n")
