"""Texts: missing, damaged, repeated, in several splits, with what should not be in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..columns.cells import as_texts
from ..fixes import blank, conflicting_keys, leaked
from ..mending import repaired
from ..near import METHOD, NEAR, near_pairs
from .findings import Case, Finding
from .secrets import PERSONAL


def check_texts(case: Case) -> Iterator[Finding]:
    """Missing and empty texts, and what is no text at all."""
    for role in [r for r in ("text", "pair") if r in case.frame.columns]:
        values = case.frame[role]
        empty = blank(values)
        if empty.any():
            yield Finding(
                "error", f"empty {role}", f"{empty.sum():,} rows have no {role}.",
                int(empty.sum()), case.places(empty, *_label(case)), "Leave them out.",
                {"fixes": ["drop_empty_texts"]},
            )  # fmt: skip
        other = np.asarray([not isinstance(v, str) for v in values], bool) & ~empty
        if other.any():
            kind = type(values[other].iloc[0]).__name__
            yield Finding(
                "error", f"{role} is no text",
                f"{other.sum():,} rows have {kind} where the {role} belongs.", int(other.sum()),
                case.places(other, role), f"Map the column that holds the {role}.",
            )  # fmt: skip
            return
        if not empty.all() and values.nunique() == 1 and len(values) > 1:
            yield Finding(
                "warning", f"constant {role}", f"Every row has the same {role}.", len(values),
                case.places(~empty), f"Map the column that holds the {role}.",
            )  # fmt: skip


def _label(case: Case) -> tuple[str, ...]:
    """The column of labels, where there is one."""
    return ("label",) if case.frame["label"].notna().any() else ()


def check_repeats(case: Case) -> Iterator[Finding]:
    """Duplicates, one text with several labels, and texts that are in two splits."""
    frame, tables = case.frame, case.by_split()
    filled = ~blank(frame["text"])
    keys = case.keys()
    label = frame["label"].where(frame["label"].notna(), "").to_numpy(dtype=object)
    import pandas as pd

    both = pd.DataFrame({"split": frame["split"].to_numpy(), "key": keys, "label": label})
    repeated = both.duplicated().to_numpy(bool) & filled
    same = "the same text (whatever its case and spaces)" + " and label" * len(_label(case))
    if repeated.any():
        one_split = len(tables) == 1
        yield Finding(
            "warning", "duplicates",
            f"{repeated.sum():,} rows repeat {same} as an earlier one"
            + ("; when splits are drawn, copies can land on both sides." if one_split else "."),
            int(repeated.sum()), case.places(repeated), "Keep the first of each.",
            {"fixes": ["drop_duplicates"]},
        )  # fmt: skip
    at_odds = conflicting_keys({"all": frame[filled]})
    conflict = np.isin(keys, at_odds) & filled
    if conflict.any():
        order = np.argsort(keys[conflict], kind="stable")
        shown = frame[conflict].iloc[order[:3]]
        yield Finding(
            "warning", "conflicting labels",
            f"{len(at_odds):,} texts have different labels in different rows "
            f"({conflict.sum():,} rows).", int(conflict.sum()),
            case.places(np.ones(len(shown), bool), "label", "text", frame=shown),
            "Decide on one label, or leave them all out.", {"fixes": ["drop_conflicts"]},
        )  # fmt: skip
    if len(tables) > 1:
        marked = np.concatenate([mask for mask in leaked(tables).values()]) & filled
        if marked.any():
            yield Finding(
                "warning", "leakage",
                f"{marked.sum():,} texts of one split are also in a later one: scores will be too "
                "good.", int(marked.sum()), case.places(marked),
                "Leave them out of the earlier split.", {"fixes": ["drop_leaked"]},
            )  # fmt: skip


def check_near(case: Case) -> Iterator[Finding]:
    """Texts that are nearly the same, and those of them that are in two splits."""
    frame = case.sampled()
    frame = frame[~blank(frame["text"])]
    texts = frame["text"].astype(str)
    if "pair" in frame.columns:
        texts = texts + " " + as_texts(frame["pair"])
    pairs, similarity = near_pairs(list(texts), threshold=NEAR, seed=case.recipe.seed)
    keys = case.keys()[np.isin(case.frame.index, frame.index)]
    differ = keys[pairs[:, 0]] != keys[pairs[:, 1]] if len(pairs) else np.zeros(0, bool)
    pairs, similarity = pairs[differ], similarity[differ]
    import pandas as pd

    splits = frame["split"].to_numpy()
    rows = frame["row"].to_numpy()
    case.tables["near duplicates"] = pd.DataFrame(
        {
            "split": splits[pairs[:, 0]], "row": rows[pairs[:, 0]],
            "other_split": splits[pairs[:, 1]], "other_row": rows[pairs[:, 1]],
            "similarity": similarity, "text": texts.to_numpy()[pairs[:, 0]],
            "other_text": texts.to_numpy()[pairs[:, 1]],
        }
    ).sort_values("similarity", ascending=False, ignore_index=True)  # fmt: skip
    if not len(pairs):
        return
    across = splits[pairs[:, 0]] != splits[pairs[:, 1]]
    table = case.tables["near duplicates"]
    shown = tuple(
        f"{r.split} row {r.row} and {r.other_split} row {r.other_row} ({r.similarity:.0%}): "
        f"{r.text[:50]!r}"
        for r in table.head(3).itertuples()
    )
    involved = len(np.unique(pairs[:, 1]))
    method = METHOD.format(threshold=NEAR) + case.sampled_note()
    yield Finding(
        "warning" if across.any() else "info", "near duplicates",
        f"{involved:,} texts are nearly the same as another one"
        + (f", {across.sum():,} pairs in two splits" if across.any() else "")
        + f"; {method}.", involved, shown,
        "Look at check.tables['near duplicates']; keep one of each, or split by a group column "
        "when they belong together.", {"fixes": ["drop_near_duplicates"]},
    )  # fmt: skip


_MOJIBAKE = "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6"
_MOJIBAKE += "\u02dc\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d+);|<(?:br|p|div|span|a|b|i)\b[^>]*>", re.I)


def check_damage(case: Case) -> Iterator[Finding]:
    """Characters that were lost or read in the wrong encoding; control characters; mark-up."""
    texts = case.frame["text"].where(~blank(case.frame["text"]), "").astype(str).tolist()
    suspect = re.compile(_MOJIBAKE)
    wrong = np.asarray(
        [not t.isascii() and bool(suspect.search(t)) and repaired(t) != t for t in texts], bool
    )
    if wrong.any():
        first = texts[int(np.flatnonzero(wrong)[0])]
        yield Finding(
            "warning", "encoding damage",
            f"{wrong.sum():,} texts are UTF-8 that was read in another encoding.",
            int(wrong.sum()), case.places(wrong), f"Repaired, it reads {repaired(first)[:40]!r}.",
            {"fixes": ["repair_encoding"]},
        )  # fmt: skip
    lost = np.asarray(["\ufffd" in text for text in texts], bool)
    if lost.any():
        yield Finding(
            "warning", "lost characters",
            f"{lost.sum():,} texts hold the sign for a lost character (\ufffd).", int(lost.sum()),
            case.places(lost), "Read the original again in the right encoding.",
        )  # fmt: skip
    control = np.asarray([bool(_CONTROL.search(text)) for text in texts], bool)
    if control.any():
        yield Finding(
            "info", "control characters", f"{control.sum():,} texts hold control characters.",
            int(control.sum()), case.places(control), "Take them out where they mean nothing.",
        )  # fmt: skip
    markup = np.asarray([bool(_MARKUP.search(t)) for t in texts], bool)
    if markup.sum() > 0.01 * len(texts):
        yield Finding(
            "info", "mark-up", f"{markup.sum():,} texts hold HTML.", int(markup.sum()),
            case.places(markup), "Take it out where it means nothing.",
        )  # fmt: skip


def check_personal(case: Case) -> Iterator[Finding]:
    """Look-outs for personal data: e-mail addresses, phone numbers, card numbers (Luhn)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = case.frame["text"].where(~blank(case.frame["text"]), "").astype(str)
    array = pa.array(texts.tolist(), pa.large_string())
    for name, pattern in PERSONAL.items():
        found = pc.match_substring_regex(array, pattern).to_numpy(zero_copy_only=False).copy()
        if name == "card numbers":
            for position in np.flatnonzero(found):
                numbers = re.findall(r"\d(?:[ -]?\d){12,18}", texts.iloc[position])
                found[position] = any(luhn(number) for number in numbers)
        if found.any():
            yield Finding(
                "warning", "personal data", f"{found.sum():,} texts seem to hold {name}.",
                int(found.sum()),
                tuple(f"{r.split} row {r.row}" for r in case.frame[found].head(3).itertuples()),
                "Mask them unless you may use them: a model can repeat what it was trained on.",
            )  # fmt: skip


def luhn(number: str) -> bool:
    """Whether the digits are a card number by its check digit.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(char) for char in number if char.isdecimal()][::-1]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1
