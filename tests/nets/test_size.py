"""Small enough to read: the bounds the package set itself."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

NETS = Path(__file__).parents[2] / "workbench" / "nets"
FILES = sorted(NETS.glob("*.py"))


def code_lines(source: str) -> int:
    """Lines with code: no blanks, comments or docstrings."""
    lines = set()
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*skipped, tokenize.ENDMARKER):
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_counting():
    assert code_lines('"""Doc\n\nmore"""\n\n# why\nx = (\n    1)\n\ndef f():\n    """D."""\n') == 3


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_no_file_is_long(path):
    assert len(path.read_text("utf-8").splitlines()) <= 250


def test_all_together_are_short():
    nets = [path for path in FILES if path.name != "pictures.py"]  # which only draws
    lines = sum(code_lines(path.read_text("utf-8")) for path in nets)
    assert 500 < lines <= 1500  # BERT stands there twice, in torch and in Keras
