"""A report's parts as one HTML page that asks for nothing, and as Markdown for a model card."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 300  # characters of a text in a table

STYLE = """
:root{--ink:#1f2328;--soft:#5c646d;--line:#d8dee4;--page:#fff;--fill:#f6f8fa;--c0:#0072b2;
--c1:#b84f00;--c2:#007a59;--c3:#b98000}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a0a9b3;--line:#3a4149;
--page:#14171a;--fill:#1e2227;--c0:#56b4e9;--c1:#ff8a4c;--c2:#2fbf91;--c3:#e69f00}}
body{font:15px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif;color:var(--ink);
background:var(--page);max-width:980px;margin:32px auto;padding:0 20px}
h1{font-size:24px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:17px;margin:34px 0 8px}
p{margin:6px 0}.note{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;min-width:60%;
font-variant-numeric:tabular-nums}td,th{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);
text-align:left;vertical-align:top}th{color:var(--soft)}.n{text-align:right;white-space:nowrap}
td{overflow-wrap:anywhere;max-width:520px}pre{background:var(--fill);border:1px solid var(--line);
border-radius:4px;padding:10px;font-size:12px;overflow-x:auto}
svg{max-width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--soft)}
svg text.ink{fill:var(--ink)}.grid{stroke:var(--line)}polyline{fill:none;stroke-width:1.8}
polyline.guide,line.guide{stroke:var(--soft);stroke-width:1}circle{stroke:none}
.c0{stroke:var(--c0)}circle.c0{fill:var(--c0)}.c1{stroke:var(--c1)}circle.c1{fill:var(--c1)}
.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}rect.good{fill:var(--c0)}rect.bad{fill:var(--c1)}
.key{font-size:13px;margin-right:16px}.key svg{display:inline;vertical-align:middle}
"""


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Parameters
    ----------
    title : str
    table : pandas.DataFrame, optional
        Its columns are headings.
    note : str
        A sentence below the title.
    picture : str
        SVG text of :mod:`workbench.inspection.reporting.drawings`.
    keys : list of (class, name)
        The picture's legend.
    code : str
        Shown as it is.
    """

    title: str
    table: pd.DataFrame | None = None
    note: str = ""
    picture: str = ""
    keys: list[tuple[str, str]] = field(default_factory=list)
    code: str = ""


def to_html(title: str, subtitle: str, sections: Sequence[Section], language: str = "en") -> str:
    """One page; its policy forbids it to load anything, or to run a script."""
    parts = []
    for one in sections:
        parts.append(f"<section><h2>{escape(one.title)}</h2>")
        if one.note:
            parts.append(f'<p class="note" dir="auto">{escape(one.note)}</p>')
        if one.keys:
            parts.append("<p>" + "".join(_key(*pair) for pair in one.keys) + "</p>")
        parts.append(one.picture)
        if one.table is not None:
            parts.append(_html_table(one.table))
        if one.code:
            parts.append(f"<pre>{escape(one.code)}</pre>")
        parts.append("</section>")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(title)}</h1><p class="note">{escape(subtitle)}</p>{"".join(parts)}'
        "</body></html>\n"
    )


def to_markdown(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Headings, tables and code; pictures are left to the page."""
    lines = [f"# {_inline(title)}", "", _inline(subtitle), ""]
    for one in sections:
        if one.table is None and not one.code and not one.note:
            continue
        lines += [f"## {_inline(one.title)}", ""]
        if one.note:
            lines += [_inline(one.note), ""]
        if one.table is not None:
            lines += [*_markdown_table(one.table), ""]
        if one.code:
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", one.code)), default=0))
            lines += [fence, one.code.rstrip("\n"), fence, ""]
    return "\n".join(lines)


def said(value: object) -> str:
    """A cell for people: few digits, "–" for what is missing.

    >>> said(0.123456), said(1234), said(float("nan")), said(12.0)
    ('0.123', '1,234', '–', '12')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if _numeric(value):
        number = float(value)
        if number == int(number) and abs(number) < 1e15:
            return f"{int(number):,}"
        return f"{number:.3f}" if 0.001 <= abs(number) < 1000 else f"{number:.3g}"
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _numeric(value: object) -> bool:
    return not isinstance(value, (bool, str)) and hasattr(value, "__float__")


def _html_table(table: pd.DataFrame) -> str:
    rows = list(table.itertuples(index=False, name=None))
    right = [any(_numeric(row[i]) for row in rows) for i in range(table.shape[1])]
    kind = [' class="n"' if r else "" for r in right]
    head = "".join(
        f'<th scope="col"{k}>{escape(str(c))}</th>' for c, k in zip(table, kind, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto"{k}>{escape(said(v))}</td>'
                         for v, k in zip(row, kind, strict=True)) + "</tr>"
        for row in rows
    )  # fmt: skip
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll">{table}</div>'


def _markdown_table(table: pd.DataFrame) -> list[str]:
    rows = list(table.itertuples(index=False, name=None))
    right = [any(_numeric(row[i]) for row in rows) for i in range(table.shape[1])]
    lines = [_row(map(str, table.columns)), _row(["---:" if r else "---" for r in right], raw=True)]
    return lines + [_row(map(said, row)) for row in rows]


def _row(cells, *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else _inline(cell) for cell in cells) + " |"


def _inline(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", " ".join(str(text).split()))


def _key(tone: str, name: str) -> str:
    dash = {"c1": "6 3", "c2": "2 3", "c3": "8 3 2 3", "guide": "2 4"}.get(tone, "")
    return (
        '<span class="key"><svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true">'
        f'<polyline class="{tone}" points="0,4 26,4" stroke-dasharray="{dash}"/></svg> '
        f"{escape(name)}</span>"
    )


def titled(table: pd.DataFrame) -> pd.DataFrame:
    """Columns under the titles that the views have."""
    from ...i18n import group

    titles = group("column")
    return table.rename(columns={n: titles.get(n, str(n).replace("_", " ")) for n in table.columns})
