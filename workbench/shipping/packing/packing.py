"""Pack: a run's model with all that somebody needs who has no workbench."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import catalog
from workbench.atomic_files import write_json
from workbench.i18n import t
from workbench.training.run import Run

from ..exporting.exporting import EXAMPLES, Job
from ..exporting.facts import FILE
from ..exporting.place import new_folder, whole_folder
from .data_card import data_card
from .files import write_files
from .licences import Together, name_of, together
from .model_card import model_card


@dataclass(frozen=True)
class Packed:
    """A folder that is ready to be handed on.

    Parameters
    ----------
    path : Path
    format, weights : str
    check : dict
        As of :class:`workbench.shipping.Exported`.
    licences : Together
        Whether the licences of model and data go together.
    notes : tuple of str
        What is to be said of it.
    """

    path: Path
    format: str
    weights: str
    check: dict[str, Any]
    licences: Together
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Packed {self.format} {self.weights}: {self.path}>"


def pack(
    run: Run | str | os.PathLike,
    folder: str | os.PathLike,
    format: str = "safetensors",
    *,
    weights: str | None = None,
    model_licence: str | None = None,
    data_licence: str | None = None,
    examples: int = EXAMPLES,
    seed: int = 0,
) -> Packed:
    """A folder that works without the workbench, and can be pushed to the hub as it is.

    It has what :func:`workbench.shipping.export` writes, and ``README.md`` (a model card),
    ``DATA_CARD.md``, ``requirements.txt`` with the versions that are installed here,
    ``examples.jsonl`` (rows of the test set with their answers), ``check.py``, which tries them,
    ``Dockerfile``, and ``app.py``, a page by gradio.

    Parameters
    ----------
    run, folder, format, weights, examples, seed
        As of :func:`workbench.shipping.export`.
    model_licence, data_licence : str, optional
        Where the catalogue does not know them, such as ``"apache-2.0"``.

    Returns
    -------
    Packed
        ``licences`` says whether those of model and data go together; unknown ones are said.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.shipping.export`.
    """
    job = Job.of(run, format, weights=weights, examples=examples, seed=seed)
    place = new_folder(folder, job.run.path)
    job.prepare()
    recipe = job.run.recipe
    theirs, languages = _known("model", recipe.model)
    data, spoken = _known("dataset", recipe.dataset)
    model_name, data_name = name_of(model_licence or theirs), name_of(data_licence or data)
    found = together(model_name, data_name)
    with whole_folder(place) as stage:
        filled = job.fill(stage)
        filled.facts["two_texts"] = "pair" in filled.rows[0]
        write_json(stage / FILE, filled.facts)
        answers = filled.wanted if filled.check["exact"] else filled.found
        write_files(stage, filled.facts, filled.rows, answers)
        card = model_card(job.run, filled, found, model_name, data_name, spoken or languages)
        (stage / "README.md").write_text(card, "utf-8")
        (stage / "DATA_CARD.md").write_text(data_card(job.run, data_name), "utf-8")
    notes = [filled.note, "" if found.fits else found.said,
             t("pack.rows", n=len(filled.rows), licence=data_name)]  # fmt: skip
    return Packed(place, format, job.weights, filled.check, found, tuple(filter(None, notes)))


def _known(kind: str, reference: Any) -> tuple[str, str]:
    """Licence and languages that the catalogue knows of a model or of data."""
    table = catalog.models() if kind == "model" else catalog.datasets()
    row = table[table["id"] == str(reference)]
    return (row["licence"].iloc[0], row["languages"].iloc[0]) if len(row) else ("", "")
