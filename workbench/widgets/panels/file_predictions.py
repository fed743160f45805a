"""A file that is predicted by mouse: it comes in, its predictions go back as a CSV file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.errors import DataError
from workbench.i18n import t
from workbench.inspection.predictions.kinds import task_for
from workbench.score_columns import plain_title

from ..base import View, module
from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..turns import Turns
from .reading_fields import LEFT_OUT, offered, value_of

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5  # rows of the predictions, below the button


class FileDesk(View):
    """The button that takes a file, progress, stop, and the button that gives one back."""

    TEXTS = "file_predictions"
    _esm = module("keys.js", "panels/file_predictions.js")
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    uploading = traitlets.Unicode("").tag(sync=True)
    received = traitlets.Int(-1).tag(sync=True)  # bytes so far; -1: nothing is wanted
    state = traitlets.Unicode("").tag(sync=True)  # "", coming, working, done
    share = traitlets.Float(0.0).tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)  # the Python that does the same
    reading = traitlets.List().tag(sync=True)  # [name, label, value, [[value, text]]] of the file

    def __init__(self, **traits):
        super().__init__(**traits)


class FilePredictions(VBox):
    """Predict the texts of a file with a run's model; the predictions come back as a download.

    Attributes
    ----------
    run : Run or None
    table : pandas.DataFrame or None
        The last file's predictions.
    """

    def __init__(self):
        from workbench.data.reading.endings import READERS
        from workbench.data.reading.uploads import MAX_UPLOAD

        self.run: Any = None
        self.table: pd.DataFrame | None = None
        self.reading: dict[str, Any] = {}  # over what is taken from the run's data
        self._file: Path | None = None
        self._name, self._size, self._most = "", 0, MAX_UPLOAD
        self._pieces: list[bytes] = []
        self._turns = Turns()  # of files; an older one ends when it sees that it is not the newest
        self._lock = threading.Lock()
        self.desk, self.notice, self.sheet = FileDesk(kinds=list(READERS)), Notice(), Sheet()
        self.sheet.layout.display = "none"
        super().__init__([self.desk, self.notice, self.sheet])
        self.add_class("wb-stack")
        self.desk.on_msg(self._message)

    def load(self, run: Any) -> None:
        """Take this run; what was predicted with another one is forgotten."""
        self.stop()
        self.run, self.table, self._file, self.reading = run, None, None, {}
        self.notice.clear()
        self.sheet.layout.display = "none"
        with self.desk.hold_sync():
            self.desk.reading = []
            self.desk.state = self.desk.status = self.desk.code = self.desk.uploading = ""
            self.desk.received = -1

    def predict(
        self, file: str | Path, *, name: str | None = None, reading: dict[str, Any] | None = None
    ) -> pd.DataFrame | None:
        """Predict a file and wait, as choosing it does; None when it was stopped or refused.

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
        return self._predict(Path(file), name or Path(file).name, self._turns.take())

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
        return self._predict(self._file, self._name, self._turns.take())

    def stop(self) -> None:
        """End the prediction that goes on, after its present part."""
        self._turns.take()

    @property
    def csv(self) -> bytes:
        """The predictions as the download holds them: CSV, UTF-8.

        Raises
        ------
        DataError
            If no file was predicted yet.
        """
        from workbench.training.predicting.prediction_files import flat

        if self.table is None:
            raise DataError("There are no predictions yet.", "Choose a file first.")
        return flat(self.table, self.run.recipe).to_csv(index=False).encode()

    @property
    def download_name(self) -> str:
        """What the download is called."""
        return f"{Path(self._name).stem}-predictions.csv"

    def _predict(self, file: Path, name: str, number: int) -> pd.DataFrame | None:
        from workbench.data.reading.expected import seeing
        from workbench.data.reading.reports import guesses

        with self._lock:
            if not self._turns.is_newest(number):
                return None
            run, again, reading = self.run, file == self._file, dict(self.reading)
            self.table, self._name, self._file = None, name, file
            self.notice.clear()
            self.sheet.layout.display = "none"
            if not again:
                self.desk.reading = []
            self._say("working", t("file_predictions.reading", name=name))
            try:
                if run is None:
                    raise DataError("There is no run to predict with.", "Train one first.")
                tell = {"progress": lambda *at: self._tell(number, *at)}
                if reading:
                    tell["reading"] = reading
                with seeing() as reports:
                    try:
                        table = run.predict(file, **tell)
                    finally:
                        self._offer(run, file, reading, reports, number)
            except _Stopped:
                self._say("", t("file_predictions.stopped", name=name))
                return None
            except Exception as error:  # said below the button, its traceback folded away
                self._say("", "")
                self.notice.show_error(error)
                return None
            self.table = table
            self.desk.code = (
                f"wb.open_run({str(run.path)!r})"
                f".predict_file({name!r}, {self.download_name!r}"
                + (f", reading={reading!r})" if reading else ")")
            )
            done = t("file_predictions.done", name=name, n=len(table))
            self._say("done", " ".join([done, *guesses(reports)]))
            self._preview(table)
            return table

    def _offer(
        self, run: Any, file: Path, reading: dict[str, Any], reports: list, number: int
    ) -> None:
        """Fields that read the file otherwise, unless another file or run came meanwhile."""
        fields = offered(run, file, reading, reports, self.desk.reading)
        if self._turns.is_newest(number):
            self.desk.reading = fields

    def _preview(self, table: pd.DataFrame) -> None:
        task = task_for(table)
        first = task.readable(table.head(SHOWN))
        first = first.drop(columns=list(task.spec.prediction_table.hidden), errors="ignore")
        first = first.copy()
        for name in [one for one in first if first[one].dtype.kind == "O"]:
            first[name] = first[name].map(_in_words)
        names = [plain_title(name) for name in first.columns]
        heading = t("file_predictions.first", n=min(SHOWN, len(table)))
        self.sheet.show(first, names, heading=heading)
        self.sheet.layout.display = None

    def _tell(self, number: int, done: int, total: int) -> None:
        if not self._turns.is_newest(number):
            raise _Stopped
        self.desk.share = done / total if total else 0.0
        self.desk.status = t("file_predictions.working", name=self._name, done=done, n=total)

    def _say(self, state: str, status: str) -> None:
        with self.desk.hold_sync():
            self.desk.status, self.desk.share = status, 0.0
            self.desk.state = state  # last: whoever waits for it finds the status there

    def _message(self, _widget, content: dict, buffers: list) -> None:
        what = content.get("do")
        if what == "file":
            self._begin(str(content.get("name", "")), int(content.get("size", 0)))
        elif what == "piece" and buffers:
            self._take(int(content.get("at", -1)), bytes(buffers[0]))
        elif what == "stop":
            self.stop()
        elif what == "reading" and self._file is not None:
            name, value = str(content.get("name", "")), str(content.get("value", ""))
            threading.Thread(
                target=self.set_reading, args=(name, value_of(name, value)),
                name="workbench-file", daemon=True,
            ).start()  # fmt: skip
        elif what == "download" and self.table is not None:
            self.desk.send({"file": self.download_name}, buffers=[self.csv])

    def _begin(self, name: str, size: int) -> None:
        self.notice.clear()
        if size > self._most:
            self.notice.show(
                t("file_predictions.too_large", name=name, mb=self._most // 2**20),
                t("file_predictions.by_path"),
            )
            return
        self._size, self._pieces = size, []
        with self.desk.hold_sync():
            self.desk.uploading, self.desk.received = name, 0
            self._say("coming", t("file_predictions.coming", name=name))

    def _take(self, at: int, piece: bytes) -> None:
        if at != self.desk.received:
            return  # sent twice
        self._pieces.append(piece)
        here = at + len(piece)
        if here < self._size and piece:
            with self.desk.hold_sync():
                self.desk.received, self.desk.share = here, here / self._size
            return
        name, content, self._pieces = self.desk.uploading, b"".join(self._pieces), []
        with self.desk.hold_sync():
            self.desk.uploading, self.desk.received = "", -1
            self._say("working", t("file_predictions.reading", name=name))
        threading.Thread(
            target=self._uploaded, args=(name, content, self._turns.take()),
            name="workbench-file", daemon=True,
        ).start()  # fmt: skip

    def _uploaded(self, name: str, content: bytes, number: int) -> None:
        from workbench.data.reading.uploads import save_upload

        try:
            file = save_upload(name, content)
        except Exception as error:  # said below the button, its traceback folded away
            self._say("", "")
            self.notice.show_error(error)
            return
        self.reading = {}  # of another file
        self._predict(file, name, number)

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
