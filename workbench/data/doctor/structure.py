"""Tasks on more than whole texts: tags against tokens, answers against contexts, pairs of texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from .. import fixes
from ..tagged import joined
from . import texts
from .findings import Case, Finding, short


def _rows(case: Case, *roles: str) -> Iterator[tuple]:
    """Split, row number and the values of roles, of every row."""
    columns = [case.mapping.columns[role] for role in roles]
    for name, split in case.splits.items():
        plain = split.with_format(None).select_columns(list(dict.fromkeys(columns)))
        row = 0
        for batch in plain.iter(batch_size=1000):
            for values in zip(*(batch[column] for column in columns), strict=True):
                yield name, row, *values
                row += 1


def _finding(
    severity: str, check: str, what: str, found: list[str], remedy: str, *, fix: str = ""
) -> list[Finding]:
    if not found:
        return []
    count = len(found)
    change = {"fixes": [fix]} if fix else {}
    said = f"{count:,} rows {what}."
    return [Finding(severity, check, said, count, tuple(found[:3]), remedy, change)]


def _repeats(case: Case, rows: list[tuple], *, near: bool = True) -> Iterator[Finding]:
    """Rows (split, row, text, pair, label) that are there twice, at odds, or in two splits."""
    import pandas as pd

    if not rows:
        return
    frame = pd.DataFrame(rows, columns=["split", "row", "text", "pair", "label"], dtype=object)
    if frame["pair"].isna().all():
        frame = frame.drop(columns="pair")
    tables = {name: frame[frame["split"] == name] for name in frame["split"].unique()}
    wanted = [fix for fix in case.recipe.fixes if fix in fixes.REPEATS]
    tables, notes = fixes.apply(tables, wanted)
    for note in notes:
        yield Finding("info", "fixed", note, 1, (), "Recorded in the recipe.")
    kept = pd.concat(tables.values(), ignore_index=True)
    if len(kept):
        of_texts = dataclasses.replace(case, frame=kept, memo={})
        yield from texts.check_repeats(of_texts)
        if near:
            yield from texts.check_near(of_texts)


def check_tokens(case: Case) -> Iterator[Finding]:
    """Tags that are not one a token, empty sentences, tags that break the IOB scheme."""
    if not {"tokens", "tags"} <= set(case.mapping.columns):
        return
    unequal, empty, broken = [], [], []
    rows: list[tuple] = []
    types: dict[str, set[str]] = {split: set() for split in case.splits}
    lenient = "drop_unaligned" in case.recipe.fixes
    for split, row, tokens, tags in _rows(case, "tokens", "tags"):
        lists = isinstance(tokens, list) and isinstance(tags, list)
        if lists and tokens and lenient and len(tokens) != len(tags):
            continue
        if lists and tokens:
            words = ["" if token is None else str(token) for token in tokens]
            rows.append((split, row, joined(words), None, " ".join(map(str, tags))))
        place = f"{split} row {row}"
        if not isinstance(tokens, list) or not isinstance(tags, list) or not tokens:
            empty.append(place)
        elif len(tokens) != len(tags):
            unequal.append(f"{place}: {len(tokens)} tokens, {len(tags)} tags")
        else:
            named = (t for t in tags if isinstance(t, str) and t != "O")
            types[split].update(t[2:] if t[1:2] == "-" else t for t in named)
            before = "O"
            for position, tag in enumerate(tags):
                if isinstance(tag, str) and tag.startswith("I-"):
                    if not isinstance(before, str) or before[2:] != tag[2:]:
                        broken.append(f"{place}, token {position} ({tokens[position]!r}): {tag}")
                        break
                before = tag
    yield from _finding(
        "error", "tags not aligned", "have another number of tags than of tokens", unequal,
        "Give each token one tag, or leave these rows out.", fix="drop_unaligned",
    )  # fmt: skip
    yield from _finding("error", "empty tokens", "have no tokens", empty, "Leave them out.")
    yield from _finding(
        "info", "tag scheme", "begin an entity with I- (IOB1, or a slip)", broken,
        "It is read as B-.",
    )  # fmt: skip
    for split, found in types.items():
        unseen = sorted(found - types.get("train", found))
        if unseen:
            yield Finding(
                "warning", "types not in train",
                f"The {split} split has entities of a type that training never sees.", len(unseen),
                tuple(map(repr, unseen[:3])),
                "Add examples of them to train, or let the splits be made from one table.",
            )  # fmt: skip
    yield from _repeats(case, rows)


def check_answers(case: Case) -> Iterator[Finding]:
    """Answers that are not in their context, not where their start says, or inside a word."""
    from ..questions import answers_of, inside_word, located, roles_of

    if not {"question", "context", "answers"} <= set(case.mapping.columns):
        return
    found: dict[str, list[str]] = {}
    rows, asked = 0, []
    for split, table in case.splits.items():
        roles = roles_of(case.recipe, table.column_names)
        names = [roles[role] for role in ("context", "answers", "question")]
        if "answer_start" in roles:
            names.append(roles["answer_start"])
        plain = table.with_format(None)[:]
        for row, (context, value, question, *start) in enumerate(
            zip(*(plain[name] for name in names), strict=True)
        ):
            place, rows = f"{split} row {row}", rows + 1
            for name, text in (("empty context", context), ("empty question", question)):
                if not isinstance(text, str) or not text.strip():
                    found.setdefault(name, []).append(place)
                    break
            else:
                try:
                    said, starts = answers_of(value, *start)
                except (ValueError, TypeError, AttributeError):
                    found.setdefault("kind", []).append(f"{place}: {short(str(value))!r}")
                    continue
                asked.append((split, row, question, context, "; ".join(said)))
                for text, at in zip(said, starts, strict=True):
                    where, spelt, done = located(context, text, at)
                    if done and done != "found":
                        there = f" is {short(spelt)!r} there" if done == "spelt" else ""
                        found.setdefault(done, []).append(f"{place}: {short(text)!r}{there}")
                        break
                    if inside_word(context, where):
                        found.setdefault("inside", []).append(f"{place}: {short(text)!r}")
                        break
                if len(set(said)) > 1:
                    found.setdefault("several", []).append(f"{place}: {short('; '.join(said))}")
                if not said:
                    found.setdefault("none", []).append(f"{place}: {short(question)!r}")
    for name, severity, check, what, remedy in _ANSWERS:
        places = found.get(name, [])
        if name == "absent" and len(places) == rows:
            severity = "error"
        yield from _finding(severity, check, what, places, remedy)
    yield from _repeats(case, asked, near=False)  # questions to one context are much alike


_ANSWERS = (
    ("kind", "error", "answers of another kind", "have answers that cannot be read",
     "Give a text, or {'text': [...], 'answer_start': [...]}."),
    ("absent", "warning", "answers outside their context",
     "have an answer that is not in their context", "Correct it; else it is left out."),
    ("spelt", "info", "answers spelt otherwise",
     "have an answer that differs from what stands in the context in case, blanks or signs",
     "What stands there is taken."),
    ("moved", "warning", "answers misplaced", "have an answer that does not begin where it says",
     "Count the start in characters from 0; else the nearest place is taken."),
    ("first", "warning", "answers at several places",
     "have an answer that stands at several places and say no start",
     "Say the start; else the first place is taken."),
    ("inside", "info", "answers inside a word", "have an answer that starts inside a word",
     "Check the start; training marks the whole token."),
    ("several", "info", "several answers", "have several different answers",
     "Training takes the first; each counts as right."),
    ("none", "info", "no answers", "have no answer",
     "That is right where the context does not have it: the model learns to say so."),
    ("empty context", "warning", "empty context", "have no context", "They are left out."),
    ("empty question", "warning", "empty question", "have no question", "They are left out."),
)  # fmt: skip


def check_sequences(case: Case) -> Iterator[Finding]:
    """Sources and targets that are empty or the same."""
    if not {"source", "target"} <= set(case.mapping.columns):
        return
    empty, equal = [], []
    for split, row, source, target in _rows(case, "source", "target"):
        filled = [isinstance(v, str) and bool(v.strip()) for v in (source, target)]
        if not all(filled):
            empty.append(f"{split} row {row}: no {'target' if filled[0] else 'source'}")
        elif source.strip() == target.strip():
            equal.append(f"{split} row {row}: {short(source)!r}")
    yield from _finding("error", "empty text", "lack a source or a target", empty, "Fill them in.")
    yield from _finding(
        "warning", "same text", "have the same source and target", equal, "Leave them out."
    )
