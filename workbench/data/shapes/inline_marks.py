"""Entities marked within: ``<PER>Ada</PER> came``, ``{{person_name:李明}}``, ``[Ada](PER)``.

Marks of HTML (``<b>``, ``<br/>``) and those that number the arguments of a relation (``<e1>``) are
no entities. A table is only asked about its columns of texts where no column holds labels.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...i18n import t
from ..columns.known_columns import TEXT_NAMES
from . import Shape, Source
from .span_keys import Keys
from .span_rows import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

_ATTRIBUTE = r"""\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*')"""
_OPEN = rf"<(?P<tag>[A-Za-z_][\w.-]{{0,40}})(?P<attributes>(?:{_ATTRIBUTE})*)\s*>"
_XML = re.compile(rf"{_OPEN}|</(?P<end>[A-Za-z_][\w.-]{{0,40}})\s*>")
_BRACES = re.compile(r"\{\{(?P<kind>[\w.-]{1,40}):(?P<text>[^{}]*)\}\}")
_ADDRESS = r"(?:https?|ftp|file|mailto|tel|data):"  # a link of Markdown marks no entity
_LINKS = re.compile(
    rf"\[(?P<text>[^\[\]]+)\]\((?!{_ADDRESS})(?P<kind>[A-Za-z_][\w-]{{0,40}})(?::[^()/][^()]*)?\)"
)
_TYPED = re.compile(r"""(?:type|label|class|category|ner)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_HTML = frozenset(
    "a abbr address article aside audio b big blockquote body br button canvas caption center cite "
    "code col dd del details dfn div dl dt em embed fieldset figure font footer form h1 h2 h3 h4 "
    "h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark meta "
    "nav object ol option p param picture pre q s samp script section select small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time "
    "title tr tt u ul var video wbr".split()
)
_AROUND = frozenset("doc docs document text body sentence sent s p paragraph root corpus".split())
_RELATION = re.compile(r"e\d+|arg\d+|entity\d+", re.IGNORECASE)
_MOST = 100  # types of entities
_FEWEST = 4  # lines
_SHARE = 0.3  # of the texts that have a mark
_LABELS = frozenset("label labels class category target sentiment intent y tags tag".split())

Marked = tuple[str, list[dict[str, Any]], int]  # text, spans, marks that are not closed


def unmarked(text: str) -> Marked:
    """A text without its marks, its spans, and the number of marks that have no other end.

    Examples
    --------
    >>> unmarked("<PER>Ada</PER> left <ENAMEX TYPE='LOC'>Rome</ENAMEX>.")[:2]
    ... # doctest: +NORMALIZE_WHITESPACE
    ('Ada left Rome.', [{'start': 0, 'end': 3, 'label': 'PER'},
                        {'start': 9, 'end': 13, 'label': 'LOC'}])
    >>> unmarked("{{city:Graz}} is <b>nice</b>")[0]
    'Graz is <b>nice</b>'
    """
    if "{{" in text and (found := list(_BRACES.finditer(text))):
        return _without_braces(text, found)
    if "](" in text and (found := list(_LINKS.finditer(text))):
        return _without_braces(text, found)
    marks = [mark for mark in _XML.finditer(text) if _means(mark)]
    if len(marks) == 1 and marks[0][0] == text.strip() and _name(marks[0]) in _AROUND:
        return "", [], 0  # a line with the beginning or end of a document alone
    partner = _paired(marks)
    pieces: list[str] = []
    size = at = 0
    begins: dict[int, int] = {}
    spans = []
    for number, mark in enumerate(marks):
        if number not in partner:
            continue
        pieces.append(html.unescape(text[at : mark.start()]))
        size, at = size + len(pieces[-1]), mark.end()
        if mark["tag"]:
            begins[number] = size
        elif (kind := _kind(marks[partner[number]])) is not None:
            spans.append({"start": begins[partner[number]], "end": size, "label": kind})
    if not spans and not partner:
        return text, [], len(marks)
    pieces.append(html.unescape(text[at:]))
    spans.sort(key=lambda span: (span["start"], -span["end"]))
    return "".join(pieces), spans, len(marks) - len(partner)


def _without_braces(text: str, found: list[re.Match]) -> Marked:
    pieces, spans, size, at = [], [], 0, 0
    for mark in found:
        pieces += [text[at : mark.start()], mark["text"]]
        start = size + len(pieces[-2])
        size = start + len(pieces[-1])
        spans.append({"start": start, "end": size, "label": mark["kind"]})
        at = mark.end()
    return "".join([*pieces, text[at:]]), spans, 0


def _name(mark: re.Match) -> str:
    return (mark["tag"] or mark["end"]).lower()


def _means(mark: re.Match) -> bool:
    name = _name(mark)
    return name in _AROUND or name not in _HTML


def _paired(marks: list[re.Match]) -> dict[int, int]:
    """The place of the other end of each mark that has one."""
    open_: list[int] = []
    found: dict[int, int] = {}
    for number, mark in enumerate(marks):
        if mark["tag"]:
            open_.append(number)
            continue
        begin = next((n for n in reversed(open_) if marks[n]["tag"] == mark["end"]), None)
        if begin is not None:
            del open_[open_.index(begin) :]
            found[begin], found[number] = number, begin
    return found


def _kind(mark: re.Match) -> str | None:
    """The type that an opening mark names; None for one around a sentence or document."""
    if typed := _TYPED.search(mark["attributes"] or ""):
        return typed[1]
    return None if mark["tag"].lower() in _AROUND else mark["tag"]


# --- recognising --------------------------------------------------------------------------------


def _are_marked(texts: list[str], wanted: bool) -> bool:
    """Whether enough of the texts have entities, of few types, that say different things."""
    texts = [text for text in texts if text.strip()]
    if len(texts) < (1 if wanted else _FEWEST):
        return False
    made = [one for text in texts if (one := unmarked(text))[0]]
    kinds = Counter(span["label"] for _, spans, _ in made for span in spans)
    words = {text[s["start"] : s["end"]] for text, spans, _ in made for s in spans}
    if not made or not kinds or len(kinds) > _MOST or all(map(_RELATION.fullmatch, kinds)):
        return False
    share = sum(bool(spans) for _, spans, _ in made) / len(made)
    return wanted or (share >= _SHARE and len(words) > len(kinds))


def _lines(first: list[str], source: Source) -> Callable | None:
    if not _are_marked(first, source.reading.get("shape") == "marked texts"):
        return None

    def rows(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict]]:
        yield from _rows(((n, {"text": line}) for n, line in numbered), "text", source)

    return rows


def _rows(
    objects: Iterable[tuple[int, dict]], column: str, source: Source
) -> Iterator[tuple[int, dict]]:
    kept, left, odd, first, kinds = [], 0, 0, 0, Counter()
    for number, row in objects:
        written = row.get(column) or ""
        text, spans, unclosed = unmarked(written)
        text, spans = _trimmed(text, spans)
        if not text:
            left += bool(written.strip())
            continue
        odd, first = odd + unclosed, first or (number if unclosed else 0)
        kinds.update(span["label"] for span in spans)
        kept.append((number, {**row, "text": text, "spans": spans}))
    report = source.report
    shown = ", ".join(kind for kind, _ in kinds.most_common(6))
    report.note(
        "info", "marked texts",
        t("data_notes.marked_texts", n=len(kept), file=source.name, kinds=shown),
        t("data_notes.plain_back"), len(kept),
    )  # fmt: skip
    if odd:
        report.note(
            "warning", "marked texts",
            t("data_notes.marks_alone", n=odd, file=source.name, row=first),
            t("data_notes.marks_alone_back"), odd,
        )  # fmt: skip
    if left:
        report.note(
            "info", "marked texts", t("data_notes.marks_only", n=left, file=source.name), "", left
        )
    yield from rows_of(iter(kept), Keys("text", "", "spans"), source, "texts with marks")


def _trimmed(text: str, spans: list[dict]) -> tuple[str, list[dict]]:
    start = len(text) - len(text.lstrip())
    moved = [{**s, "start": s["start"] - start, "end": s["end"] - start} for s in spans]
    return text.strip(), moved


def _table(table: pa.Table, source: Source) -> pa.Table | None:
    import pyarrow as pa

    wanted = source.reading.get("shape") == "marked texts"
    names = [n.strip().lower() for n in table.column_names]
    if not wanted and (_LABELS & set(names) or "tokens" in names):
        return None
    columns = [
        field.name for field in table.schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]  # fmt: skip
    columns.sort(key=lambda name: name.strip().lower() not in TEXT_NAMES)
    for column in columns:
        values = [value or "" for value in table[column].slice(0, 400).to_pylist()]
        if any("<" in v or "{{" in v or "](" in v for v in values) and _are_marked(values, wanted):
            rest = [name for name in table.column_names if name in (column, "id")]
            rows = _rows(enumerate(table.select(rest).to_pylist()), column, source)
            made = [row for _, row in rows]
            return pa.Table.from_pylist(made) if made else None
    return None


_ENDINGS = (".txt", ".text", ".xml", ".sgml", ".sgm", ".data", ".train", ".dev", ".test", "")
LINES = (Shape("marked texts", _lines, _ENDINGS),)
TABLES = (Shape("marked texts", _table),)
