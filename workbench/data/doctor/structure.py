"""Tasks on more than whole texts: tags against tokens, answers against contexts, pairs of texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...errors import DataError, RecipeError
from ...i18n import t
from .. import fixes
from ..columns.cells import is_blank
from ..tags import tagged_rows
from ..tags.tagged import cutting_of, examples_of, scheme_of
from . import texts, written
from .findings import Case, Finding, short
from .secrets import masked
from .sides import Pair

if TYPE_CHECKING:
    import pandas as pd


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
    """What training would refuse, leave out or read otherwise, by the code that training runs."""
    if not {"tokens", "tags"} <= set(case.mapping.columns):
        return
    refused = False
    for finding in _tagged(case):
        refused |= finding.severity == "error"
        yield finding
    if not refused:
        yield from _refusal(lambda: examples_of(case.splits, case.recipe))


def _tagged(case: Case) -> Iterator[Finding]:
    recipe = case.recipe
    tables: dict[str, pd.DataFrame] = {}
    problems: list[tagged_rows.Problem] = []

    def read() -> None:
        found, wrong = tagged_rows.tables_of(case.splits, recipe)
        tables.update(found)
        problems.extend(wrong)

    yield from _refusal(read)
    for one in problems:
        change = {"fixes": [one.fix]} if one.fix else {}
        yield Finding(one.severity, one.kind, one.said, len(one.places), tuple(one.places[:3]),
                      one.remedy, change)  # fmt: skip
    if "drop_unaligned" in recipe.fixes:
        kept, count = fixes.drop_unaligned(tables)
        tables.update(kept)
        if count:
            said = f"drop_unaligned: {count:,} {t('fixes.drop_unaligned.done')}."
            yield Finding("info", "fixed", said, count, (), "Recorded in the recipe.")
    if any(one.severity == "error" for one in problems) or not any(map(len, tables.values())):
        return
    yield from _scheme(case, tables)
    rows = [
        (name, row, text, None, " ".join(tags))
        for name, frame in tables.items()
        for row, text, tags in zip(frame["row"], frame["text"], frame["tags"], strict=True)
    ]
    yield from _repeats(case, rows)


def _refusal(run: Callable[[], object]) -> Iterator[Finding]:
    """An error finding with what training would say, where it would refuse."""
    try:
        run()
    except (DataError, RecipeError) as error:
        yield Finding("error", "tags", error.message, 1, (), error.remedy)


def _scheme(case: Case, tables: dict) -> Iterator[Finding]:
    """How the tags and words are understood, and types that training never sees."""
    found: list = []
    yield from _refusal(lambda: found.append(scheme_of(tables, case.recipe)))
    if not found:
        return
    scheme = found[0]
    other = "entities" if scheme.plain else "words"
    change = {"reading": {**case.recipe.reading, "tags": other}} if scheme.chosen else {}
    remedy = f"If they are of {other}, say so with reading={{'tags': '{other}'}}."
    for said in scheme.notes:
        yield Finding("info", "tag scheme", said, 1, (), remedy if change else "", change)
    repaired, types = [], {}
    for name, frame in tables.items():
        read = [scheme.read(tags) for tags in frame["tags"]]
        repaired += [
            f"{name} row {row}: {' '.join(tags)[:60]}"
            for row, tags, (_, n) in zip(frame["row"], frame["tags"], read, strict=True)
            if n
        ]
        types[name] = {
            tag if scheme.plain else tag[2:] for tags, _ in read for tag in tags
        } - {""}  # fmt: skip
    yield from _finding(
        "info", "tag scheme", "begin an entity with I- (IOB1, or a slip)", repaired,
        "It is read as B-.",
    )  # fmt: skip
    for name, kinds in types.items():
        unseen = sorted(kinds - types.get("train", kinds))
        if unseen:
            what = "words with a tag" if scheme.plain else "entities of a type"
            yield Finding(
                "warning", "types not in train",
                f"The {name} split has {what} that training never sees.", len(unseen),
                tuple(map(repr, unseen[:3])),
                "Add examples of them to train, or let the splits be made from one table.",
            )  # fmt: skip
    train = tables["train"] if "train" in tables else next(iter(tables.values()))
    for said in cutting_of(train)[1]:
        yield Finding("info", "word cutting", said)


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
    """Sources and targets that are empty, the same, in two splits, or unlike all others."""
    if not {"source", "target"} <= set(case.mapping.columns):
        return
    before = "prefix" in case.mapping.columns
    rows, notes = _mended(case, before)
    yield from notes
    lacking: dict[str, list[str]] = {"source": [], "target": []}
    equal, pairs, same, asked = [], [], [], []
    for split, row, source, target, *prefix in rows:
        filled = [isinstance(v, str) and not is_blank(v) for v in (source, target)]
        if filled[1] and not source and prefix and isinstance(prefix[0], str) and prefix[0].strip():
            source, filled[0] = prefix[0], True  # it says it all
        if not all(filled):
            lacking["target" if filled[0] else "source"].append(f"{split} row {row}")
            continue
        led = f"{prefix[0]}\n{source}" if prefix and isinstance(prefix[0], str) else source
        asked.append((split, f"{split} row {row}: {short(masked(source))!r}", led, target))
        if source.strip() == target.strip():
            equal.append(f"{split} row {row}: {short(masked(source))!r}")
            same.append(Pair(split, row, source, target))
        else:
            pairs.append(Pair(split, row, source, target))
    yield from _lacking(lacking, before)
    yield from _finding(
        "warning", "same text", "have the same source and target", equal, "Leave them out."
    )
    column = "" if before else case.mapping.columns["source"]
    yield from written.check_twice(case, asked, drop=True, group=column)
    yield from written.check_pairs(case, pairs, same=same)


def _lacking(lacking: dict[str, list[str]], before: bool) -> Iterator[Finding]:
    """Rows without a source, or a target, and what leaves them out: with what is to be done before
    it, a row may have no source."""
    places = [f"{place}: no {side}" for side, found in lacking.items() for place in found]
    wanted = [("source", "drop_empty_texts"), ("target", "drop_unlabelled")]
    named = [fix for side, fix in wanted if lacking[side]]
    fixable = not (before and lacking["source"])
    back = t("writing.lacking_back" if fixable else "writing.lacking_fill")
    for one in _finding("error", "empty text", "lack a source or a target", places, back):
        yield dataclasses.replace(one, fix={"fixes": named} if fixable else {})


def _mended(case: Case, before: bool) -> tuple[list[tuple], list[Finding]]:
    """Split, row, source, target (and prefix) of each row that the recipe's fixes leave."""
    import pandas as pd

    roles = ("source", "target", *(("prefix",) if before else ()))
    rows = list(_rows(case, *roles))
    if not case.recipe.fixes or not rows:
        return rows, []
    names = ["split", "row", "text", "label", *(["pair"] if before else [])]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    tables = {name: frame[frame["split"] == name] for name in frame["split"].unique()}
    tables, said = fixes.apply(tables, case.recipe.fixes)
    kept = [row for one in tables.values() for row in one[names].itertuples(index=False, name=None)]
    return kept, [Finding("info", "fixed", one, 1, (), "Recorded in the recipe.") for one in said]
