"""Labels of which a text has any number: how they are written, how many there are, rare ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ... import task_registry
from ...i18n import t
from ...task_words import called
from ..columns.placeholders import placeholders
from ..fixes import blank
from ..hot_vectors import vector_length
from ..labelled import MAX_CLASSES
from ..mending import spellings
from .findings import Case, Finding, short
from .labels import LEAST_TO_LEARN

SEPARATORS = ("\n", ";", "|", ",", "/", "+", "#", "&")  # that are looked for, the likeliest first
OFTEN = 0.02  # share of the rows that a separator stands in


class Unread(str):
    """What stands where a list of labels belongs, written out."""


def check_label_sets(case: Case) -> Iterator[Finding]:
    """Everything about the labels of a multi-label classification."""
    if "label" not in case.mapping.columns:
        return
    if length := vector_length(case.memo["label_values"], case.recipe.label_separator):
        yield Finding(
            "error", "vectors as labels",
            f"The labels are vectors of {length} numbers 0 and 1: which label a number stands for "
            "is not said.", len(case.frame),
            tuple(str(value) for value in case.memo["label_values"][:3]),
            "Give each row the list of its names, such as ['tax', 'war'], or a column of 0 and 1 "
            "for each label, named together: columns={'label': 'tax, war'}.",
        )  # fmt: skip
        return
    values = case.frame["label"]
    read = np.asarray([isinstance(value, tuple) for value in values], bool)
    missing = blank(values) & ~read
    if missing.any():
        yield Finding(
            "error", "missing labels", f"{missing.sum():,} rows have no list of labels.",
            int(missing.sum()), case.places(missing),
            "Write an empty list where no label applies; otherwise leave them out.",
            {"fixes": ["drop_unlabelled"]},
        )  # fmt: skip
    odd = ~read & ~missing
    if odd.any():
        yield _unread(case, odd)
        return
    sets = values[read]
    counts = Counter(label for labels in sets for label in labels)
    if len(counts) < 2 or len(counts) > MAX_CLASSES:
        yield Finding(
            "error", "one label" if len(counts) < 2 else "too many labels",
            f"The label column has {len(counts):,} different labels in {len(sets):,} rows.",
            max(len(counts), 1), tuple(repr(short(name)) for name in list(counts)[:3]),
            "Map the column that holds the labels, and name what stands between them.",
        )  # fmt: skip
        return
    sure, _ = placeholders(counts)
    if sure:
        yield Finding(
            "warning", "no label",
            f"{sum(counts[name] for name in sure):,} rows have {', '.join(map(repr, sure[:5]))} "
            "among their labels, which means that there is none.",
            sum(counts[name] for name in sure), (), "Write an empty list there, or leave them out.",
        )  # fmt: skip
    sizes = np.asarray([len(labels) for labels in sets])
    yield Finding(
        "info", "labels a row",
        f"{len(counts):,} labels, {sizes.mean():.2f} a row on average and at most {sizes.max()}, "
        f"in {len(set(map(frozenset, sets))):,} different sets.", len(counts),
        tuple(f"{short(name)!r}: {count:,}" for name, count in counts.most_common(3)),
    )  # fmt: skip
    none = read.copy()
    none[read] = sizes == 0
    if none.any():
        yield Finding(
            "info", "no labels", f"{none.sum():,} rows have an empty list of labels.",
            int(none.sum()), case.places(none),
            "That is right when none of the labels applies to them.",
        )  # fmt: skip
    if sizes.max() == 1:
        yield Finding(
            "warning", "one label a row", "No row has more than one label.", len(sets), (),
            f"Take the task {task_registry.with_label('label')}: "
            "it knows that classes exclude each other.",
            {"task": task_registry.with_label("label")} if sizes.min() == 1 else {},
        )  # fmt: skip
    yield from _rare(case, sets, read, counts)


def check_joined(case: Case) -> Iterator[Finding]:
    """Classes that look like several labels in one text: their parts come again in others."""
    if "label" not in case.mapping.columns:
        return
    found = Counter(value for value in case.frame["label"] if isinstance(value, str))
    rows = found.total()
    for sign in SEPARATORS:
        joined = [name for name in found if len(_parts(name, sign)) > 1]
        share = sum(found[name] for name in joined) / max(rows, 1)
        single = {part for name in found for part in _parts(name, sign)}
        held = Counter(part for name in found for part in set(_parts(name, sign)))
        held = {part for part, n in held.items() if part in found or n > 1 and not _digits(part)}
        again = sum(part in held for name in joined for part in _parts(name, sign))
        parts = sum(len(_parts(name, sign)) for name in joined)
        several = len(single) <= len(found) and again >= parts / 2
        if share >= OFTEN and (several or sign == "\n"):
            task = task_registry.with_label("labels")
            yield Finding(
                "warning", "several labels",
                f"{share:.0%} of the labels hold {sign!r} between names that come again: "
                "texts may have several labels each.", len(joined),
                tuple(repr(short(name)) for name in joined[:3]),
                t("findings.several_back", task=called(task), name=task, sign=sign),
                {"task": task, "label_separator": sign},
            )  # fmt: skip
            return


def _digits(part: str) -> bool:
    """Whether this may be a part of a number, such as 2,5, or of a date."""
    return part.lstrip("-").isdecimal()


def _parts(name: str, sign: str) -> list[str]:
    return [part for piece in name.split(sign) if (part := piece.strip())]


def _unread(case: Case, odd: np.ndarray) -> Finding:
    """Labels that are no lists: texts to be cut, or what cannot be read."""
    texts = [str(v) for v in case.frame["label"][odd] if not isinstance(v, Unread)]
    if len(texts) < odd.sum() or case.recipe.label_separator is not None:
        return Finding(
            "error", "labels cannot be read", f"{odd.sum():,} rows have labels that are no names.",
            int(odd.sum()), case.places(odd, "label"),
            "Give each row a list of names, or a text with a separator between them.",
        )  # fmt: skip
    shares = {sign: np.mean([sign in text for text in texts]) for sign in SEPARATORS}
    likely = next((sign for sign in SEPARATORS if shares[sign] >= OFTEN), None)
    return Finding(
        "error", "labels are texts",
        f"{len(texts):,} rows have a text where a list of labels belongs"
        + (f"; {likely!r} stands in {shares[likely]:.0%} of them." if likely else "."),
        len(texts), case.places(odd, "label"),
        "Name what stands between the labels with label_separator, or take "
        f"{task_registry.with_label('label')} where each row has one.",
        {"label_separator": likely} if likely else {},
    )  # fmt: skip


def _rare(case: Case, sets, read: np.ndarray, counts: Counter) -> Iterator[Finding]:
    """Sizes of the labels, split by split: too few rows, all rows, none in training."""
    import pandas as pd

    split = case.frame["split"].to_numpy()[read]
    pairs = [(label, part) for labels, part in zip(sets, split, strict=True) for label in labels]
    table = pd.DataFrame(pairs, columns=["label", "split"])
    table = table.groupby(["label", "split"]).size().unstack(fill_value=0)
    table.insert(0, "total", table.sum(axis=1))
    table.insert(1, "share", table["total"] / len(sets))
    table = table.sort_values("total", ascending=False)
    case.tables["classes"] = table.reset_index().rename_axis(columns=None)

    def told(names) -> tuple[str, ...]:
        return tuple(f"{short(str(name))!r}: {counts[name]:,}" for name in list(names)[:3])

    rare = [name for name in table.index[::-1] if counts[name] < LEAST_TO_LEARN]
    if rare:
        yield Finding(
            "warning", "small labels",
            f"{len(rare):,} of {len(counts):,} labels have fewer than {LEAST_TO_LEARN} rows, too "
            "few to learn and to choose a threshold by.", len(rare), told(rare),
            "Bring more of them, or take them out of the lists.",
        )  # fmt: skip
    always = [name for name, count in counts.items() if count == len(sets)]
    if always:
        yield Finding(
            "warning", "labels of every row", f"{len(always):,} labels stand in every row.",
            len(always), told(always), "Take them out: there is nothing to be told apart.",
        )  # fmt: skip
    alike = spellings(pd.Series(list(counts.elements())))
    variants = {name: best for name, best in alike.items() if name != best}
    if variants:
        yield Finding(
            "warning", "label variants",
            f"{len(variants):,} labels differ from another one only in case, width or spaces.",
            len(variants), tuple(f"{name!r} -> {best!r}" for name, best in variants.items())[:3],
            "Write them alike in the data.",
        )  # fmt: skip
    if "train" in table.columns:
        unseen = [name for name in table.index if not table.loc[name, "train"]]
        if unseen:
            yield Finding(
                "warning", "labels not in train",
                f"{len(unseen):,} labels stand in other splits and never in train.", len(unseen),
                told(unseen), "Add examples of them to train: they cannot be learnt.",
            )  # fmt: skip
