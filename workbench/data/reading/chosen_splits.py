"""Which split of a source is which: as ``reading`` says, or as their names do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, nearest
from workbench.i18n import t

from .reports import FileReport
from .split_names import ORDER, SPLIT_NAMES, split_of

if TYPE_CHECKING:
    import datasets


def known(splits: list[str]) -> dict[str, str]:
    """How splits are called here; where none is that of training, ``train_sft`` is, if alone.

    >>> known(["train_sft", "test_sft", "test_gen"])
    {'train_sft': 'train', 'test_sft': 'test_sft', 'test_gen': 'test_gen'}
    """
    found = {split: SPLIT_NAMES.get(split.lower(), split) for split in splits}
    if "train" not in found.values():
        said = {split: split_of(split) for split in splits}
        for kind in ORDER:
            alike = [split for split, one in said.items() if one is not None and one[0] == kind]
            if len(alike) == 1:
                found[alike[0]] = kind
    return found


def chosen(
    splits: datasets.DatasetDict, reading: dict[str, Any], reports: list[FileReport], name: str
) -> datasets.DatasetDict:
    """The splits that ``reading`` names, else all of them, called as they are here.

    Raises
    ------
    DataError
        If it names a split that is not there.
    """
    import datasets as hf

    wanted = reading.get("splits")
    if wanted is None:
        called = known(list(splits))
        if len(set(called.values())) < len(called):  # two of one kind: neither is renamed
            return splits
        moved = {split: one for split, one in called.items() if split != one}
        key = "data_notes.splits_renamed"
    else:
        here = {one: split for split, one in known(list(splits)).items()}  # as errors call them
        wanted = {one: split if split in splits else here.get(split, split)
                  for one, split in wanted.items()}  # fmt: skip
        for split in wanted.values():
            if split not in splits:
                raise DataError(
                    t("data_notes.no_split", name=name, split=repr(split)), nearest(split, splits)
                )
        moved = called = {split: one for one, split in wanted.items()}
        key = "data_notes.splits_chosen"
    if not moved:
        return splits
    shown = ", ".join(f"{split!r} as {one}" for split, one in moved.items())
    left = [split for split in splits if split not in called]
    report = FileReport(name, "splits")
    report.note("info", "splits", t(key, name=name, shown=shown))
    if left:
        names = ", ".join(map(repr, left[:6]))
        said = t("data_notes.splits_left", n=len(left), names=names)
        report.note("info", "splits", said, "", len(left))
    reports.append(report)
    order = sorted(called.items(), key=lambda one: [*ORDER, one[1]].index(one[1]))
    return hf.DatasetDict({one: splits[split] for split, one in order})


def suggested(splits: list[str]) -> str:
    """What to write into ``reading`` where no split is that of training; each has one use.

    >>> suggested(["test", "validation"])
    "{'splits': {'train': 'validation', 'test': 'test'}}"
    """
    said = {split: split_of(split) for split in splits}
    one = {kind: next((s for s, told in said.items() if told and told[0] == kind), None)
           for kind in ORDER}  # fmt: skip
    train = one["train"] or next((s for s in splits if s != one["test"]), splits[0])
    others = {kind: s for kind, s in one.items() if s not in (None, train) and kind != "train"}
    return repr({"splits": {"train": train, **others}})
