"""Runs the snippets beside this file with CPython and writes what they print to expected.json."""
import contextlib, io, json, os, re

folder = os.path.dirname(os.path.abspath(__file__))
expected = {}
for name in ("language", "classes", "builtins", "library", "models"):
    text = open(os.path.join(folder, name + ".py"), encoding="utf-8").read()
    parts = re.split(r"^#: (.*)\n", text, flags=re.M)[1:]
    for title, code in zip(parts[::2], parts[1::2]):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, title, "exec"), {"__name__": "__main__"})
        key = f"{name}: {title}"
        assert key not in expected, key
        expected[key] = out.getvalue()
with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file, indent=2, ensure_ascii=False)
    file.write("\n")
print(len(expected), "cases")
