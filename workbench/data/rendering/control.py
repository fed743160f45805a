"""Control tokens: those that a template writes, and those in somebody's text, which stay text.

A text that says ``<|im_end|>`` would end its own turn if it were tokenized as it stands. So a sign
that the data does not have is put into every such place before the template sees it; the rendered
text is parted there, and each part is tokenized by itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from ...i18n import t

_PLAIN = re.compile(r"\w+|\s+")  # words and blanks that somebody added are no control tokens
NOTHING = re.compile(r"(?!)")  # found nowhere
_SIGNS = range(0xE000, 0xF8FF)  # for private use


class Tokens:
    """How a tokenizer cuts rendered texts.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    """

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer

    @cached_property
    def control(self) -> dict[str, int]:
        """Control tokens and their ids: special ones, and added ones that are no word."""
        added = self.tokenizer.added_tokens_decoder
        return {
            one.content: number for number, one in added.items()
            if one.content and (one.special or not _PLAIN.fullmatch(one.content))
        }  # fmt: skip

    @cached_property
    def pattern(self) -> re.Pattern:
        """Finds control tokens, the longest first."""
        names = sorted(self.control, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names))) if names else NOTHING

    @cached_property
    def _going_on(self) -> Any:
        """The tokenizer for a text that goes on: nothing is put before its first word."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if backend is None:
            return None
        said = json.loads(backend.to_str())
        changed = [_without_prefix(said.get(name)) for name in ("normalizer", "pre_tokenizer")]
        if not any(changed):
            return backend
        if said.get("normalizer", {}) and said["normalizer"].get("type") == "Prepend":
            said["normalizer"] = None
        return type(backend).from_str(json.dumps(said))

    def encode(self, text: str, breaks: Iterable[int]) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids of a text, and where each stands in it (characters).

        Parameters
        ----------
        text : str
        breaks : iterable of int
            Characters before which the text is parted, so that no token reaches over.
        """
        cuts = sorted({0, len(text), *(at for at in breaks if 0 < at < len(text))})
        ids: list[int] = []
        places: list[tuple[int, int]] = []
        for start, end in zip(cuts[:-1], cuts[1:], strict=True):
            found, offsets = self._piece(text[start:end], first=start == 0)
            ids += found
            places += [(a + start, b + start) for a, b in offsets]
        return ids, places

    def _piece(self, text: str, *, first: bool) -> tuple[list[int], list[tuple[int, int]]]:
        backend = None if first else self._going_on
        if backend is not None:
            found = backend.encode(text, add_special_tokens=False)
            return list(found.ids), list(found.offsets)
        wanted = {"add_special_tokens": False, "verbose": False, "truncation": False}
        if getattr(self.tokenizer, "is_fast", False):
            both = self.tokenizer(text, return_offsets_mapping=True, **wanted)
            return list(both["input_ids"]), [tuple(place) for place in both["offset_mapping"]]
        ids = list(self.tokenizer(text, **wanted)["input_ids"])
        return ids, [(0, len(text))] * len(ids)  # a piece is learnt whole or not at all


def _without_prefix(part: dict | None) -> bool:
    """Take from a part of a tokenizer what it puts before a text; whether there was anything."""
    if not part:
        return False
    inner = part.get("normalizers") or part.get("pretokenizers") or []
    changed = [_without_prefix(one) for one in inner]
    if "normalizers" in part:
        part["normalizers"] = [one for one in inner if one["type"] != "Prepend"]
        changed.append(len(part["normalizers"]) < len(inner))
    if part["type"] == "Prepend":
        changed.append(True)
    if part["type"] == "Metaspace" and part.get("prepend_scheme", "always") != "never":
        part["prepend_scheme"] = "never"
        changed.append(True)
    if part["type"] == "ByteLevel" and part.get("add_prefix_space"):
        part["add_prefix_space"] = False
        changed.append(True)
    return any(changed)


def pattern_of(tokenizer: Any) -> re.Pattern | None:
    """Finds a tokenizer's special tokens, but for the unknown word; None where it has none."""
    names = [
        one.content for one in tokenizer.added_tokens_decoder.values()
        if one.special and one.content.strip() and one.content != tokenizer.unk_token
    ]  # fmt: skip
    names.sort(key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None


def said(found: Iterable[set[str]], key: str) -> tuple[str, int]:
    """The sentence ``key`` on the rows that spell out control tokens, with the most frequent four,
    and how many rows they are; ("", 0) for none.

    Parameters
    ----------
    found : iterable of set of str
        Of each row which it spells out.
    key : str
        Of the catalogue of words, with ``n`` and ``names``.
    """
    counts: Counter[str] = Counter()
    rows = 0
    for names in found:
        counts.update(sorted(names))
        rows += bool(names)
    shown = ", ".join(repr(one) for one, _ in counts.most_common(4))
    return (t(key, n=rows, names=shown), rows) if rows else ("", 0)


def key_of(*, kept: bool) -> str:
    """The sentence for texts that are read and learnt, by whether control tokens are kept such."""
    return "written.control_kept" if kept else "written.control_text"


def free_sign(texts: Iterable[str]) -> str:
    """A sign that stands in none of the texts."""
    used = {char for text in texts for char in text if "\ue000" <= char <= "\uf8ff"}
    return next(chr(code) for code in _SIGNS if chr(code) not in used)


def texts_in(value: Any) -> Iterable[str]:
    """All texts of lists and objects, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_in(inner)


def marked(value: Any, pattern: re.Pattern, sign: str, *, kept: tuple[str, ...] = ()) -> Any:
    """A value whose texts have the sign behind the first character of each control token.

    Texts under a key of ``kept`` stay as they are: what a template compares, such as roles.
    """
    if isinstance(value, str):
        return pattern.sub(lambda found: found[0][0] + sign + found[0][1:], value)
    if isinstance(value, dict):
        return {
            (key if key in kept else marked(key, pattern, sign)):
            (inner if key in kept else marked(inner, pattern, sign, kept=kept))
            for key, inner in value.items()
        }  # fmt: skip
    if isinstance(value, (list, tuple)):
        return [marked(inner, pattern, sign, kept=kept) for inner in value]
    return value
