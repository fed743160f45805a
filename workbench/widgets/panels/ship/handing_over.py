"""Folders for other programs and other people: export and pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.errors import DataError
from workbench.i18n import t

from ...boxes import Label, VBox
from ...elements.notice import Notice
from ...elements.toolbar import Line

#: format and weights of each choice
FORMATS = {
    "safetensors": ("safetensors", "fp32"), "onnx": ("onnx", "fp32"),
    "onnx-int8": ("onnx", "int8"), "gguf": ("gguf", "fp32"), "gguf-q8": ("gguf", "q8_0"),
}  # fmt: skip


class HandingOver(VBox):
    """Export, or pack, into a folder; another process answers with it before it is kept.

    Attributes
    ----------
    made : Exported or Packed or None
    """

    def __init__(self):
        self.run: Any = None
        self.made: Any = None
        self.line = Line(
            on_action=self._act,
            fields=[{"name": "format", "label": t("ship.format"),
                     "choices": [[name, t(f"ship.formats.{name}")] for name in FORMATS]},
                    {"name": "folder", "label": t("ship.folder"), "wide": True}],
            actions=[{"name": "export", "label": t("ship.export")},
                     {"name": "pack", "label": t("ship.pack")}],
        )  # fmt: skip
        self.notice, self.said, self.code = Notice(), Label(), Label()
        super().__init__([self.line, self.notice, self.said, self.code])
        self.add_class("wb-stack")

    def load(self, run: Any) -> None:
        """Take this run."""
        self.run, self.made = run, None
        self.said.value = self.code.value = ""
        self.notice.clear()

    def make(self, what: str, folder: str | Path = "", format: str = "safetensors") -> Any:
        """Export or pack, as the buttons do.

        Parameters
        ----------
        what : {'export', 'pack'}
        folder : path
            Is made; by default one named after the run, beside the notebook.
        format : {'safetensors', 'onnx', 'onnx-int8', 'gguf', 'gguf-q8'}

        Raises
        ------
        WorkbenchError
            See :func:`workbench.shipping.export`.
        """
        from workbench import shipping

        if self.run is None:
            raise DataError(t("ship.no_run"), t("ship.no_run_back"))
        kind, weights = FORMATS[format]
        place = str(folder).strip() or f"{self.run.name}-{format}"
        work = shipping.pack if what == "pack" else shipping.export
        self.made = work(self.run, place, kind, weights=weights)
        check, notes = self.made.check, getattr(self.made, "notes", None)
        said = [t("ship.made", path=str(Path(place).resolve()), same=check["same"],
                  n=check["examples"])]  # fmt: skip
        self.said.value = " ".join([*said, *(notes or [getattr(self.made, "note", "")])]).strip()
        self.code.value = t("ship.twin", code=(
            f"wb.shipping.{what}(wb.open_run({str(self.run.path)!r}), {place!r}, "
            f"{kind!r}, weights={weights!r})"))  # fmt: skip
        return self.made

    def _act(self, name: str, values: dict[str, str]) -> None:
        if name in ("export", "pack"):
            self.line.work(
                lambda: self.make(name, values.get("folder", ""), values.get("format", "")),
                self.notice,
            )
