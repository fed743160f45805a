"""Tasks on more than whole texts: tags against tokens, answers against contexts, pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator

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


def _finding(severity: str, check: str, what: str, found: list[str], remedy: str) -> list[Finding]:
    if not found:
        return []
    count = len(found)
    return [Finding(severity, check, f"{count:,} rows {what}.", count, tuple(found[:3]), remedy)]


def check_tokens(case: Case) -> Iterator[Finding]:
    """Tags that are not one a token, empty sentences, tags that break the IOB scheme."""
    if not {"tokens", "tags"} <= set(case.mapping.columns):
        return
    unequal, empty, broken = [], [], []
    for split, row, tokens, tags in _rows(case, "tokens", "tags"):
        place = f"{split} row {row}"
        if not isinstance(tokens, list) or not isinstance(tags, list) or not tokens:
            empty.append(place)
        elif len(tokens) != len(tags):
            unequal.append(f"{place}: {len(tokens)} tokens, {len(tags)} tags")
        else:
            before = "O"
            for position, tag in enumerate(tags):
                if isinstance(tag, str) and tag.startswith("I-"):
                    if not isinstance(before, str) or before[2:] != tag[2:]:
                        broken.append(f"{place}, token {position} ({tokens[position]!r}): {tag}")
                        break
                before = tag
    yield from _finding(
        "error", "tags not aligned", "have another number of tags than of tokens", unequal,
        "Give each token one tag.",
    )  # fmt: skip
    yield from _finding("error", "empty tokens", "have no tokens", empty, "Leave them out.")
    yield from _finding(
        "info", "tag scheme", "begin an entity with I- (IOB1, or a slip)", broken,
        "Write the first tag of an entity as B-.",
    )  # fmt: skip


def check_answers(case: Case) -> Iterator[Finding]:
    """Answers that are not in their context, or not where their start says."""
    if not {"context", "answers"} <= set(case.mapping.columns):
        return
    outside, shifted, missing = [], [], []
    for split, row, context, answers in _rows(case, "context", "answers"):
        place = f"{split} row {row}"
        if not isinstance(context, str) or not context.strip():
            missing.append(place)
            continue
        texts, starts = _answers(answers)
        for number, text in enumerate(texts):
            if not isinstance(text, str) or text not in context:
                outside.append(f"{place}: {short(str(text))!r}")
                break
            if number < len(starts) and context[starts[number] :][: len(text)] != text:
                shifted.append(f"{place}: {short(text)!r} is not at {starts[number]}")
                break
    yield from _finding(
        "error", "answers outside their context", "have an answer that is not in their context",
        outside, "Correct the answer, or the context.",
    )  # fmt: skip
    yield from _finding(
        "error", "answers misplaced", "have an answer that does not begin where it says", shifted,
        "Count the start in characters from 0.",
    )  # fmt: skip
    yield from _finding("error", "empty context", "have no context", missing, "Leave them out.")


def _answers(value) -> tuple[list, list]:
    if isinstance(value, str):
        return [value], []
    if isinstance(value, dict):
        texts, starts = value.get("text"), value.get("answer_start")
        texts = texts if isinstance(texts, list) else [texts]
        starts = starts if isinstance(starts, list) else [] if starts is None else [starts]
        return [t for t in texts if t is not None], starts
    if isinstance(value, list):
        found = [_answers(item) for item in value]
        return [t for texts, _ in found for t in texts], [s for _, starts in found for s in starts]
    return [], []


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


def check_lists(case: Case) -> Iterator[Finding]:
    """Labels that are lists: rows without any, and how many there are."""
    if "label" not in case.mapping.columns:
        return
    empty = [f"{split} row {row}" for split, row, label in _rows(case, "label") if not label]
    yield from _finding(
        "info", "no labels", "have an empty list of labels", empty,
        "That is right when none of the labels applies to them.",
    )  # fmt: skip
