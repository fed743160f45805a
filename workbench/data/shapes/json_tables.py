"""JSON documents that hold a table in another form than a list of objects."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...errors import DataError
from ...i18n import t
from ..columns import matched_columns, written_columns
from ..columns.known_columns import TEXT_NAMES
from ..columns.role_names import PAIRS, pieces, twins
from ..reading.split_names import SPLIT_NAMES, split_of
from ..reading.tables.headers import USUAL_NAMES
from . import Shape, Source, intents, list_rows, spacy

_COLUMNS = frozenset(
    name for pair in (*PAIRS, *matched_columns.PAIRS, *written_columns.NAMES) for name in pair
) | frozenset("chosen rejected notes remarks author user".split())
_CLASSES = {"pos", "neg", "positive", "negative", "positives", "negatives"}  # no query
_SCALARS = (str, int, float, bool, type(None))


def is_columns(content: dict) -> bool:
    """Whether these are columns: lists of one length, and not all of objects."""
    lists = list(content.values())
    if not lists or not all(isinstance(one, list) for one in lists):
        return False
    if len({len(one) for one in lists}) > 1:
        return False
    if len(lists) == 1 and all(isinstance(value, list) for value in lists[0]):
        return False  # rows under the only key
    return not all(one and all(isinstance(value, dict) for value in one) for one in lists)


def _viewer(content: Any, source: Source) -> list[dict] | None:
    """Rows as the viewer of a hub gives them out, a page at a time."""
    rows = content.get("rows") if isinstance(content, dict) else None
    if (
        not isinstance(rows, list)
        or not rows
        or not all(isinstance(row, dict) and isinstance(row.get("row"), dict) for row in rows)
    ):
        return None
    name, report = source.path.name, source.report
    classes = {}
    for feature in content.get("features") or []:
        kind = feature.get("type") if isinstance(feature, dict) else None
        if isinstance(kind, dict) and isinstance(kind.get("names"), list):
            classes[feature.get("name")] = kind["names"]
    cut = sum(bool(row.get("truncated_cells")) for row in rows)
    report.note("info", "json", f"{name} holds rows of a hub's viewer.")
    total = content.get("num_rows_total")
    if isinstance(total, int) and total > len(rows):
        report.note(
            "warning", "json", f"{name} holds {len(rows):,} of the {total:,} rows of its dataset.",
            "Load the dataset itself: hub:org/name.", total - len(rows),
        )  # fmt: skip
    if cut:
        report.note(
            "warning", "json", f"{cut:,} rows of {name} were cut short by the viewer.",
            "Load the dataset itself: hub:org/name.", cut,
        )  # fmt: skip
    return [
        {key: _class_name(value, classes.get(key)) for key, value in row["row"].items()}
        for row in rows
    ]


def _class_name(value: Any, names: list | None) -> Any:
    if names and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return value


def _splits(content: Any, source: Source) -> dict[str, list[dict]] | None:
    """Tables under the names of splits."""
    if not isinstance(content, dict):
        return None
    tables = {k: v for k, v in content.items() if isinstance(v, (list, dict)) and v}
    named = {k: split for k in tables if (split := _split_named(k)) is not None}
    if not named or ("train" not in named.values() and len(named) < 2):
        return None
    found: dict[str, list[dict]] = {}
    for key, split in named.items():
        rows = _rows_of(tables[key], source)
        if rows is None:
            return None
        if split in found:
            raise DataError(
                f"{source.path} has two lists for the split {split!r}.", "Put them together."
            )
        found[split] = rows
    left = {k: v for k, v in tables.items() if k not in named and isinstance(v, list)}
    shown = ", ".join(f"{split} {len(rows):,}" for split, rows in found.items())
    source.report.note("info", "json", f"{source.path.name} holds splits: {shown} rows.")
    if count := sum(map(len, left.values())):
        source.report.note(
            "warning", "json", f"{count:,} values of {source.path.name} under "
            f"{', '.join(map(repr, left))} are no split and were left out.",
            f"To read one of them, set reading={{'rows': {next(iter(left))!r}}}.", count,
        )  # fmt: skip
    return found


def _split_named(key: str) -> str | None:
    """The split that a key names: ``train``, ``TEST_DATA``; not ``oos_train``."""
    if key.lower() in SPLIT_NAMES:
        return SPLIT_NAMES[key.lower()]
    split, rest = split_of(key) or ("", key)
    return split if rest in ("data", "set", "dataset", "examples") else None


def _rows_of(value: Any, source: Source) -> list[dict] | None:
    """A table in whatever form, as a list of objects."""
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    for shape in (*PANDAS, *spacy.PAIRS, *LISTS):
        if (rows := shape.find(value, source)) is not None:
            return rows
    return None


def _pandas_split(content: Any, source: Source) -> list[dict] | None:
    """``DataFrame.to_json(orient="split")``: the names of the columns and lists of values."""
    if not isinstance(content, dict) or not {"columns", "data"} <= set(content):
        return None
    names, data = content["columns"], content["data"]
    if not isinstance(names, list) or not isinstance(data, list):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in data]


def _pandas_objects(content: Any, source: Source) -> list[dict] | None:
    """``orient="columns"`` (column -> row -> value) or ``orient="index"`` (row -> column -> value).

    Rows are what there is more of, unless names tell: numbers are rows.
    """
    if not isinstance(content, dict) or not content:
        return None
    if not all(isinstance(inner, dict) and inner for inner in content.values()):
        return None
    outer = list(content)
    inner = list(dict.fromkeys(key for one in content.values() for key in one))
    shared = sum(len(one) for one in content.values()) / (len(outer) * len(inner))
    if shared <= 0.5 or not all(
        isinstance(value, (*_SCALARS, list)) for one in content.values() for value in one.values()
    ):
        return None
    if all(map(_numeric, inner)) or all(map(_numeric, outer)):
        by_columns = all(map(_numeric, inner))
    elif any(key.lower() in USUAL_NAMES for key in inner + outer):
        by_columns = not any(key.lower() in USUAL_NAMES for key in inner)
    else:
        by_columns = len(inner) > len(outer)
    if by_columns:
        return [{name: content[name].get(key) for name in outer} for key in inner]
    return [{name: one.get(name) for name in inner} for one in content.values()]


def _numeric(key: str) -> bool:
    return key.lstrip("-").isdecimal()


def _columns(content: Any, source: Source) -> list[dict] | None:
    """An object of lists: columns of one length."""
    if not isinstance(content, dict) or not is_columns(content):
        return None
    if source.reading.get("shape") != "columns" and _are_classes(content):
        return None
    names = [str(name) for name in content]
    return [dict(zip(names, row, strict=True)) for row in zip(*content.values(), strict=True)]


def _are_classes(content: dict) -> bool:
    """Whether the names of lists of texts are those of classes and not of columns.

    Lists of one length may be either: names that columns have, of languages or of two texts that
    belong together say that they are columns, as do lists of single words.
    """
    names = [str(name).strip().lower() for name in content]
    if len(names) < 2 or not all(_are_sayings(values) for values in content.values()):
        return False
    kinds = {piece for name in names for piece in pieces(name)[-1:]} | set(names)
    if (kinds - _CLASSES) & (_COLUMNS | set(TEXT_NAMES) | USUAL_NAMES):
        return False
    languages = all(name in written_columns.LANGUAGES for name in names)
    return twins(list(content)) is None and not languages


def _are_sayings(values: list) -> bool:
    if len(values) < 2 or not all(isinstance(value, str) for value in values):
        return False
    return sum(len(value.split()) for value in values) >= 3 * len(values)


def _by_label(content: Any, source: Source) -> list[dict] | None:
    """Lists of texts under their labels."""
    if not isinstance(content, dict) or len(content) < 2:
        return None
    if not all(
        isinstance(v, list) and v and all(isinstance(text, str) for text in v)
        for v in content.values()
    ):
        return None
    if any(name.lower() in USUAL_NAMES for name in content):
        shown = ", ".join(f"{name!r} {len(v):,}" for name, v in list(content.items())[:5])
        raise DataError(
            f"The lists of {source.path} differ in length: {shown}.",
            "Give each column as many values as the others.",
        )
    shown = ", ".join(f"{name!r} {len(v):,}" for name, v in list(content.items())[:5])
    source.report.note(
        "warning", "json", t("data_notes.labels_of_lists", file=source.path.name, shown=shown),
        t("data_notes.labels_of_lists_back"), len(content),
    )  # fmt: skip
    return [{"text": text, "label": label} for label, v in content.items() for text in v]


def _uneven(content: Any, source: Source) -> list[dict] | None:
    if isinstance(content, dict) and content and all(isinstance(v, list) for v in content.values()):
        lengths = {name: len(values) for name, values in content.items()}
        if len(set(lengths.values())) > 1 and all(
            isinstance(value, _SCALARS) for v in content.values() for value in v
        ):
            shown = ", ".join(f"{name!r} {n:,}" for name, n in list(lengths.items())[:5])
            raise DataError(
                f"The lists of {source.path} differ in length: {shown}.",
                "Give each column as many values as the others.",
            )
    return None


def _texts_with_labels(content: Any, source: Source) -> list[dict] | None:
    """An object of text -> label; or, when its names are usual ones, a single row."""
    if not isinstance(content, dict) or not content:
        return None
    if not all(isinstance(value, (str, int)) for value in content.values()):
        return None
    if any(name.lower() in USUAL_NAMES for name in content):
        return [content]
    counts = Counter(content.values())
    if len(content) < 4 or len(counts) > 0.5 * len(content):
        return None
    source.report.note(
        "info", "json", f"{source.path.name} was read as texts with their labels: "
        f"{next(iter(content))[:40]!r} is {next(iter(content.values()))!r}.",
    )  # fmt: skip
    return [{"text": text, "label": label} for text, label in content.items()]


PANDAS = (
    Shape("pandas split", _pandas_split),
    Shape("pandas", _pandas_objects),
    Shape("columns", _columns),
)
LISTS = (
    Shape("texts by label", _by_label),
    Shape("columns", _uneven),
    *list_rows.LISTS,
)
DOCUMENTS = (
    Shape("viewer", _viewer),
    *intents.DOCUMENTS,
    Shape("splits", _splits),
    *PANDAS,
    *LISTS,
    Shape("texts with labels", _texts_with_labels),
)
