"""A file that is predicted by mouse: it comes in, and its predictions go back as another one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError
from workbench.i18n import t
from workbench.inspection.predictions.kinds import task_for
from workbench.score_columns import plain_title

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..turns import Turns
from .file_desk import FileDesk
from .file_transfer import FileTransfer
from .kept_predictions import KeptPredictions, SeenParts
from .reading_fields import LEFT_OUT, offered, value_of

if TYPE_CHECKING:
    import pandas as pd



class FilePredictions(VBox):
    """Predict the texts of a file with a run's model; the predictions come back as a download.

    Attributes
    ----------
    run : Run or None
    """

    def __init__(self):
        from workbench.data.reading.endings import READERS
        from workbench.data.reading.uploads import MAX_UPLOAD

        self.run: Any = None
        self.reading: dict[str, Any] = {}  # over what is taken from the run's data
        self._file: Path | None = None
        self._name, self._kept = "", KeptPredictions()
        self._turns = Turns()  # of files; an older one ends when it sees that it is not the newest
        self._lock = threading.Lock()
        self.desk, self.notice = FileDesk(kinds=list(READERS)), Notice()
        self.transfer = FileTransfer(self.desk, self._kept, self.notice, MAX_UPLOAD)
        super().__init__([self.desk, self.notice])
        self.add_class("wb-stack")
        self.desk.on_msg(self._message)
        self.desk.observe(lambda change: self._say_code(), "format")

    @cached_property
    def sheet(self) -> Sheet:
        """The first predictions; made when there are some, so that no notebook saves it before."""
        made = Sheet()
        self.children = (*self.children, made)
        return made

    def _hide_sheet(self) -> None:
        if "sheet" in self.__dict__:
            self.sheet.layout.display = "none"

    def load(self, run: Any) -> None:
        """Take this run; what was predicted with another one is forgotten."""
        self.stop()
        self.run, self._file, self.reading = run, None, {}
        self.transfer.forget()
        self._kept.forget()
        self.notice.clear()
        self._hide_sheet()
        with self.desk.hold_sync():
            self.desk.reading = []
            self.desk.state = self.desk.status = self.desk.code = self.desk.uploading = ""
            self.desk.received = -1

    def predict(
        self, file: str | Path, *, name: str | None = None, reading: dict[str, Any] | None = None
    ) -> pd.DataFrame | None:
        """Predict a file and wait, as choosing it does; None when it was stopped or refused.

        The table is as a file holds it: labels and tags are joined, next best answers left out.

        What is wrong with the file is said in one sentence.

        Parameters
        ----------
        file : str or path
        name : str, optional
            How it is called; the download's name follows from it.
        reading : dict, optional
            How it is read, as :meth:`workbench.Run.predict` takes it.
        """
        self.reading = dict(reading or {})
        done = self._predict(Path(file), name or Path(file).name, self._turns.take())
        return self.table if done else None

    def set_reading(self, name: str, value: Any) -> pd.DataFrame | None:
        """Say how the file is read (``sheet``, ``encoding``, ...), and predict it again, as a
        choice below it does.

        Parameters
        ----------
        name : str
        value
            None for as the run's data were read, or as it is detected; ``"null"`` leaves out what
            the run's recipe says of it.

        Raises
        ------
        DataError
            If no file came yet.
        """
        if self._file is None:
            raise DataError(t("file_predictions.no_file"), t("file_predictions.no_file_back"))
        self.reading = {key: one for key, one in self.reading.items() if key != name}
        if value is not None:
            self.reading[name] = None if value == LEFT_OUT else value
        done = self._predict(self._file, self._name, self._turns.take())
        return self.table if done else None

    def stop(self) -> None:
        """End the prediction that goes on, after its present part."""
        self._turns.take()

    @property
    def table(self) -> pd.DataFrame | None:
        """The last file's predictions, read from the disk; None when there are none."""
        return self._kept.table

    def saved(self, ending: str = "csv") -> Path:
        """The predictions as the download of that kind holds them.

        Parameters
        ----------
        ending : {'csv', 'xlsx', 'parquet'}

        Returns
        -------
        Path
            A file that lasts until another one is predicted, or this panel is gone.

        Raises
        ------
        DataError
            If there are no predictions yet, there is no room for the file, or an Excel workbook
            cannot hold them.
        """
        if not (self._kept.begun and self._kept.place.exists()):
            raise DataError("There are no predictions yet.", "Choose a file first.")
        return self._kept.written(f".{ending}")

    @property
    def download_name(self) -> str:
        """What the download is called."""
        return f"{Path(self._name).stem}-predictions.{self.desk.format}"

    def _predict(self, file: Path, name: str, number: int) -> bool:
        """Whether it was predicted, and neither stopped nor refused."""
        from workbench.data.reading.expected import seeing
        from workbench.data.reading.reports import guesses

        with self._lock:
            if not self._turns.is_newest(number):
                return False
            run, again, reading = self.run, file == self._file, dict(self.reading)
            self._name, self._file = name, file
            self.transfer.forget()
            self._kept.forget()
            self.notice.clear()
            self._hide_sheet()
            if not again:
                self.desk.reading = []
            self.desk.say("working", t("file_predictions.reading", name=name))
            try:
                if run is None:
                    raise DataError("There is no run to predict with.", "Train one first.")
                seen = SeenParts()
                with seeing() as reports:
                    try:
                        run.predict_file(
                            file, self._kept.place, reading=reading, seen=seen.add,
                            progress=lambda *at: self._tell(number, *at),
                        )  # fmt: skip
                    finally:
                        self._offer(run, file, reading, reports, number)
            except _Stopped:
                self.desk.say("", t("file_predictions.stopped", name=name))
                return False
            except Exception as error:  # said below the button, its traceback folded away
                self.desk.say("", "")
                self.notice.show_error(error)
                return False
            self._preview(seen.first)
            self._say_code()
            done = t("file_predictions.done", name=name, n=seen.rows)
            self.desk.say("done", " ".join([done, *guesses(reports), *seen.notes]))
            return True

    def _say_code(self) -> None:
        """The Python that writes the download, once there is one."""
        if self._kept.begun and self._kept.place.exists():
            self.desk.code = (
                f"wb.open_run({str(self.run.path)!r})"
                f".predict_file({self._name!r}, {self.download_name!r}"
                + (f", reading={self.reading!r})" if self.reading else ")")
            )

    def _offer(
        self, run: Any, file: Path, reading: dict[str, Any], reports: list, number: int
    ) -> None:
        """Fields that read the file otherwise, unless another file or run came meanwhile."""
        fields = offered(run, file, reading, reports, self.desk.reading)
        if self._turns.is_newest(number):
            self.desk.reading = fields

    def _preview(self, table: pd.DataFrame) -> None:
        task = task_for(table)
        first = task.readable(table)
        first = first.drop(columns=list(task.spec.prediction_table.hidden), errors="ignore")
        first = first.copy()
        for name in [one for one in first if first[one].dtype.kind == "O"]:
            first[name] = first[name].map(_in_words)
        names = [plain_title(name) for name in first.columns]
        heading = t("file_predictions.first", n=len(table))
        self.sheet.show(first, names, heading=heading)
        self.sheet.layout.display = None

    def _tell(self, number: int, done: int, total: int) -> None:
        if not self._turns.is_newest(number):
            raise _Stopped
        self.desk.share = done / total if total else 0.0
        self.desk.status = t("file_predictions.working", name=self._name, done=done, n=total)

    def _message(self, _widget, content: dict, buffers: list) -> None:
        what = content.get("do")
        if what == "file":
            self.transfer.begin(str(content.get("name", "")), int(content.get("size", 0)))
        elif what == "piece" and buffers:
            name = self.transfer.take(int(content.get("at", -1)), bytes(buffers[0]))
            if name is not None:
                self._apart(self._uploaded, name, self._turns.take())
        elif what == "stop":
            self.stop()
        elif what == "reading" and self._file is not None:
            name, value = str(content.get("name", "")), str(content.get("value", ""))
            self._apart(self.set_reading, name, value_of(name, value))
        elif what == "download" and self.desk.state == "done":
            self._apart(self._download)
        elif what == "more":
            self.transfer.send(int(content.get("at", 0)))

    def _apart(self, work: Callable[..., object], *arguments: Any) -> None:
        """Do this in a thread of its own, so that messages are still heard."""
        threading.Thread(target=work, args=arguments, name="workbench-file", daemon=True).start()

    def _uploaded(self, name: str, number: int) -> None:
        from workbench.data.reading.uploads import save_upload

        try:
            file = save_upload(name, self._kept.incoming)
        except Exception as error:  # said below the button, its traceback folded away
            self.desk.say("", "")
            self.notice.show_error(error)
            return
        finally:
            self._kept.forget_incoming()
        self.reading = {}  # of another file
        self._predict(file, name, number)

    def _download(self) -> None:
        """Write the file that the page wants, and tell it that it can be asked for."""
        with self._lock:
            name, said = self.download_name, self.desk.status
            self.desk.status = t("file_predictions.writing", name=name)
            self.notice.clear()
            try:
                self.transfer.give(self.saved(self.desk.format), name)
            except Exception as error:  # said below the button, its traceback folded away
                self.notice.show_error(error)
            self.desk.status = said

    def __repr__(self) -> str:
        return f"<FilePredictions: {self._name or 'no file'}>"


class _Stopped(Exception):
    """Somebody pressed stop, or chose another file."""


def _in_words(value: Any) -> Any:
    """A cell as people read it: a list as its members, numbers in it with three places."""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    return " · ".join(str(_in_words(one)) for one in value)
