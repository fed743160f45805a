"""A run as plain HTML: what GitHub and a dead kernel show of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import Any

from workbench import inspection
from workbench.errors import explain
from workbench.i18n import t
from workbench.nets.figure_looks import GREY, GROUND, INK
from workbench.plain_html import as_it_is

from ..elements.history import History, main_metric, smoothed, thin
from .run_words import curves_said

MOST = 20  # classes and evaluations listed
WIDTH, HEIGHT = 640, 200
_CELL = 'style="text-align:right;padding:2px 10px"'
_NAME = 'style="text-align:left;padding:2px 10px"'


def placeholder(run: Any = None) -> str:
    """What stands there until a run has ended."""
    text = t("summary.waiting")
    if run is not None:
        text = t("summary.running", run=run.name)
    return as_it_is(f"<p>{escape(text)}</p>")


def static_summary(run: Any, history: History | None = None) -> str:
    """Metrics, curves, evaluations, classes and the recipe of a run; no script, no outside file.

    Every value is escaped. Parts that a run does not have are left out.
    """
    if history is None:
        history = History()
        history.add(run.rows())
    status = run.status()
    title = f"{t('summary.title', run=run.name)}: {t('state.' + status['state'])}"
    parts = [f"<h4>{escape(title)}</h4>"]
    if status.get("error"):
        parts.append(f"<p>{escape(status['error'])} {escape(status.get('remedy') or '')}</p>")
    parts.append(_told(lambda: _metrics(run)))
    if history.steps:
        picture = base64.b64encode(curve_svg(history).encode()).decode()
        words = escape(t("summary.curve"))
        parts.append(
            f'<p><img alt="{words}" width="{WIDTH}" height="{HEIGHT}" '
            f'src="data:image/svg+xml;base64,{picture}"></p>'
        )
    parts.append(_told(lambda: _evaluations(run, history)))
    parts.append(_told(lambda: "".join(f"<p>{escape(one)}</p>" for one in curves_said(run))))
    parts.append(_told(lambda: _classes(run)))
    parts.append(_told(lambda: f"<pre>{escape(run.recipe.to_python())}</pre>"))
    parts.append(f"<p>{escape(t('summary.open', run=str(run.path)))}</p>")
    return as_it_is("".join(part for part in parts if part))


def _told(part: Callable[[], str]) -> str:
    """A part of the summary; what fails is said in its place and takes nothing else away."""
    try:
        return part()
    except Exception as error:
        message, remedy = explain(error)
        return f"<p>{escape(t('summary.left_out', reason=f'{message} {remedy}'.strip()))}</p>"


def _done(run: Any) -> bool:
    return run.status().get("state") == "done"


def _metrics(run: Any) -> str:
    if not _done(run):  # no held-out predictions yet
        return ""
    intervals = inspection.metric_intervals(run)
    baselines = (run.results() or {}).get("baselines") or {}
    rows = [
        [inspection.metric_name(r["metric"]), f"{r['value']:.3f}",
         f"{r['low']:.3f}–{r['high']:.3f}",
         *(_number(values.get(r["metric"])) for values in baselines.values())]
        for r in intervals.to_dict("records")
    ]  # fmt: skip
    head = [t("summary.metric"), t("summary.value"), t("summary.interval")]
    beside = [inspection.baseline_name(name, run.recipe.task) for name in baselines]
    table = _table([*head, *beside], rows)
    return _outcome(run) + table


def _outcome(run: Any) -> str:
    found = inspection.outcome(run)
    return "" if found is None else f"<p>{escape(found.sentence)}</p>"


def _evaluations(run: Any, history: History) -> str:
    name = main_metric(history.metrics(), run)
    steps = sorted(history.evaluations)
    picked = steps if len(steps) <= MOST else steps[:: -(-len(steps) // MOST)] + steps[-1:]
    rows = [
        [str(s), *(_number(history.evaluations[s].get(k)) for k in ("loss", name) if k)]
        for s in dict.fromkeys(picked)
    ]
    head = [t("curves.step"), t("curves.validation"), name and inspection.metric_name(name)]
    return _table([h for h in head if h], rows) if rows else ""


def _classes(run: Any) -> str:
    classes = inspection.class_report(run) if _done(run) else None
    if classes is None:  # numbers, answers
        return ""
    rows = [
        [r["class"][:80], _number(r["precision"]), _number(r["recall"]), _number(r["f1"]),
         f"{_number(r['f1_low'])}–{_number(r['f1_high'])}", str(r["support"])]
        for r in classes.head(MOST).to_dict("records")
    ]  # fmt: skip
    head = ["class", "precision", "recall", "f1", "interval", "support"]
    return _table([t(f"classes.{name}") for name in head], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    def line(tag: str, cells: list[str]) -> str:
        return "<tr>" + "".join(
            f"<{tag} {_CELL if i else _NAME}>{escape(c)}</{tag}>" for i, c in enumerate(cells)
        ) + "</tr>"  # fmt: skip

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', head)}</thead><tbody>{body}</tbody></table>"


def _number(value: Any) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"


def curve_svg(history: History) -> str:
    """The loss curves as a small picture on a white card."""
    import numpy as np

    data = history.arrays()
    step, low, high, mean = thin(
        data["step"], 300, data["loss"], smoothed(data["loss"], max(10, len(data["loss"]) / 40))
    )
    values = np.concatenate([low, high, data["eval_loss"]])
    values = values[np.isfinite(values)]
    if not len(values):
        values = np.array([0.0, 1.0])
    top = float(values.max()) * 1.04 or 1.0
    bottom = min(0.0, float(values.min()))
    end = float(max(step[-1], *data["eval_step"], 1))

    def x(value: float) -> str:
        return f"{44 + (WIDTH - 56) * value / end:.1f}"

    def y(value: float) -> str:
        return f"{10 + (HEIGHT - 34) * (1 - (value - bottom) / ((top - bottom) or 1)):.1f}"

    def path(xs, ys) -> str:
        points, pen = [], "M"
        for a, b in zip(xs, ys, strict=True):
            if not np.isfinite(b):
                pen = "M"
                continue
            points.append(f"{pen}{x(a)} {y(b)}")
            pen = "L"
        return "".join(points)

    raw_x, raw_y = np.repeat(step, 2), np.column_stack([low, high]).ravel()
    dots = "".join(
        f'<circle cx="{x(a)}" cy="{y(b)}" r="4" fill="#d98f00"/>'
        for a, b in zip(data["eval_step"], data["eval_loss"], strict=True)
        if np.isfinite(b)
    )
    text = f'fill="{INK}" font-family="sans-serif" font-size="11"'
    grid = "".join(
        f'<line x1="44" x2="{WIDTH - 12}" y1="{y(v)}" y2="{y(v)}" stroke="{GREY}" '
        f'stroke-opacity=".35"/><text x="38" y="{y(v)}" text-anchor="end" {text}>{v:.2g}</text>'
        for v in (bottom, (bottom + top) / 2, top)
    )
    words = escape(t("summary.curve"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{GROUND}"/>{grid}'
        f'<path d="{path(raw_x, raw_y)}" fill="none" stroke="#9aa3ac"/>'
        f'<path d="{path(step, mean)}" fill="none" stroke="#0072b2" stroke-width="2"/>'
        f'<path d="{path(data["eval_step"], data["eval_loss"])}" fill="none" stroke="#d98f00" '
        f'stroke-width="1.5" stroke-dasharray="5 3"/>{dots}'
        f'<text x="44" y="{HEIGHT - 4}" {text}>{words}</text></svg>'
    )
