"""The Check panel: bring data, say which column is what, and mend what the doctor finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench import task_registry
from workbench.errors import DownloadError, WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe

from ..elements.notice import Notice
from ..newest import Newest
from .check_view import CheckView
from .learnt_part import LearntPart

if TYPE_CHECKING:
    from workbench.data.doctor import Check

METHODS = ("stratified", "random", "group", "time")
CHANGES = (
    "task", "dataset", "columns", "reading", "fixes", "split", "split_column", "folds", "fold",
)  # fmt: skip
EVEN = ("labels", "number", "tags", "span")  # what the first way keeps even, besides classes
OF_MODEL = ("model", "wrong task")  # findings that say nothing of the data
GUESS = "guess"
SETTLE = 0.3  # seconds without a further change before data is examined


class CheckPanel(ipywidgets.VBox):
    """Upload a file, see how it was read, map its columns, and mend what is wrong with it.

    Parameters
    ----------
    data : Recipe, whatever a recipe's dataset can be, or Check, optional
        What to examine (nothing before there is something), or what :func:`workbench.check` found.
    on_change : callable, optional
        ``on_change(changes)`` with the recipe's fields that a click changed.
    look : bool
        Examine at once; otherwise at the first :meth:`look_now`.

    Examples
    --------
    What clicks do, without clicking::

        panel = CheckPanel("reviews.csv")
        panel.wait()
        panel.set_column("label", "stars")
        panel.fix("drop_duplicates")
        run = wb.fine_tune(panel.recipe)
    """

    def __init__(
        self,
        data: Any = None,
        *,
        on_change: Callable[[dict[str, Any]], None] | None = None,
        look: bool = True,
    ):
        from workbench.data.reading.uploads import KINDS, MAX_UPLOAD

        self.view = CheckView(
            on_ask=self._asked, on_file=self.upload, kinds=KINDS, most=MAX_UPLOAD
        )
        self.notice = Notice()
        self.check: Check | None = None
        self._on_change, self._looks = on_change, look
        self._recipe: Recipe | None = None
        self._own: dict[str, str] = {}  # roles that the user settled; the others are guessed
        self._task = GUESS  # or the task that the user settled
        self._wanted = ""  # what it was before a file came: it stays if the file is for it
        self._absent = False  # whether the data has to be downloaded first
        self._newest = Newest(self._look, self._show_found, name="workbench-check", delay=SETTLE)
        self.learnt = LearntPart()
        super().__init__([self.view, self.notice, self.learnt])
        self.add_class("wb-stack")
        if data is not None:
            self.set_data(data)

    @property
    def recipe(self) -> Recipe:
        """The recipe with the mapping, the splits and the accepted fixes."""
        if self._recipe is None:
            raise WorkbenchError("There is no data yet.", "Upload a file or name a dataset.")
        return self._recipe

    @property
    def problem(self) -> str:
        """What keeps the data from being trained on, as far as is known; "" when nothing does."""
        if self.notice.message:
            return self.notice.message
        errors = [] if self.check is None else [f for f in self.check.found if _stops(f)]
        return errors[0].what if errors else ""

    def set_data(self, data: Any) -> None:
        """Examine other data, or the data of another recipe."""
        from workbench.data.doctor import Check, recipe_for

        if isinstance(data, Check):
            self._take(data)
            return
        recipe, before = recipe_for(data), self._recipe
        if recipe.task != (Recipe() if before is None else before).task:
            self._task = recipe.task
        same = before is not None and not any(_differ(before, recipe, name) for name in CHANGES)
        if same and not self._absent:
            self._recipe = recipe  # the same data: nothing new to find
            self.learnt.set(recipe if self.check is not None else None)
            return
        if before is None or _differ(before, recipe, "columns"):
            self._own = dict(recipe.columns)
        self._recipe = recipe
        self._examine()

    def _take(self, check: Check) -> None:
        """Show what was found already."""
        self._recipe, self._own = check.recipe, dict(check.recipe.columns)
        self._task = check.mapping.task
        self._show(check.recipe, check, None)

    def upload(self, name: str, content: bytes) -> bool:
        """Keep a file and examine it, as dropping it on the panel does.

        Returns
        -------
        bool
            Whether it was taken; if not, the panel says why and goes on to show the data of before.
        """
        from workbench.data.reading.uploads import save_upload

        try:
            path = save_upload(name, content)
        except WorkbenchError as error:
            self.notice.show_error(error)
            return False
        base = self._recipe or Recipe()
        self._own, self._wanted = {}, self._wanted if self._task == GUESS else self._task
        self._task = GUESS
        self._change(base, dataset=str(path), columns={}, reading={}, fixes=[], split="stratified",
                     split_column=None, folds=None, fold=None)  # fmt: skip
        return True

    def set_task(self, task: str) -> None:
        """Say what the data is for, one of ``catalog.tasks()``; ``"guess"`` goes by the columns."""
        self._task, self._wanted = task, ""
        if task == GUESS:
            self._change(self.recipe)
        else:
            self._own = {}  # the roles are others
            self._change(self.recipe, task=task, columns={})

    def set_column(self, role: str, column: str | None) -> None:
        """Say which column has a role; None for a role that no column has."""
        found = dict(self.check.mapping.columns) if self.check is not None else {}
        own = {r: c for r, c in self._own.items() if r != role and c != column}
        if column:
            own[role] = column
        elif role == "pair" and "text" in found:  # a text that is settled has no second one
            own["text"] = found["text"]
        self._own = own
        self._change(self.recipe, columns=own)

    def set_reading(self, name: str, value: Any) -> None:
        """Say how files are to be read (``encoding``, ``delimiter``, ``quotes``); None: guess."""
        reading = {k: v for k, v in self.recipe.reading.items() if k != name}
        if value not in (None, ""):
            reading[name] = value
        if name == "encoding":
            self._change(self.recipe, reading=reading)
            return
        self._own = {}  # the columns are others then
        self._change(self.recipe, reading=reading, columns={}, split="stratified",
                     split_column=None)  # fmt: skip

    def set_split(
        self,
        method: str,
        column: str | None = None,
        *,
        folds: int | None = None,
        fold: int | None = None,
    ) -> None:
        """Say how splits are made where the data has none, and which of the folds is tested."""
        if method in ("group", "time") and not column:  # the column is still to be chosen
            self._draw_split(method)
            return
        kept = column if method in ("group", "time") else None
        fold = min(fold or self.recipe.fold or 1, folds) if folds else None
        self._change(self.recipe, split=method, split_column=kept, folds=folds, fold=fold)

    def fix(self, *names: str) -> None:
        """Accept fixes that findings offer, as their buttons do."""
        if self.check is not None:
            self._change(self.check.accept(*names))

    def fix_all(self) -> None:
        """Accept every fix that an error or a warning offers."""
        offered = [f.fix_text for f in self.check.found if f.fix and f.severity != "info"]
        self.fix(*offered)

    def unfix(self, name: str) -> None:
        """Take back an accepted fix."""
        self._change(self.recipe, fixes=[f for f in self.recipe.fixes if f != name])

    def wait(self, timeout: float = 60.0) -> Check | None:
        """Wait until the data as it is now has been examined."""
        return self.check if self._newest.wait(timeout) else None

    def look_now(self) -> None:
        """Examine the data if that was put off (``look=False``)."""
        if not self._looks:
            self._looks = True
            self._examine()

    def _asked(self, what: str, **values: Any) -> None:
        """A click, as the page tells it."""
        try:
            if what == "task":
                self.set_task(values["task"])
            elif what == "column":
                self.set_column(values["role"], values["column"] or None)
            elif what == "reading":
                value = values["value"]
                if values["name"] in ("header", "quotes"):
                    value = {"yes": True, "no": False}.get(value, value or None)
                self.set_reading(values["name"], value)
            elif what == "split":
                folds = str(values.get("folds") or "")
                number = int(folds) if folds.isdecimal() else None
                fold = str(values.get("fold") or "")
                self.set_split(
                    values["split"], values["column"] or None, folds=number,
                    fold=int(fold) if fold.isdecimal() else None,
                )  # fmt: skip
            elif what in ("fix", "unfix"):
                getattr(self, what)(values["name"])
            elif what == "fix_all":
                self.fix_all()
        except WorkbenchError as error:
            self.notice.show_error(error)

    def _change(self, recipe: Recipe, **fields: Any) -> None:
        before = self._recipe
        self._recipe = recipe.replace(**fields) if fields else recipe
        if self._on_change is not None:
            names = [n for n in CHANGES if before is None or _differ(before, self._recipe, n)]
            self._on_change({name: getattr(self._recipe, name) for name in names})
        self._examine()

    def _examine(self) -> None:
        if not self._looks or self._recipe is None:
            return
        self.view.busy = t("check.busy")
        self._newest.ask(self._recipe)

    def _look(self, recipe: Recipe, is_newest: Callable[[], bool]):
        from workbench.data import doctor

        fresh = False

        def tell(finding):
            nonlocal fresh
            if is_newest():
                if not fresh:
                    self.view.findings, fresh = [], True
                self.view.show_finding(finding)

        try:
            self._absent = _has_to_come(recipe.dataset)
            if self._absent:
                raise DownloadError(
                    t("check.not_here", name=recipe.dataset),
                    t("check.not_here_remedy", name=recipe.dataset),
                )
            own = recipe.replace(columns=self._own)
            if self._wanted and (found := _fitting(own, self._wanted)) is not None:
                return found, None
            return doctor.check(own, task=self._task, on_finding=tell), None
        except Exception as error:  # said in the panel
            return None, error

    def _show_found(self, recipe: Recipe, found: tuple) -> None:
        self._show(recipe, *found)

    def _show(self, recipe: Recipe, check: Check | None, error: Exception | None) -> None:
        self.check = check
        self.learnt.set(None if check is None else check.recipe)
        with self.view.hold_sync():
            self.view.busy = ""
            self.view.fixes = list(recipe.fixes)
            if check is None:
                self.view.verdict = t("check.unreadable", name=_named(recipe))
                is_file = ":" not in recipe.dataset.split("/")[0]
                self.view.show_unreadable(recipe.reading if is_file else None)
            else:
                self._recipe = check.recipe
                self._settle(check.mapping.task)
                self.view.show_files(check.tables["files"], recipe.reading)
                self.view.show_task(self._task, check.mapping.task)
                self.view.show_roles(check.mapping)
                self.view.show_findings(check.found)
                predicts = task_registry.spec(check.mapping.task).predicts
                self.view.show_tables(check.tables, predicts)
                self.view.verdict = _verdict(check)
                self._draw_split(recipe.split)
        if error is not None:
            self.notice.show_error(error)
            return
        self.notice.clear()
        learned = [name for name in ("task", "columns") if _differ(recipe, check.recipe, name)]
        if self._on_change is not None and learned:
            self._on_change({name: getattr(check.recipe, name) for name in learned})

    def _settle(self, found: str) -> None:
        """The task that was settled before the file came stays; that it does not is said."""
        wanted, self._wanted = self._wanted, ""
        if wanted == found:
            self._task = wanted
        elif wanted:
            self.view.progress += " " + t("check.other_task", wanted=wanted, found=found)

    def _draw_split(self, method: str) -> None:
        names = [[name, t(f"check.split_{name}")] for name in METHODS]
        spec = None if self.check is None else task_registry.spec(self.check.mapping.task)
        if spec is not None and spec.predicts in EVEN:
            names[0][1] = t(f"check.split_{spec.predicts}_even")
        if spec is not None and not spec.names_outputs:
            # no classes: the first two ways are one, called as it is
            names = [[method if method == "random" else "stratified", names[1][1]], *names[2:]]
        columns = list(self.check.columns) if self.check is not None else []
        chosen = self.recipe.split_column or ""
        folds, fold = self.recipe.folds or 0, self.recipe.fold or 0
        self.view.split = [method, names, chosen, columns, folds, fold]

    def __repr__(self) -> str:
        return f"<CheckPanel: {self.check!r}>"


def _differ(one: Recipe, other: Recipe, name: str) -> bool:
    return getattr(one, name) != getattr(other, name)


def _fitting(recipe: Recipe, task: str) -> Check | None:
    """What is found when data is read for a task; None when it is not for that, whatever its model
    is for."""
    from workbench.data import doctor

    try:
        found = doctor.check(recipe.replace(task=task), task=task)
    except WorkbenchError:
        return None
    stops = [one for one in found.found if _stops(one) and one.check not in OF_MODEL]
    return None if stops else found


def _has_to_come(reference: str) -> bool:
    from workbench.catalog import download_size

    return download_size(reference, "dataset") != 0


def _named(recipe: Recipe) -> str:
    return recipe.dataset.replace("\\", "/").rsplit("/", 1)[-1]


def _stops(finding: Any) -> bool:
    return finding.severity == "error"


def _verdict(check: Check) -> str:
    counts = {s: sum(f.severity == s for f in check.found) for s in ("error", "warning")}
    says = t("check.verdict", errors=counts["error"], warnings=counts["warning"])
    return f"{t('check.' + ('ready' if check.ok else 'not_ready'))} {says}"
