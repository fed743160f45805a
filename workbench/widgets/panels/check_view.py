"""What the Check panel shows: files, columns, splits, findings, figures; and uploads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from workbench import task_registry, task_words
from workbench.i18n import t

from ..base import View, as_text, module
from .reading_fields import fields_of, mark_said, table_fields

MOST = 12  # lines of a figure
LONGEST = 300  # characters of a sample


class CheckView(View):
    """The page of :class:`workbench.widgets.panels.check.CheckPanel`.

    Parameters
    ----------
    on_ask : callable
        ``on_ask(what, **values)`` for each click.
    on_file : callable
        ``on_file(name, content)`` when a file has come in whole; false when it was not taken.
    kinds : list of str
        Endings that a file may have.
    most : int
        Bytes that a file may have.
    """

    TEXTS = "check"
    _esm = module("keys.js", "panels/check_view.js")
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    uploading = traitlets.Unicode("").tag(sync=True)  # the file that is coming in
    received = traitlets.Int(-1).tag(sync=True)  # its bytes so far; -1: nothing is wanted
    progress = traitlets.Unicode("").tag(sync=True)
    files = traitlets.List().tag(sync=True)
    reading = traitlets.List().tag(sync=True)  # [name, label, value, [[value, text]]]
    task = traitlets.List().tag(sync=True)  # [value, [[value, text]]]
    roles = traitlets.List().tag(sync=True)  # [role, name, column, choices, reason, samples]
    split = traitlets.List().tag(
        sync=True
    )  # [method, [[value, text]], column, columns, folds, fold]
    findings = traitlets.List().tag(sync=True)
    fixes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    verdict = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    figures = traitlets.List().tag(sync=True)  # [title, [[name, value, text]]]

    def __init__(self, *, on_ask: Callable, on_file: Callable, kinds: list[str], most: int):
        super().__init__(kinds=kinds)
        self._on_ask, self._on_file, self._most = on_ask, on_file, most
        self._size, self._pieces = 0, []
        self.on_msg(self._message)

    def show_check(self, check: Any, asked: str, reading: dict) -> None:
        """All that was found, for the task that was asked for (or ``"guess"``)."""
        task = check.mapping.task
        self.show_files(check.tables["files"], reading)
        self.show_task(asked, task)
        self.show_roles(check.mapping)
        self.show_findings(check.found)
        self.show_tables(check.tables, task_registry.spec(task).predicts)

    def show_files(self, table: Any, reading: dict[str, Any]) -> None:
        """How each file was read, and what can be told to read it otherwise."""
        rows = table.to_dict("records")
        shown = [
            [as_text(row["path"]).replace("\\", "/").rsplit("/", 1)[-1], as_text(row["format"]),
             int(row["rows"]), int(row["columns"]), as_text(row["encoding"]),
             mark_said(row["delimiter"]), _yes(row["header"])]
            for row in rows
        ]  # fmt: skip
        with self.hold_sync():
            self.files, self.reading = shown, fields_of(rows, reading)

    def show_task(self, chosen: str, found: str) -> None:
        """What the data is for: settled, or guessed to be ``found``."""
        from workbench.catalog import tasks

        names = [name for name in dict.fromkeys([*tasks(), chosen]) if name != "guess"]
        guess = ["guess", t("check.guessed", task=task_words.called(found))]
        self.task = [chosen, [guess, *([name, task_words.called(name)] for name in names)]]

    def show_roles(self, mapping: Any) -> None:
        """Role, column, choices, reason and three samples of a mapping."""
        declared = task_registry.find(mapping.task)
        roles = declared.roles if declared else ()
        known = {role.name: task_words.role_title(role, declared) for role in roles}
        self.roles = [
            [role, known.get(role, role), mapping.columns.get(role, ""), choices,
             mapping.reasons.get(role, ""),
             [as_text(v)[:LONGEST] for v in mapping.samples.get(mapping.columns.get(role), [])[:3]]]
            for role, choices in mapping.choices.items()
        ]  # fmt: skip

    def show_finding(self, finding: Any) -> None:
        """Add one finding below the others."""
        self.findings = [*self.findings, _row(finding)]

    def show_findings(self, findings: list) -> None:
        """Show these findings instead of the last ones."""
        self.findings = [_row(finding) for finding in findings]

    def show_unreadable(self, reading: dict[str, Any] | None) -> None:
        """Show nothing of what was there before, but, of a file, how to read it otherwise."""
        with self.hold_sync():
            self.files, self.roles, self.task, self.split = [], [], [], []
            self.findings, self.figures = [], []
            self.reading = [] if reading is None else (
                table_fields(reading, encoding=True, delimiter=True))  # fmt: skip

    def show_tables(self, tables: dict[str, Any], predicts: str = "class") -> None:
        """Balance, languages, scripts and lengths as bars with their numbers."""
        figures = []
        balance = {"number": "numbers", "labels": "labels"}.get(predicts, "classes")
        for name, key, value in (
            ("classes", "label", "total"), ("languages", "language", "texts"),
            ("scripts", "script", "share of letters"),
        ):  # fmt: skip
            table = tables.get(name)
            if table is not None and len(table) and {key, value} <= {*table.columns}:
                rows = zip(table[key].head(MOST), table[value].head(MOST), strict=True)
                title = t(f"check.figure_{balance if name == 'classes' else name}")
                figures.append([title, [_bar(n, v) for n, v in rows]])
        lengths = tables.get("lengths")
        if lengths is not None and len(lengths):
            figures.append([t("check.figure_lengths"), _length_bars(lengths["tokens"].to_numpy())])
        self.figures = figures

    def receive(self, name: str, size: int) -> None:
        """Begin to take a file of ``size`` bytes."""
        self._size, self._pieces = size, []
        if size > self._most:
            with self.hold_sync():
                self.uploading, self.received = "", -1
                self.progress = t("check.too_large", name=name, mb=self._most // 2**20)
            return
        with self.hold_sync():
            self.uploading, self.received = name, 0
            self.progress = t("check.coming", name=name, share=0)

    def _take(self, at: int, piece: bytes) -> None:
        if at != self.received:
            return  # sent twice
        self._pieces.append(piece)
        here = at + len(piece)
        if here < self._size and piece:
            share = 100 * here / self._size
            with self.hold_sync():
                self.progress = t("check.coming", name=self.uploading, share=share)
                self.received = here
            return
        name, content, self._pieces = self.uploading, b"".join(self._pieces), []
        with self.hold_sync():
            self.uploading, self.received, self.progress = "", -1, t("check.taking", name=name)
        self.progress = t("check.came" if self._on_file(name, content) else "check.not_taken",
                          name=name)  # fmt: skip

    def _message(self, _widget, content: dict, buffers: list) -> None:
        values = dict(content)
        what = values.pop("do", None)
        if what == "file":
            self.receive(str(values.get("name", "")), int(values.get("size", 0)))
        elif what == "piece" and buffers:
            self._take(int(values.get("at", -1)), bytes(buffers[0]))
        elif isinstance(what, str):
            self._on_ask(what, **values)


def _row(finding: Any) -> list:
    examples = [text[:LONGEST] for text in finding.examples]
    fix = finding.fix_text if finding.fix else ""
    row = [finding.severity, finding.check, finding.what, int(finding.count)]
    return [*row, examples, fix, finding.remedy, t(f"check.severity_{finding.severity}")]


def _bar(name: Any, value: float) -> list:
    share = isinstance(value, float)
    return [as_text(name)[:80], float(value), f"{value:.1%}" if share else f"{value:,}"]


def _length_bars(tokens: Any) -> list:
    """Texts by length in at most ten steps of doubling width."""
    import numpy as np

    edges = [0, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, int(tokens.max()) + 1]
    edges = [edge for edge in edges if edge <= tokens.max()] + [max(int(tokens.max()) + 1, 1)]
    counts, _ = np.histogram(tokens, bins=edges)
    steps = zip(edges[:-1], edges[1:], strict=True)
    names = [f"{low}–{high - 1}" if high - low > 1 else str(low) for low, high in steps]
    return [_bar(name, int(count)) for name, count in zip(names, counts, strict=True)]


def _yes(value: Any) -> str:
    return "" if value is None or value != value else t("check.yes" if value else "check.no")
