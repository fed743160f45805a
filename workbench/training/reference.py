"""What the model before tuning says of rows that are compared with it: measured once, and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..i18n import t
from .finishing import disk_in_one_sentence, passes_of

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared
    from .reporter import Reporter

NAME = "reference.npz"
JUDGED = "fp32"  # the precision of what a run ends with
END = "_judged"  # of the name of what was measured in it


class Reference:
    """Fills ``reference`` of encoded rows that have such a field, from ``reference.npz`` of the run
    where these rows were measured.

    A session that goes on without that file measures anew, by the model as it was loaded, which is
    the one before tuning.

    Parameters
    ----------
    prepared : Prepared
    recipe : Recipe
    reporter : Reporter
    precision : str
        Of training, in which steps and the evaluations between them are compared. What the run
        ends with is judged in fp32, as the saved model is: two precisions would differ without any
        tuning.
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    """

    def __init__(
        self, prepared: Prepared, recipe: Recipe, reporter: Reporter, *, precision: str,
        share: float = 1.0,
    ):  # fmt: skip
        self.prepared, self.recipe, self.reporter = prepared, recipe, reporter
        self.precision, self.share = precision, share
        self.path = Path(reporter.folder) / NAME
        self.rows: dict[str, Any] = {split: rows for split, rows in prepared.encoded.items()
                                     if hasattr(rows, "reference")}  # fmt: skip
        self.due = bool(self.rows) and not self._kept()

    def measure(self, model: Any) -> None:
        """Measure all rows, and keep it.

        Raises
        ------
        BrokenOff
            If a command came; nothing is written then.
        """
        self.reporter.set_state(phase="evaluating")
        found = {}
        for split, rows in self.rows.items():
            rows.reference = None
            found[split] = self._scores(model, rows, self.precision)
            if split != "train":
                same = self.precision == JUDGED
                found[split + END] = found[split] if same else self._scores(model, rows, JUDGED)
        self._take(found)
        stage = self.path.with_name(f".part-{NAME}")
        with disk_in_one_sentence():
            with stage.open("wb") as file:
                np.savez(file, allow_pickle=False, of=np.array(self._of()), **found)
            stage.replace(self.path)
        self.due = False

    def _kept(self) -> bool:
        """Take what was measured; False where there is nothing that fits."""
        try:
            with np.load(self.path, allow_pickle=False) as kept:
                found = {name: kept[name] for name in kept.files if name != "of"}
                if str(kept["of"]) != self._of():
                    raise ValueError
        except FileNotFoundError:
            return False
        except Exception:  # whatever a damaged archive raises
            self.reporter.warn(t("preferences.measured_anew", name=NAME))
            return False
        self._take(found)
        return True

    def _scores(self, model: Any, rows: Any, precision: str) -> np.ndarray:
        """What the model says of rows, float32, shape (n_rows, ...)."""
        passes = passes_of(self.prepared, self.recipe, model, rows, self.reporter,
                           precision=precision, share=self.share)  # fmt: skip
        return passes.scores(lambda values, _: values).reshape(len(rows), -1)

    def _take(self, found: dict[str, np.ndarray]) -> None:
        for split, rows in self.rows.items():
            rows.reference, rows.judged = found[split], found.get(split + END)

    def _of(self) -> str:
        """Hash of the rows that are measured, and of how."""
        digest = hashlib.blake2b(f"{self.precision} {JUDGED}".encode(), digest_size=16)
        for split, rows in sorted(self.rows.items()):
            digest.update(f"{split} {len(rows)}".encode())
            for name in sorted(rows.arrays):
                digest.update(rows.arrays[name].tobytes())
            digest.update(rows.offsets.tobytes())
        return digest.hexdigest()
