"""Trees in brackets, ``(S (NP (NNP Ada)) ...)``: not read, which is said in one sentence."""

from __future__ import annotations

import re

from ...errors import DataError
from ...i18n import t
from . import Shape, Source

_LEAF = re.compile(r"\([^\s()]+\s+[^\s()]+\)")
_REST = re.compile(r"\([^\s()]*|\)|\s+")
_FEWEST = 6  # leaves


def _refuse(first: list[str], source: Source) -> None:
    lines = [line for line in first if line.strip()]
    if not lines or not lines[0].lstrip().startswith("("):
        return
    text = "\n".join(lines)[:100_000]
    leaves = _LEAF.findall(text)
    rest = _REST.sub("", _LEAF.sub("", text))
    nested = text.count("(") >= 1.3 * len(leaves)
    if len(leaves) >= _FEWEST and nested and len(rest) <= 0.02 * len(text):
        raise DataError(t("data_notes.trees", path=source.path), t("data_notes.trees_back"))


_ENDINGS = (".txt", ".text", ".mrg", ".parse", ".ptb", ".psd", ".tree", ".trees", ".prd")
LINES = (Shape("trees", _refuse, _ENDINGS),)
