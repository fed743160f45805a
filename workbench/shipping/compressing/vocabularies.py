"""A tokenizer with some of its tokens, which cuts the texts that it was trimmed for as before.

Why it does: a piece that was not chosen for a text takes no part in how it is cut. WordPiece takes
the longest piece that is there, and that one still is; the best path of Unigram is still the best;
the merges of BPE that were made are all kept, with what they are made of.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ...errors import ModelError
from ...i18n import t


def trimmed(backend: dict[str, Any], used: Collection[int]) -> tuple[dict[str, Any], list[int]]:
    """A tokenizer's JSON with some tokens, numbered anew in their order.

    Parameters
    ----------
    backend : dict
        ``tokenizer.json``.
    used : collection of int
        Ids that must stay. What they are made of, and all added tokens, stay as well.

    Returns
    -------
    backend : dict
    kept : list of int
        The old id of each new one.

    Raises
    ------
    ModelError
        If the tokenizer is of a kind that is not known here.
    """
    found = json.loads(json.dumps(backend))
    model, added = found["model"], found.get("added_tokens") or []
    kind = model.get("type")
    if kind not in ("WordPiece", "WordLevel", "BPE", "Unigram"):
        raise ModelError(t("compress.tokenizer", kind=kind), t("compress.tokenizer_remedy"))
    pieces = model["vocab"]
    ids = (
        {piece: number for number, (piece, _) in enumerate(pieces)}
        if kind == "Unigram" else dict(pieces)
    )  # fmt: skip
    names = {number: piece for piece, number in ids.items()}
    stay = {*used, *(one["id"] for one in added)}
    if kind == "BPE":
        stay |= _made_of(model["merges"], ids, {names[one] for one in stay if one in names})
    if kind == "Unigram":  # what is unknown is scored by the worst piece
        stay |= {min(range(len(pieces)), key=lambda number: pieces[number][1])}
        stay |= {model["unk_id"]} if model.get("unk_id") is not None else set()
    elif model.get("unk_token") in ids:
        stay.add(ids[model["unk_token"]])
    kept = sorted(stay)
    new = {old: number for number, old in enumerate(kept)}
    if kind == "Unigram":
        model["vocab"] = [pieces[old] for old in kept if old < len(pieces)]
        model["unk_id"] = new.get(model.get("unk_id"))
    else:
        model["vocab"] = {names[old]: new[old] for old in kept if old in names}
    if kind == "BPE":
        there = set(model["vocab"])
        model["merges"] = [one for one in model["merges"]
                           if {*_pair(one), _result(one)} <= there]  # fmt: skip
    for one in added:
        one["id"] = new[one["id"]]
    _renumber(found.get("post_processor"), new)
    if found.get("padding"):
        found["padding"]["pad_id"] = new[found["padding"]["pad_id"]]
    return found, kept


def letters(backend: dict[str, Any], texts: Collection[str]) -> set[int]:
    """Ids of the single characters that occur in texts, as beginnings and as what follows.

    With them other words of the same script can still be spelt. Of BPE they are all pieces of one
    character, which stand for bytes.
    """
    model = backend["model"]
    pieces = model["vocab"]
    if model.get("type") == "Unigram":
        ids = {piece: number for number, (piece, _) in enumerate(pieces)}
    else:
        ids = pieces
    occur = {sign for text in texts for sign in (*text, *text.lower())}
    prefix = model.get("continuing_subword_prefix") or ""
    found = {number for piece, number in ids.items()
             if (len(piece) == 1 and model.get("type") == "BPE") or piece in occur
             or (prefix and piece.removeprefix(prefix) in occur)}  # fmt: skip
    return {number for number in found if number is not None}


def _made_of(merges: list, ids: dict[str, int], pieces: set[str]) -> set[int]:
    """Ids of pieces, and of all that they can be merged from."""
    parts: dict[str, list[str]] = {}
    for one in merges:
        parts.setdefault(_result(one), []).extend(_pair(one))
    found, ahead = set[str](), list(pieces)
    while ahead:
        piece = ahead.pop()
        if piece not in found:
            found.add(piece)
            ahead += parts.get(piece, [])
    return {ids[piece] for piece in found if piece in ids} | {
        number for piece, number in ids.items() if len(piece) == 1
    }


def _pair(merge: Any) -> tuple[str, str]:
    first, second = merge.split(" ", 1) if isinstance(merge, str) else merge
    return first, second


def _result(merge: Any) -> str:
    return "".join(_pair(merge))


def _renumber(part: Any, new: dict[int, int]) -> None:
    """The ids in a post-processor's JSON, in place."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "ids":
                part[name] = [new[one] for one in value]
            elif name in ("sep", "cls") and isinstance(value, list) and len(value) == 2:
                part[name] = [value[0], new[value[1]]]
            else:
                _renumber(value, new)
    elif isinstance(part, list):
        for one in part:
            _renumber(one, new)
