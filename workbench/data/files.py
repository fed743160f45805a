"""Read a user's own files: csv, tsv, json, jsonl, parquet, txt, and folders of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

#: Names under which a split is found in a folder.
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def read_file(path: Path) -> pa.Table:
    """Rows of one file.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.tsv`` with a header row, ``.jsonl`` or ``.ndjson`` with one object a line,
        ``.json`` with a list of objects or an object of lists, ``.parquet``, or ``.txt`` with one
        text a line (column ``text``; empty lines are left out). Text files are UTF-8.

    Raises
    ------
    DataError
        If it is of another kind, empty, or cannot be read.
    """
    import pyarrow as pa

    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path} is of a kind that cannot be read ({path.suffix or 'no suffix'}).",
            f"Allowed: {', '.join(READERS)}.",
        )
    try:
        if path.stat().st_size == 0:
            raise DataError(f"{path} is empty.", "Give a file with at least one row.")
        table = reader(path)
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "utf-8" in first.lower() or "utf8" in first.lower():
            raise _not_utf8(path) from error
        raise DataError(
            f"{path} cannot be read as {path.suffix[1:]}: {first.rstrip('.')}.",
            "Correct the file; a csv needs a header row and the same number of fields in every "
            "row, with quotes around fields that hold the separator or a line break.",
        ) from error
    names = table.column_names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{path} has two columns {twice!r}.", "Rename one of them.")
    if table.num_rows == 0:
        raise DataError(f"{path} has no rows.", "Give a file with at least one row.")
    return table


def read_folder(path: Path) -> dict[str, pa.Table] | datasets.DatasetDict:
    """Splits of a folder: one that ``save_to_disk`` made, or one of files named after splits.

    Raises
    ------
    DataError
        If there is neither, or a file in it cannot be read.
    """
    import pyarrow as pa

    if any((path / name).is_file() for name in ("dataset_dict.json", "state.json")):
        return _saved(path)
    by_split: dict[str, list[Path]] = {}
    readable = [
        file for file in sorted(path.iterdir()) if file.suffix.lower() in READERS and file.is_file()
    ]
    for file in readable:
        stem = re.split(r"[-_.]", file.stem.lower())[0]
        if stem in SPLIT_NAMES:
            by_split.setdefault(SPLIT_NAMES[stem], []).append(file)
    if not by_split and len(readable) == 1:
        by_split["train"] = readable
    if not by_split:
        there = ", ".join(sorted(file.name for file in path.iterdir())[:5]) or "nothing"
        raise DataError(
            f"The folder {path} holds no data that is known: {there}.",
            "Name the files train, validation and test (csv, tsv, json, jsonl, parquet, txt), "
            "or give the folder of Dataset.save_to_disk.",
        )
    tables: dict[str, pa.Table] = {}
    for split in ("train", "validation", "test"):
        if found := by_split.get(split):
            try:
                tables[split] = pa.concat_tables(
                    [read_file(file) for file in found], promote_options="permissive"
                )
            except pa.ArrowException as error:
                raise DataError(
                    f"The files of split {split!r} in {path} do not fit together: "
                    f"{str(error).splitlines()[0]}",
                    "Give them the same columns and types.",
                ) from error
    return tables


def _saved(path: Path) -> datasets.DatasetDict:
    import datasets as hf
    import pyarrow as pa

    try:
        loaded = hf.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise DataError(
            f"The folder {path} looks saved by datasets but cannot be read: "
            f"{(str(error).splitlines() or [''])[0]}",
            "Save it again with save_to_disk.",
        ) from error
    return loaded if isinstance(loaded, hf.DatasetDict) else hf.DatasetDict({"train": loaded})


def _delimited(separator: str) -> Callable[[Path], pa.Table]:
    def read(path: Path) -> pa.Table:
        import pyarrow as pa
        import pyarrow.csv as pc

        table = pc.read_csv(
            path,
            read_options=pc.ReadOptions(block_size=_one_block(path)),
            parse_options=pc.ParseOptions(delimiter=separator, newlines_in_values=True),
            # the texts "NA", "null" and "" stay texts
            convert_options=pc.ConvertOptions(strings_can_be_null=False),
        )
        if any(pa.types.is_binary(kind) for kind in table.schema.types):
            raise _not_utf8(path)  # what is no UTF-8 is given as bytes
        return table

    return read


def _jsonl(path: Path) -> pa.Table:
    rows = []
    with open(path, encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise ValueError(f"line {number} is not JSON: {error.msg}") from error
    return _records(rows)


def _json(path: Path) -> pa.Table:
    content = json.loads(path.read_text("utf-8-sig"))
    if isinstance(content, dict) and isinstance(content.get("data"), list):
        content = content["data"]
    if isinstance(content, dict) and all(isinstance(v, list) for v in content.values()):
        import pyarrow as pa

        return pa.table({str(name): values for name, values in content.items()})
    return _records(content)


def _records(rows: Any) -> pa.Table:
    import pyarrow as pa

    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it is not a list of objects")
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path)


def _text(path: Path) -> pa.Table:
    import pyarrow as pa

    lines = path.read_text("utf-8-sig").split("\n")
    return pa.table({"text": [line.rstrip("\r") for line in lines if line.strip()]})


def _one_block(path: Path) -> int:
    """Types are then judged over the whole file, not over its first megabyte."""
    return min(max(path.stat().st_size, 1), 2**31 - 1)


def _not_utf8(path: Path) -> DataError:
    return DataError(
        f"{path} is not UTF-8.",
        'Save it as UTF-8, e.g. pandas.read_csv(file, encoding="gbk").to_csv(file, index=False).',
    )


READERS: dict[str, Callable[[Path], pa.Table]] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
    ".txt": _text,
}
