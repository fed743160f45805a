"""Endings of files that can be read, each with what reads it, which is loaded with the first file.

What shows or asks for files needs the endings alone: no reader is loaded for them.
"""

from __future__ import annotations

#: Endings to ``"module:function"``; readers of one kind of file stand together.
READERS: dict[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "workbench.data.reading.tables.delimited:read"),
    ".json": "workbench.data.reading.documents:read_json",
    **dict.fromkeys((".jsonl", ".ndjson"), "workbench.data.reading.documents:read_jsonl"),
    ".parquet": "workbench.data.reading.tables.columnar:read_parquet",
    **dict.fromkeys((".arrow", ".feather"), "workbench.data.reading.tables.columnar:read_arrow"),
    **dict.fromkeys(
        (".xlsx", ".xlsm", ".xls", ".ods"), "workbench.data.reading.tables.workbooks:read"
    ),
    **dict.fromkeys((".txt", ".text"), "workbench.data.reading.plain_text:read_lines"),
    ".tmx": "workbench.data.reading.tmx:read",
    **dict.fromkeys(
        (".conll", ".conllu", ".conllx", ".conllup", ".bio", ".bio2", ".iob", ".iob1", ".iob2",
         ".bioes", ".iobes", ".bilou", ".bmes", ".ner", ".tags"),
        "workbench.data.tags.conll_files:read",
    ),
}  # fmt: skip
#: Endings of files that hold one other file, and of those that hold several.
SINGLE = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4")
SEVERAL = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
