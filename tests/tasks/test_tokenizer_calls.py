"""A text that is read whole on purpose brings no warning of the library with it.

"Token indices sequence length is longer than the specified maximum" comes where a tokenizer is
called without a cut, and a reader can do nothing with it: ``verbose=False`` is said there.
"""

import ast
from pathlib import Path

import workbench

ROOT = Path(workbench.__file__).parent


def _calls():
    for path in sorted(ROOT.rglob("*.py")):
        if "samples" in path.parts:  # what converts an archive has no reader
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name == "tokenizer" and not ast.unparse(node).endswith("(folder)"):  # a loader
                    yield path.relative_to(ROOT), node


def _warns(call):
    given = {one.arg: ast.unparse(one.value) for one in call.keywords}
    spread = " ".join(ast.unparse(one.value) for one in call.keywords if one.arg is None)
    cut = given.get("truncation", "False") != "False"
    return not (cut or given.get("verbose") == "False" or spread)


def test_no_call_of_a_tokenizer_warns_of_a_long_text():
    calls = list(_calls())
    assert len(calls) > 10
    assert [f"{path}:{call.lineno}" for path, call in calls if _warns(call)] == []
