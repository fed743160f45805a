"""Data from wherever it is: a sample, the hub, a file, a folder, a DataFrame; as splits.

Every source comes out as ``datasets.DatasetDict`` with its own columns and splits. What a column
means, and how one split is cut into three, is decided later.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import disk_cache
from workbench.catalog import references, samples
from workbench.catalog.samples import readers
from workbench.data.columns.lines_in_cells import with_lines
from workbench.data.columns.list_columns import with_lists
from workbench.data.columns.marked_columns import with_marks
from workbench.data.columns.nested_columns import with_names, with_parts
from workbench.data.reading import archives, extracting, folders, user_files
from workbench.data.reading.chosen_splits import chosen
from workbench.data.reading.expected import seen
from workbench.data.reading.hub_data import load_hub, quiet
from workbench.data.reading.plain_types import plain_types
from workbench.data.reading.reading_settings import check_reading
from workbench.data.reading.reports import FileReport
from workbench.data.reading.table_names import name_of
from workbench.errors import DataError, DownloadError
from workbench.i18n import t
from workbench.paths import cache_dir
from workbench.reference import Origin
from workbench.stored_frames import check_frame, content_hash, frame_table, store_frame

if TYPE_CHECKING:
    import datasets

__all__ = ["fingerprint", "load", "opened", "store", "store_frame"]


def load(
    reference: Any, *, reading: dict[str, Any] | None = None, progress: Any = None
) -> datasets.DatasetDict:
    """Load a dataset.

    Parameters
    ----------
    reference : str, Path, pandas.DataFrame, datasets.Dataset or datasets.DatasetDict
        ``sample:name``; ``hub:org/name[@revision][:config]``; ``data:sha256-…`` as
        :func:`store_frame` gives it; a csv, tsv, json, jsonl, parquet, arrow, xlsx, ods, txt or
        conll file, compressed or not; a folder made by ``save_to_disk``, or holding files named
        ``train``, ``validation``, ``test``, or a sub-folder or a file a class; or such a folder
        packed as zip or tar.
    reading : dict, optional
        What is to be taken instead of what is found out: ``encoding``, ``delimiter``, ``quotes``,
        ``skip``, ``header``, ``sheet``, ``config``, ``rows``, ``shape`` and more
        (:data:`.reading_settings.READING`).
    progress : callable, optional
        For samples: file name, bytes so far, bytes of the whole.

    Returns
    -------
    datasets.DatasetDict
        The source's own columns; one split ``train`` when the source names none. Text
        classification samples have ``text`` and ``label``, a class name.

    Raises
    ------
    UnknownName
        If there is no such sample, file, hub dataset, revision or configuration.
    DataError
        If it is empty or cannot be read.
    DownloadError
        If it is not here and cannot be fetched.
    """
    return opened(reference, reading=reading, progress=progress)[0]


def opened(
    reference: Any, *, reading: dict[str, Any] | None = None, progress: Any = None
) -> tuple[datasets.DatasetDict, list[FileReport]]:
    """As :func:`load`, and how each file was read: encoding, separator, header, what was guessed.

    Returns
    -------
    (datasets.DatasetDict, list of FileReport)
        A report a file; none for what is no file of the user's.
    """
    import datasets as hf
    import pandas as pd

    reading = check_reading(reading)
    held = _HELD.get()
    if held is not None and held[0] == (_key(reference), reading):
        seen(held[1][1])
        return held[1]
    reports: list[FileReport] = []
    if isinstance(reference, hf.DatasetDict):
        splits = reference
    elif isinstance(reference, hf.Dataset):
        splits = hf.DatasetDict({"train": reference})
    elif isinstance(reference, pd.DataFrame):
        splits = _datasets({"train": frame_table(reference)}, reports)
    else:
        splits = _load_named(str(reference), reading, reports, progress)
    splits = chosen(splits, reading, reports, _name(reference))
    if not splits or all(len(split) == 0 for split in splits.values()):
        raise DataError(f"{_name(reference)} has no rows.", "Give data with at least one row.")
    seen(reports)
    return splits, reports


_HELD: contextvars.ContextVar[tuple | None] = contextvars.ContextVar("held", default=None)


def _key(reference: Any) -> Any:
    return str(reference) if isinstance(reference, (str, Path)) else id(reference)


@contextlib.contextmanager
def holding(reference: Any, reading: dict, found: tuple) -> Iterator[None]:
    """Within it, :func:`opened` gives what it ``found`` before and does not read it again."""
    token = _HELD.set(((_key(reference), check_reading(reading)), found))
    try:
        yield
    finally:
        _HELD.reset(token)


def store(data: Any) -> str:
    """Keep a table or splits given in memory in the cache, so that a recipe can name them.

    Parameters
    ----------
    data : pandas.DataFrame, datasets.Dataset or datasets.DatasetDict

    Returns
    -------
    str
        ``data:sha256-…`` for a DataFrame; for the others the folder in the cache, which is named
        after the content.
    """
    import datasets as hf
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return store_frame(data)
    if not isinstance(data, (hf.Dataset, hf.DatasetDict)):
        raise DataError(
            f"{type(data).__name__} is no kind of data that is known.",
            "Give a reference, a path, a DataFrame, a Dataset or a DatasetDict.",
        )
    target = cache_dir() / "data" / fingerprint(data)

    def fill(stage: Path) -> str:
        with quiet():
            data.save_to_disk(str(stage))
        return type(data).__name__

    if disk_cache.read_about(target) is None:
        try:
            disk_cache.keep(target, fill, room=sys.maxsize)
        except OSError as error:
            raise DownloadError(
                f"The cache folder {target.parent} cannot be written: {error.strerror or error}.",
                "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
            ) from error
    return str(target)


def _check_stored(path: Path) -> None:
    """Refuse splits that :func:`store` put into the cache and that are damaged since."""
    if path.parent != cache_dir() / "data" or not path.is_dir():
        return
    if (path / disk_cache.ABOUT).exists() and not disk_cache.is_whole(path):
        raise DataError(
            f"The stored data {path} in the cache are damaged.",
            "Give the Dataset again: it is stored anew under the same name.",
        )


def _load_named(
    reference: str, reading: dict, reports: list[FileReport], progress: Any
) -> datasets.DatasetDict:
    import datasets as hf

    found = references.check(reference, "dataset")
    config = reading.get("config")
    if config is not None and found.origin is not Origin.HUB and not _is_folder(found):
        raise DataError(
            t("data_notes.no_configs", name=reference, config=repr(config)),
            t("data_notes.cards_none"),
        )
    if found.origin is Origin.SAMPLE:
        columns = readers.read(found.name, samples.fetch(found.name, progress=progress))
        return hf.DatasetDict(
            {split: hf.Dataset.from_dict(values) for split, values in columns.items()}
        )
    if found.origin is Origin.HUB:
        if config is not None and found.config not in (None, config):
            raise DataError(
                t("data_notes.two_configs", name=reference, config=repr(config)),
                t("data_notes.cards_none"),
            )
        return load_hub(dataclasses.replace(found, config=found.config or config), reports)
    stored = found.origin is Origin.STORED
    path = check_frame(reference) if stored else found.path
    reading = {} if stored else reading
    _check_stored(path)
    given = path
    if path.is_file() and archives.is_archive(path):
        path = extracting.unpacked(path)
    try:
        if path.is_dir():
            tables = folders.read_folder(path, reading, reports)
        else:
            tables = user_files.read_tables(path, reading, reports)
    except DataError as error:
        if path == given:
            raise
        told = error.message.replace(str(path), str(given))
        raise DataError(told, error.remedy) from error
    for report in reports if path != given else []:  # what lies in the cache is the archive's
        report.path = report.path.replace(str(path), str(given), 1)
    if isinstance(tables, hf.DatasetDict):
        return tables
    if stored:
        reports[:] = [report for report in reports if report.notes]
    return _datasets(tables, reports)


def _is_folder(found: Any) -> bool:
    """Whether a reference is to a folder, or to an archive, which holds one."""
    path = found.path if found.origin is Origin.PATH else None
    return path is not None and (path.is_dir() or archives.is_archive(path))


def _datasets(tables: dict[str, Any], reports: list[FileReport]) -> datasets.DatasetDict:
    """The tables as splits, lists that are written out as text read; ``reports`` says so."""
    import datasets as hf

    said = FileReport("the table", "table") if not reports else reports[0]
    tables = {split: plain_types(table, said, "the data") for split, table in tables.items()}
    tables = {split: with_parts(table, said) for split, table in tables.items()}
    tables = {split: with_names(table, said) for split, table in tables.items()}
    tables = {split: with_lists(table, said) for split, table in tables.items()}
    tables = with_marks(tables, said)
    tables = with_lines(tables, said)
    if not reports and said.notes:
        reports.append(said)
    return hf.DatasetDict({split: _dataset(table, reports) for split, table in tables.items()})


def _dataset(table: Any, reports: list[FileReport]) -> datasets.Dataset:
    """The table as a Dataset; one that is mapped is named after its file, not read to be hashed."""
    import datasets as hf

    mapped = [report.mapped for report in reports if report.mapped]
    if not mapped:
        return hf.Dataset(table, fingerprint=name_of(table))
    said = json.dumps([mapped, table.num_rows, table.column_names])
    return hf.Dataset(table, fingerprint=hashlib.sha256(said.encode()).hexdigest()[:16])


def fingerprint(source: Any) -> str:
    """Hash of a dataset's content: split names, column names, values in their order.

    Independent of the file format, of column order, of the machine and of library versions.

    Parameters
    ----------
    source : anything that :func:`load` takes

    Returns
    -------
    str
        ``sha256-`` and 64 hexadecimal digits.
    """
    splits = load(source)
    plain = {name: splits[name].with_format(None) for name in sorted(splits)}
    return content_hash(
        (name, split.column_names, len(split), split.iter(batch_size=1000))
        for name, split in plain.items()
    )


def _name(reference: Any) -> str:
    """How to call a source in a message."""
    named = isinstance(reference, (str, Path))
    return str(reference) if named else f"The {type(reference).__name__}"
