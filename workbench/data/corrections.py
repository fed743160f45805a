"""Corrections of labels: a small table of their own, laid over the data when it is loaded.

The user's file is never changed. A correction names an example by its text (and pair) and the label
that it was given, so it holds wherever the row lies, and for each copy of it.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["text", "pair", "label", "action", "new_label"]
_AS_TEXT = {"dtype": str, "keep_default_na": False}
ACTIONS = ("accept", "relabel", "drop")


def read(path: str | Path) -> pd.DataFrame:
    """The corrections in a file.

    Returns
    -------
    pandas.DataFrame of str
        ``text``, ``pair`` ("" where there is none), ``label`` (as given), ``action`` (accept,
        relabel or drop) and ``new_label`` ("" unless relabelled).

    Raises
    ------
    DataError
        If there is no such file, or it is no table of corrections.
    """
    import pandas as pd

    try:
        table = pd.read_csv(io.StringIO(_rows(path)), lineterminator="\n", **_AS_TEXT)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataError(
            f"The corrections {str(path)!r} cannot be read ({reason}).",
            "Give the file that the label queue saved, or set corrections to None.",
        ) from error
    return check(table, str(path))


def _rows(path: str | Path) -> str:
    """The file with line feeds at the ends of its rows; a return within a text ends none."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read()
    lone_feeds = text.count("\n") - text.count("\r\n")
    return text if lone_feeds else text.replace("\r\n", "\n")


def check(table: pd.DataFrame, name: str = "given") -> pd.DataFrame:
    """The table with its five columns in order; DataError when it is none."""
    missing = [c for c in COLUMNS if c not in table.columns]
    if missing:
        raise DataError(
            f"The corrections {name} have no column {missing[0]!r}.",
            f"They need: {', '.join(COLUMNS)}.",
        )
    table = table[COLUMNS].reset_index(drop=True)
    for row in table.to_dict("records"):
        if row["action"] not in ACTIONS:
            raise DataError(
                f"The corrections hold the action {row['action']!r}.",
                nearest(row["action"], ACTIONS),
            )
        if row["action"] == "relabel" and not row["new_label"]:
            raise DataError(
                f"A correction relabels {row['text'][:60]!r} without a new label.",
                "Fill in new_label, or make the action 'drop'.",
            )
    twice = table.duplicated(["text", "pair", "label"])
    if twice.any():
        raise DataError(
            f"The corrections decide twice on {table['text'][twice].iloc[0][:60]!r}.",
            "Keep one row for each text and given label.",
        )
    return table


def save(table: pd.DataFrame, folder: str | Path) -> Path:
    """Write corrections under a name made from their content; the same table, the same file.

    Raises
    ------
    DataError
        If they are no corrections, or the folder cannot be written.
    """
    from ..atomic_files import write_text

    text = check(table).to_csv(index=False, lineterminator="\n")
    name = f"corrections-{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    path = Path(folder).absolute() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise DataError(
            f"The corrections cannot be written to {path.parent} ({error.strerror or error}).",
            "Choose a folder that you may write.",
        ) from error
    return path


def apply(
    parts: dict[str, pd.DataFrame],
    everything: dict[str, pd.DataFrame],
    names: list[str],
    table: pd.DataFrame,
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Relabel and drop examples of the splits; which rows a split has was decided before.

    Parameters
    ----------
    parts : dict of str to pandas.DataFrame
        The splits: ``text``, ``pair`` where there is one, ``label`` (class id).
    everything : dict of str to pandas.DataFrame
        All rows of the source, of which the splits may hold a part.
    names : list of str
        Class names by id.
    table : pandas.DataFrame
        Of :func:`read`.

    Returns
    -------
    parts : dict of str to pandas.DataFrame
    notes : list of str
        How many rows were changed in each split.

    Raises
    ------
    DataError
        If a correction is of a row that the data does not hold (any more), or relabels to a class
        that it does not have.
    """
    there = {key for frame in everything.values() for key in _keys(frame, names)}
    wanted = list(zip(table["text"], table["pair"], table["label"], strict=True))
    gone = [key for key in wanted if key not in there]
    if gone:
        raise DataError(
            f"{len(gone):,} of {len(wanted):,} corrections are of rows that the data does not "
            f"hold (any more), first {gone[0][0][:60]!r} labelled {gone[0][2]!r}.",
            "Go through the label queue again, or set corrections to None.",
        )
    for label in table["new_label"][table["action"] == "relabel"]:
        if label not in names:
            raise DataError(
                f"A correction gives the label {label!r}, which the data does not have.",
                nearest(label, names),
            )
    ids = {name: number for number, name in enumerate(names)}
    decisions = {
        key: None if action == "drop" else ids[new]
        for key, action, new in zip(wanted, table["action"], table["new_label"], strict=True)
        if action != "accept"
    }
    changed, notes = {}, []
    for split, frame in parts.items():
        keys = _keys(frame, names)
        dropped = [decisions.get(key, 0) is None for key in keys]
        labels = [decisions[k] if decisions.get(k) is not None else old
                  for k, old in zip(keys, frame["label"], strict=True)]  # fmt: skip
        relabelled = sum(new != old for new, old in zip(labels, frame["label"], strict=True))
        kept = [not gone for gone in dropped]
        mended = frame.assign(label=labels).astype({"label": "int64"})
        changed[split] = mended[kept].reset_index(drop=True)
        if relabelled or any(dropped):
            notes.append(
                f"Corrections in {split}: {relabelled:,} relabelled, {sum(dropped):,} dropped."
            )
    return changed, notes


def _keys(frame: pd.DataFrame, names: list[str]) -> list[tuple[str, str, str]]:
    pairs = frame["pair"] if "pair" in frame.columns else [""] * len(frame)
    labels = [names[number] for number in frame["label"]]
    return list(zip(frame["text"], pairs, labels, strict=True))
