"""Train, Pause, Resume, Stop: buttons that reach a run even when the kernel is busy or gone."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import traitlets

from workbench.atomic_files import read_json
from workbench.worker.control import COMMANDS, send

from ..base import View, module


class Controls(View):
    """The row of buttons over a run, with its progress.

    A click writes the numbered command file through Jupyter's contents interface, with the page's
    own credentials, and sends the same numbered command to Python: whichever arrives first counts,
    the other changes nothing. Where neither arrives, the command to type in a terminal is shown.

    Parameters
    ----------
    on_train : callable, optional
        Called without arguments when Train is pressed.
    on_command : callable, optional
        ``on_command(command, number)`` when Pause, Resume or Stop reach Python; by default the
        command is written to the run's folder.
    """

    TEXTS = "controls"
    _esm = module("elements/controls.js")
    folder = traitlets.Unicode("").tag(sync=True)  # of the run, absolute; "" while there is none
    run_path = traitlets.Unicode("").tag(sync=True)  # the same, seen from the server's root
    home = traitlets.Unicode("").tag(sync=True)  # what "~" means where the kernel runs
    quoted = traitlets.Unicode("").tag(sync=True)  # the folder as a shell argument
    state = traitlets.Unicode("").tag(sync=True)
    acknowledged = traitlets.Int(0).tag(sync=True)
    progress = traitlets.Float(0.0).tag(sync=True)  # 0 to 1
    status = traitlets.Unicode("").tag(sync=True)
    can_train = traitlets.Bool(True).tag(sync=True)
    why_not = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        run_folder: str | os.PathLike | None = None,
        *,
        on_train: Callable[[], None] | None = None,
        on_command: Callable[[str, int | None], None] | None = None,
        **traits,
    ):
        super().__init__(**traits)
        self._on_train, self._on_command = on_train, on_command
        self.follow(run_folder)
        self.on_msg(self._message)

    def follow(self, run_folder: str | os.PathLike | None) -> None:
        """Steer this run from now on; None for no run."""
        with self.hold_sync():
            self.folder = "" if run_folder is None else str(Path(run_folder).absolute())
            self.home = str(Path.home())
            self.quoted = shlex.quote(self.folder)
            self.run_path = path_from_server(run_folder) if run_folder is not None else ""
            self.acknowledged, self.state, self.progress, self.status = 0, "", 0.0, ""

    def press(self, name: str, number: int | None = None) -> None:
        """Do what a click on that button does: ``train``, ``pause``, ``resume`` or ``stop``."""
        if name == "train":
            if self._on_train is not None and self.can_train:
                self._on_train()
        elif name not in COMMANDS:
            known = ", ".join(("train", *COMMANDS))
            raise ValueError(f"There is no button {name!r}; there are: {known}")
        elif self._on_command is not None:
            self._on_command(name, number)
        elif self.folder:
            send(Path(self.folder), name, number=number)

    def _message(self, _widget, content: dict, _buffers) -> None:
        name, number = content.get("press"), content.get("number")
        if name in ("train", *COMMANDS) and (number is None or isinstance(number, int)):
            if name == "train":  # starting takes a moment; the page asks whether anybody is here
                self.send({"reached": name, "number": number})
                self.press(name)
                return
            self.press(name, number)
            self.send({"reached": name, "number": number})

    def __repr__(self) -> str:
        return f"Controls({self.state or 'no run'})"


def path_from_server(folder: str | os.PathLike) -> str:
    """The folder as the Jupyter server of this kernel names it, "" when it lies elsewhere.

    Read from the servers' own runtime files; the server that is this process's parent comes first.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    target = Path(folder).absolute()
    servers = [read_json(p) or {} for p in Path(jupyter_runtime_dir()).glob("jpserver-*.json")]
    for server in sorted(servers, key=lambda s: s.get("pid") != os.getppid()):
        root = Path(server.get("root_dir") or "/nowhere")
        for place, base in ((target, root), (target.resolve(), root.resolve())):
            if place.is_relative_to(base):
                return place.relative_to(base).as_posix()
    return ""
