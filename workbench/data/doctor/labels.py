"""Labels: missing, misspelt, too few, too many, unbalanced, of another kind than classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from ... import task_registry
from ...i18n import t
from ...task_words import called
from ..columns.dates import looks_like_date
from ..columns.placeholders import placeholders
from ..columns.written_numbers import FIXES, are_open, way_of
from ..fixes import blank
from ..labelled import MAX_CLASSES
from ..mending import spellings
from .findings import Case, Finding, short

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)*")
LEAST_TO_LEARN = 8  # rows of a class in all
LEAST_TO_MEASURE = 5  # rows of a class in the test split
_NO_CLASSES = {
    False: "Map the column that holds classes; this one looks like an id, a date or a text.",
    True: "If it is a quantity, take task={number!r}, its numbers without a sign such as %; if "
          "it is an id, map the column that holds classes.",
}  # fmt: skip
FAR = 3  # widths of the middle half (Tukey's outer fence, 1977)


def _are_numbers(names: Iterable) -> bool:
    """Whether all of them are numbers, but for a sign of percent or of a currency."""
    plain = [str(name).strip().strip("%$€£¥ ").replace(",", ".") for name in names]
    return all(_NUMBER.fullmatch(name) for name in plain)


def check_labels(case: Case) -> Iterator[Finding]:
    """Everything about the labels of a classification."""
    frame = case.frame
    missing = blank(frame["label"])
    if missing.any():
        yield Finding(
            "error", "missing labels", f"{missing.sum():,} rows have no label.",
            int(missing.sum()), case.places(missing), "Label them, or leave them out.",
            {"fixes": ["drop_unlabelled"]},
        )  # fmt: skip
    labels = frame["label"][~missing]
    counts = labels.value_counts()
    if not len(counts):
        return
    yield from _kinds(case, counts)
    yield from check_placeholders(case, counts)
    if len(counts) == 1:
        yield Finding(
            "error", "one class", f"All {len(labels):,} rows have the label {counts.index[0]!r}.",
            1, (), "Map another column, or add rows of a second class.",
        )  # fmt: skip
        return
    distinct = len(counts)
    if distinct > MAX_CLASSES or (distinct > 50 and distinct > 0.2 * len(labels)):
        yield Finding(
            "error" if distinct > MAX_CLASSES else "warning", "too many classes",
            f"The label column has {distinct:,} different values in {len(labels):,} rows.",
            distinct, tuple(str(short(name)) for name in counts.index[:3]),
            _NO_CLASSES[_are_numbers(counts.index)].format(
                number=task_registry.with_label("number")
            ),
        )  # fmt: skip
        return
    alike = spellings(labels)
    variants = {name: best for name, best in alike.items() if name != best}
    if variants:
        yield Finding(
            "warning", "label variants",
            f"{len(variants):,} labels differ from another one only in case, width or spaces.",
            int(counts[list(variants)].sum()),
            tuple(f"{name!r} -> {best!r}" for name, best in list(variants.items())[:3]),
            "Write them alike.", {"fixes": ["merge_labels"]},
        )  # fmt: skip
    # sizes are those after the labels are written alike: a slip is no class of its own
    frame = case.frame[~missing]
    frame = frame.assign(label=frame["label"].map(alike)) if variants else frame
    yield from _sizes(case, frame, frame["label"].value_counts())


def check_placeholders(case: Case, counts) -> Iterator[Finding]:
    """Labels that say that there is none, and numbers that are written with a comma."""
    sure, perhaps = placeholders([str(name) for name in counts.index])
    for names, severity, means in (
        (sure, "warning", "means that there is no label"),
        (perhaps, "info", "may mean that there is no label"),
    ):
        left = len(counts) - len(names)
        if names and left:
            rows = int(counts[names].sum())
            mask = case.frame["label"].isin(names).to_numpy(bool)
            yield Finding(
                severity, "no label",
                f"{rows:,} rows have the label {', '.join(map(repr, names[:5]))}, which {means}.",
                rows, case.places(mask, "label", "text"),
                "Leave them out, unless it is a class of yours.",
                {"fixes": [f"drop_label:{name}" for name in names]},
            )  # fmt: skip
    names = [str(name) for name in counts.index if str(name) not in (*sure, *perhaps)]
    yield from _written_numbers(case, names)


def _written_numbers(case: Case, names: list[str]) -> Iterator[Finding]:
    """Numbers with a decimal comma, a currency or grouped digits; both ways where it is open."""
    way = way_of(names)
    if way is None:
        return
    open_ = way == "comma" and are_open(names)
    column, task = case.mapping.columns["label"], task_registry.with_label("number")
    for one in ("comma", "point") if open_ else (way,):
        told = t(f"findings.numbers_{one}", column=column)
        yield Finding(
            "warning", "decimal commas" if one == "comma" else "written numbers",
            t("findings.numbers_open", column=column, example=names[0], way=one) if open_ else told,
            len(names), tuple(names[:3]), t("findings.numbers_back", task=called(task), name=task),
            {"task": task, "fixes": [FIXES[one]]}, asked=True,
        )  # fmt: skip


def _kinds(case: Case, counts) -> Iterator[Finding]:
    column = case.mapping.columns["label"]
    names = [str(name) for name in counts.index]
    if "-1" in names and all(n.lstrip("-").isdecimal() for n in names) and len(names) > 2:
        mask = (case.frame["label"] == "-1").to_numpy(bool)
        yield Finding(
            "warning", "label -1",
            f"{counts['-1']:,} rows have the label -1, which usually means: not labelled.",
            int(counts["-1"]), case.places(mask), "Leave them out unless -1 is a class of yours.",
            {"fixes": ["drop_label:-1"]},
        )  # fmt: skip
    elif "-1" in names and set(names) == {"-1", "0"} or set(names) == {"-1"}:
        yield Finding(
            "warning", "label -1", f"{counts['-1']:,} rows have the label -1.", int(counts["-1"]),
            (), "Where it means 'not labelled', leave them out.", {"fixes": ["drop_label:-1"]},
        )  # fmt: skip
    if case.memo.get("label_kind") == "floats":
        yield Finding(
            "info", "float labels",
            f"The labels in {column!r} are stored as fractions (1.0), read as whole numbers.",
            len(counts), tuple(names[:3]), "Nothing is to be done.",
        )  # fmt: skip
    if sum(map(looks_like_date, names)) > 0.8 * len(names):
        yield Finding(
            "error" if case.memo.get("label_kind") == "dates" else "warning", "dates as labels",
            f"The labels in {column!r} are dates.", len(names), tuple(names[:3]),
            "Map the column that holds classes.",
        )  # fmt: skip


def _sizes(case: Case, frame, counts) -> Iterator[Finding]:
    table = frame.groupby(["label", "split"]).size().unstack(fill_value=0)
    table.insert(0, "total", table.sum(axis=1))
    table = table.sort_values("total", ascending=False)
    table.insert(1, "share", table["total"] / table["total"].sum())
    case.tables["classes"] = table.reset_index().rename_axis(columns=None)
    rare = counts[counts < LEAST_TO_LEARN]
    if len(rare):
        enough = len(counts) - len(rare) > 1
        yield Finding(
            "warning", "small classes",
            f"{len(rare):,} of {len(counts):,} classes have fewer than {LEAST_TO_LEARN} rows, too "
            "few to learn and to be in every split.", len(rare),
            tuple(f"{short(str(name))!r}: {count}" for name, count in rare.tail(3).items()),
            "Bring more of them, merge them, or leave them out.",
            {"fixes": [f"drop_rare_classes:{LEAST_TO_LEARN}"]} if enough else {},
            drops=int(rare.sum()),
        )  # fmt: skip
    big = counts[counts >= LEAST_TO_LEARN]
    size = case.recipe.test_size
    share = size if size < 1 else min(size / counts.sum(), 1)
    in_test = table["test"] if "test" in table.columns else big * share
    if case.recipe.folds:  # over all folds each row is tested once
        in_test = big
    few = in_test[(in_test < LEAST_TO_MEASURE) & in_test.index.isin(big.index)]
    if len(few):
        yield Finding(
            "warning", "too few to measure",
            f"{len(few):,} classes have fewer than {LEAST_TO_MEASURE} rows in the test split: "
            "their scores will say little.", len(few),
            tuple(f"{short(str(n))!r}: {c:.0f}" for n, c in few.sort_values().head(3).items()),
            "Raise test_size, or use folds=5.",
        )  # fmt: skip
    ratio = counts.max() / counts.min() if len(big) < 2 else big.max() / big.min()
    if ratio >= 3 and len(counts) > 1:
        balanced = case.recipe.class_weights is not None
        yield Finding(
            "info" if balanced or ratio < 10 else "warning", "balance",
            f"The largest class {short(str(counts.index[0]))!r} has {ratio:,.0f} times the rows of "
            f"the smallest{' that can be learned' if len(rare) else ''}.", len(counts),
            tuple(f"{short(str(n))!r}: {c / counts.sum():.1%}" for n, c in counts.head(3).items()),
            "Weigh the classes in the loss, and look at macro-F1 rather than accuracy.",
            {} if balanced else {"class_weights": "balanced"},
        )  # fmt: skip
    for name in dict.fromkeys(frame["split"]):
        if name == "train" or "train" not in table.columns:
            continue
        merged = set(frame["label"][frame["split"] == name])
        unseen = merged - set(table.index[table["train"] > 0])
        if unseen:
            mask = frame["label"].isin(unseen).to_numpy(bool)
            yield Finding(
                "error", "classes not in train",
                f"The {name} split has {len(unseen):,} "
                f"{'class' if len(unseen) == 1 else 'classes'} that training never sees.",
                len(unseen), case.places(mask, "label", "text", frame=frame),
                "Add examples of them to train, or let the splits be made from one table.",
            )  # fmt: skip


def check_numbers(case: Case) -> Iterator[Finding]:
    """Labels that are to be numbers: missing, no numbers, infinite, all the same, far off."""
    labels = case.frame["label"]
    missing = blank(labels)
    if missing.any():
        yield Finding(
            "error", "missing labels", f"{missing.sum():,} rows have no number.",
            int(missing.sum()), case.places(missing), "Fill them in, or leave them out.",
            {"fixes": ["drop_unlabelled"]},
        )  # fmt: skip
    numbers = np.asarray([v if isinstance(v, float) else np.nan for v in labels])
    other = np.isnan(numbers) & ~missing
    if other.any():
        texts = list(dict.fromkeys(str(value) for value in labels[other]))
        sure, perhaps = placeholders(texts)
        fix = {}
        way = way_of(texts)
        if way == "comma" and are_open(texts):
            yield from _written_numbers(case, texts)
        elif way is not None:
            fix = {"fixes": [FIXES[way]]}
        elif len(sure) + len(perhaps) == len(texts):
            fix = {"fixes": [f"drop_label:{text}" for text in texts]}
        yield Finding(
            "error", "labels are no numbers", f"{other.sum():,} rows have a label that is none.",
            int(other.sum()), case.places(other, "label", "text"),
            f"Correct them, or choose the task {task_registry.with_label('label')} when they are "
            "classes.", fix,
        )  # fmt: skip
    wild = np.isinf(numbers)
    if wild.any():
        yield Finding(
            "error", "infinite labels", f"{wild.sum():,} labels are infinite.", int(wild.sum()),
            case.places(wild, "label", "text"), "Correct them.",
        )  # fmt: skip
    found = numbers[np.isfinite(numbers)]
    if not len(found):
        return
    if found.min() == found.max():
        yield Finding(
            "error", "one number", f"All {len(found):,} rows have the label {found[0]:g}.", 1, (),
            "Map another column: there is nothing to be learned from a constant.",
        )  # fmt: skip
        return
    low, middle, high = np.quantile(found, [0.25, 0.5, 0.75])
    yield Finding(
        "info", "numbers as labels",
        f"The labels in {case.mapping.columns['label']!r} are numbers from {found.min():g} to "
        f"{found.max():g}, half of them between {low:g} and {high:g}, median {middle:g}.",
        len(found), tuple(f"{value:g}" for value in found[:3]),
        "For classes, map them to a few names first.",
    )  # fmt: skip
    reach = FAR * (high - low)
    with np.errstate(invalid="ignore"):
        far = (numbers < low - reach) | (numbers > high + reach)
    if reach and far.any():
        yield Finding(
            "warning", "far-off labels",
            f"{far.sum():,} labels lie more than {FAR} times the middle half's width beyond it: "
            "squared errors let them decide.", int(far.sum()), case.places(far, "label", "text"),
            "Look whether they are slips.",
        )  # fmt: skip
    _balance(case, found)


def _balance(case: Case, found: np.ndarray) -> None:
    """Rows in ten steps of the numbers, as ``case.tables["classes"]``."""
    import pandas as pd

    counts, edges = np.histogram(found, 10)
    names = [f"{a:.3g} to {b:.3g}" for a, b in zip(edges[:-1], edges[1:], strict=True)]
    case.tables["classes"] = pd.DataFrame(
        {"label": names, "total": counts, "share": counts / counts.sum()}
    )
