"""The Check panel: bring data, say which column is what, and mend what the doctor finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import task_registry
from workbench.errors import DownloadError, WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe
from workbench.task_words import called

from ..boxes import VBox
from ..elements.notice import Notice
from ..newest import Newest
from .check_clicks import clicked, split_names
from .check_view import CheckView
from .examined import changes, examine, has_to_come, name_of, stops, verdict
from .learnt_part import LearntPart

if TYPE_CHECKING:
    from workbench.data.doctor import Check

GUESS = "guess"
SETTLE = 0.3  # seconds without a further change before data is examined


class CheckPanel(VBox):
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

        self.view = CheckView(on_ask=self._asked, on_file=self.upload, kinds=KINDS, most=MAX_UPLOAD)
        self.notice = Notice()
        self.check: Check | None = None
        self._on_change, self._looks = on_change, look
        self._recipe: Recipe | None = None
        self._own: dict[str, str] = {}  # roles that the user settled; the others are guessed
        self._task = GUESS  # or the task that the user settled
        self._wanted = ""  # what it was before a file came: it stays if the file is for it
        self._absent = False  # whether the data has to be downloaded first
        self._newest = Newest(self._look, self._show, self._broke,
                              name="workbench-check", delay=SETTLE)  # fmt: skip
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
        errors = [] if self.check is None else [f for f in self.check.found if stops(f)]
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
        changed = changes(before, recipe)
        if not changed and not self._absent:
            self._recipe = recipe  # the same data: nothing new to find
            self.learnt.set(recipe if self.check is not None else None)
            return
        if "columns" in changed:
            self._own = dict(recipe.columns)
        self._recipe = recipe
        self._examine()

    def _take(self, check: Check) -> None:
        """Show what was found already."""
        self._recipe, self._own = check.recipe, dict(check.recipe.columns)
        self._task = check.mapping.task
        self._show(check.recipe, (check, None))

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
        self, method: str, column: str | None = None, *, folds: int | None = None,
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
            clicked(self, what, values)
        except WorkbenchError as error:
            self.notice.show_error(error)

    def _change(self, recipe: Recipe, **fields: Any) -> None:
        before = self._recipe
        self._recipe = recipe.replace(**fields) if fields else recipe
        if self._on_change is not None:
            changed = changes(before, self._recipe)
            self._on_change({name: getattr(self._recipe, name) for name in changed})
        self._examine()

    def _examine(self) -> None:
        if not self._looks or self._recipe is None:
            return
        self.view.busy = t("check.busy")
        self._newest.ask(self._recipe)

    def _look(self, recipe: Recipe, is_newest: Callable[[], bool]):
        fresh = False

        def tell(finding):
            nonlocal fresh
            if is_newest():
                if not fresh:
                    self.view.findings, fresh = [], True
                self.view.show_finding(finding)

        try:
            self._absent = has_to_come(recipe.dataset)
            if self._absent:
                raise DownloadError(
                    t("check.not_here", name=recipe.dataset),
                    t("check.not_here_remedy", name=recipe.dataset),
                )
            own = recipe.replace(columns=self._own)
            return examine(own, self._task, wanted=self._wanted, on_finding=tell), None
        except Exception as error:  # said in the panel
            return None, error

    def _show(self, recipe: Recipe, found: tuple[Check | None, Exception | None]) -> None:
        check, error = found
        self.check = check
        self.learnt.set(None if check is None else check.recipe)
        with self.view.hold_sync():
            self.view.busy = ""
            self.view.fixes = list(recipe.fixes)
            if check is None:
                self.view.verdict = t("check.unreadable", name=name_of(recipe))
                is_file = ":" not in recipe.dataset.split("/")[0]
                self.view.show_unreadable(recipe.reading if is_file else None)
            else:
                self._recipe = check.recipe
                self._settle(check.mapping.task)
                self.view.show_check(check, self._task, recipe.reading)
                self.view.verdict = verdict(check)
                self._draw_split(recipe.split)
        if error is not None:
            self.notice.show_error(error)
            return
        self.notice.clear()
        learned = [name for name in changes(recipe, check.recipe) if name in ("task", "columns")]
        if self._on_change is not None and learned:
            self._on_change({name: getattr(check.recipe, name) for name in learned})

    def _broke(self, error: Exception) -> None:
        self.view.busy = ""
        self.notice.show_error(error)

    def _settle(self, found: str) -> None:
        """The task that was settled before the file came stays; that it does not is said."""
        wanted, self._wanted = self._wanted, ""
        if wanted == found:
            self._task = wanted
        elif wanted:
            said = t("check.other_task", wanted=called(wanted), found=called(found))
            self.view.progress += f" {said}"

    def _draw_split(self, method: str) -> None:
        spec = None if self.check is None else task_registry.spec(self.check.mapping.task)
        names = split_names(method, spec)
        columns = list(self.check.columns) if self.check is not None else []
        chosen = self.recipe.split_column or ""
        folds, fold = self.recipe.folds or 0, self.recipe.fold or 0
        self.view.split = [method, names, chosen, columns, folds, fold]

    def __repr__(self) -> str:
        return f"<CheckPanel: {self.check!r}>"
