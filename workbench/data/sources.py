"""Data from wherever it is: a sample, the hub, a file, a folder, a DataFrame; as splits.

Every source comes out as ``datasets.DatasetDict`` with its own columns and splits. What a column
means, and how one split is cut into three, is decided later.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import disk_cache
from workbench.catalog import readers, references, samples
from workbench.catalog.hub_client import Watch, watched
from workbench.catalog.hub_problems import (
    is_network,
    root_trouble,
    storing_or_hub,
    tell_copy,
    transient,
)
from workbench.data import archives, files, folders
from workbench.data.lines_in_cells import with_lines
from workbench.data.list_columns import with_lists
from workbench.data.nested_columns import with_parts
from workbench.data.plain_types import plain_types
from workbench.data.reading_settings import check_reading
from workbench.data.reports import FileReport
from workbench.errors import DataError, DownloadError, UnknownName, WorkbenchError
from workbench.frames import check_frame, content_hash, frame_table, store_frame
from workbench.paths import cache_dir
from workbench.reference import Origin, Reference

if TYPE_CHECKING:
    import datasets

__all__ = ["fingerprint", "load", "opened", "store", "store_frame"]

GATED = "Accept its terms on its page, then log in once with `hf auth login`."


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
        ``skip``, ``header``, ``sheet``, ``rows``, ``shape`` (:data:`.reading_settings.READING`).
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
    if not splits or all(len(split) == 0 for split in splits.values()):
        raise DataError(f"{_name(reference)} has no rows.", "Give data with at least one row.")
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
        with _quiet():
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
    if found.origin is Origin.SAMPLE:
        columns = readers.read(found.name, samples.fetch(found.name, progress=progress))
        return hf.DatasetDict(
            {split: hf.Dataset.from_dict(values) for split, values in columns.items()}
        )
    if found.origin is Origin.HUB:
        return _load_hub(found, reports)
    stored = found.origin is Origin.STORED
    path = check_frame(reference) if stored else found.path
    reading = {} if stored else reading
    _check_stored(path)
    given = path
    if path.is_file() and archives.is_archive(path):
        path = archives.unpacked(path)
    if path.is_dir():
        tables = folders.read_folder(path, reading, reports)
    else:
        tables = files.read_tables(path, reading, reports)
    for report in reports if path != given else []:  # what lies in the cache is the archive's
        report.path = report.path.replace(str(path), str(given), 1)
    if isinstance(tables, hf.DatasetDict):
        return tables
    if stored:
        reports[:] = [report for report in reports if report.notes]
    return _datasets(tables, reports)


def _datasets(tables: dict[str, Any], reports: list[FileReport]) -> datasets.DatasetDict:
    """The tables as splits, lists that are written out as text read; ``reports`` says so."""
    import datasets as hf

    said = FileReport("the table", "table") if not reports else reports[0]
    tables = {split: plain_types(table, said, "the data") for split, table in tables.items()}
    tables = {split: with_parts(table, said) for split, table in tables.items()}
    tables = {split: with_lists(table, said) for split, table in tables.items()}
    tables = with_lines(tables, said)
    if not reports and said.notes:
        reports.append(said)
    return hf.DatasetDict({split: _dataset(table, reports) for split, table in tables.items()})


def _dataset(table: Any, reports: list[FileReport]) -> datasets.Dataset:
    """The table as a Dataset; one that is mapped is named after its file, not read to be hashed."""
    import datasets as hf

    mapped = [report.mapped for report in reports if report.mapped]
    if not mapped:
        return hf.Dataset(table, fingerprint=_name_of(table))
    said = json.dumps([mapped, table.num_rows, table.column_names])
    return hf.Dataset(table, fingerprint=hashlib.sha256(said.encode()).hexdigest()[:16])


def _name_of(table: Any) -> str:
    """A name made of a table's bytes; the library's own takes seconds for thousands of columns."""
    import pyarrow as pa

    digest = hashlib.sha256()
    with pa.ipc.new_stream(pa.PythonFile(_Hashing(digest), mode="w"), table.schema) as writer:
        writer.write_table(table)
    return digest.hexdigest()[:16]


class _Hashing:
    """A file that is written to and keeps nothing but a hash."""

    closed = False

    def __init__(self, digest: Any):
        self._digest = digest

    def write(self, piece: bytes) -> int:
        self._digest.update(piece)
        return len(piece)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def _load_hub(name: Reference, reports: list[FileReport]) -> datasets.DatasetDict:
    import datasets as hf
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    reference = name.written
    if Path(name.repo).exists():
        raise DataError(
            f"The folder {name.repo!r} of the working directory hides the hub's {reference}.",
            f"Give './{name.repo}' for the folder, or work in another directory.",
        )
    asking = True
    try:
        with watched(Watch(f"the dataset {reference}")), _quiet():
            commit = HfApi().dataset_info(name.repo, revision=name.revision).sha
            asking = False
            return hf.load_dataset(name.repo, name.config, revision=commit)
    except HFValidationError as error:
        raise UnknownName(
            f"{reference!r} is not a name that the hub allows.", "Write hub:org/name."
        ) from error
    except WorkbenchError:
        raise
    except Exception as error:
        trouble = root_trouble(error)
        if not asking and not is_network(trouble):
            raise _hub_data_error(name, error) from error
        if transient(trouble) and (splits := _load_cached(name)) is not None:
            stored = [file["filename"] for part in splits.values() for file in part.cache_files]
            commit = Path(stored[0]).parent.name
            told: list[str] = []
            tell_copy(trouble, f"the dataset {reference}", commit, told)
            if told:
                report = FileReport(reference, "hub", rows=sum(map(len, splits.values())))
                report.note("warning", "hub", *told)
                reports.append(report)
            return splits
        raise storing_or_hub(trouble, reference, "dataset") from error


def _load_cached(name: Reference) -> datasets.DatasetDict | None:
    """What the client's cache holds of a hub dataset, asking no network.

    The cache knows the newest version that was loaded; when a revision was asked for, only the
    one of that very commit will do.
    """
    import datasets as hf
    from huggingface_hub import constants

    before = hf.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    hf.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        with _quiet():
            splits = hf.load_dataset(name.repo, name.config)
    except (OSError, ValueError, hf.exceptions.DatasetsError):
        return None
    finally:
        hf.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before
    if name.revision is not None:
        stored = [Path(file["filename"]) for files in splits.cache_files.values() for file in files]
        if not all(name.revision in path.parts for path in stored):
            return None
    return splits


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars of the client: they would land in whatever cell runs."""
    import datasets as hf

    before = hf.utils.logging.is_progress_bar_enabled()
    hf.disable_progress_bars()
    try:
        yield
    finally:
        if before:
            hf.enable_progress_bars()


def _hub_data_error(name: Reference, error: Exception) -> WorkbenchError:
    """One sentence for what the client says of a dataset that is there but does not load."""
    text = str(error)
    if "is a gated dataset" in text:
        return DownloadError(f"The dataset {name} cannot be loaded: {error}", GATED)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    if "BuilderConfig" in text or "Config name is missing" in text:
        listed = text[text.find("[") : text.find("]") + 1] if "[" in text else ""
        return UnknownName(
            f"The dataset {name} needs one of its configurations {listed}".rstrip() + ".",
            f"Write {f'hub:{name.repo}' if name.config else name}:CONFIGURATION.",
        )
    if "script" in text:
        return DataError(
            f"The dataset {name} is made by a script, which the workbench never runs.",
            "Use a version of it that is stored as parquet, csv or json.",
        )
    return DataError(
        f"The dataset {name} cannot be loaded: {first}",
        "Check its files on the hub, or download them and give the folder.",
    )


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
    return reference if isinstance(reference, str) else f"The {type(reference).__name__}"
