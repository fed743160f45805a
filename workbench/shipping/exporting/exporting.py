"""Export: a run's model for other programs, checked by another process before it is kept."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.atomic_files import write_json
from workbench.errors import ModelError, RunError
from workbench.i18n import t
from workbench.run_folder.as_learnt import as_learnt
from workbench.training.predicting.predictor import Predictor
from workbench.training.run import Run, open_run

from . import formats
from .drawn_rows import answers_of, drawn_rows
from .facts import FILE, facts_of
from .place import new_folder, whole_folder
from .round_trip import ALLOWED, PROGRAM, agrees, answers_of_another_process, compared

EXAMPLES = 32
FEW_SAME = 0.95  # share of equal answers below which it is said


@dataclass(frozen=True)
class Exported:
    """A folder with an exported model.

    Parameters
    ----------
    path : Path
    format, weights : str
    size : int
        Bytes of the model's own files, without the tokenizer.
    check : dict
        What another process answered: ``examples``, ``same`` (equal but for numbers),
        ``largest_difference`` of scores, ``exact`` (whether they had to be equal).
    note : str
        What is to be said of it; empty where there is nothing.
    """

    path: Path
    format: str
    weights: str
    size: int
    check: dict[str, Any]
    note: str = ""

    def __repr__(self) -> str:
        said = t("export.done", folder=str(self.path), megabytes=self.size / 1e6,
                 same=self.check["same"], examples=self.check["examples"])  # fmt: skip
        return f"<Exported {self.format} {self.weights}: {said}>"


def export(
    run: Run | str | os.PathLike,
    folder: str | os.PathLike,
    format: str = "safetensors",
    *,
    weights: str | None = None,
    examples: int = EXAMPLES,
    seed: int = 0,
) -> Exported:
    """Write a run's model for other programs, and let another process answer with it.

    The folder has the model, its tokenizer, ``export.json`` (labels, thresholds, temperature, how
    texts are asked for) and ``predict.py``, which answers without the workbench. What it answers to
    rows drawn of the run's test set is compared with what the run answers: in fp32 scores may
    differ by 1e-5, labels and texts not at all. Else nothing is kept. Of smaller weights the equal
    answers are counted, and it is said where they are few.

    Parameters
    ----------
    run : Run, or path or name of one
        A finished run of one model.
    folder : str or path
        Is made; must not be there.
    format : {'safetensors', 'onnx', 'gguf'}
        For transformers; for onnxruntime; of decoders for llama.cpp and Ollama.
    weights : str, optional
        What weights are kept in: of onnx ``"fp32"`` or ``"int8"``, of gguf ``"fp32"``, ``"fp16"``
        or ``"q8_0"``; by default fp32.
    examples : int
        Rows of the test set that are asked, at least 1.
    seed : int
        Of the draw.

    Returns
    -------
    Exported

    Raises
    ------
    RunError
        If the run is not finished, or an ensemble.
    ModelError
        If the format has no place for the model, or the answers differ.
    DataError
        If the folder cannot be made, or there is no room.
    UnknownName
        If there is no such run, format or kind of weights.
    """
    job = Job.of(run, format, weights=weights, examples=examples, seed=seed)
    place = new_folder(folder, job.run.path)
    job.prepare()
    with whole_folder(place) as stage:
        found = job.fill(stage)
    return Exported(place, format, job.weights, found.size, found.check, found.note)


@dataclass
class Filled:
    """What was written into a folder; ``wanted`` are the run's answers, ``found`` its own."""

    facts: dict[str, Any]
    size: int
    check: dict[str, Any]
    rows: list[dict[str, Any]]
    wanted: list[dict[str, Any]]
    found: list[dict[str, Any]]
    note: str


@dataclass
class Job:
    """An export: made of what was asked for, prepared, then written into a folder."""

    run: Run
    format: str
    module: Any
    weights: str
    examples: int
    seed: int
    predictor: Any = None
    facts: Any = None

    @classmethod
    def of(
        cls, run: Run | str | os.PathLike, format: str, *, weights: str | None, examples: int,
        seed: int,
    ) -> Job:  # fmt: skip
        """Refuses what is asked for wrongly; see :func:`export`."""
        run = run if isinstance(run, Run) else open_run(run)
        module = formats.module_of(format)
        weights = formats.check_weights(module, format, weights)
        if isinstance(examples, bool) or not isinstance(examples, int) or examples < 1:
            raise RunError(t("export.examples", value=repr(examples)), t("export.examples_remedy"))
        return cls(run, format, module, weights, examples, seed)

    def prepare(self) -> None:
        """Load the model, and refuse what the format has no place for."""
        run = self.run
        learnt = as_learnt(run.path, run.recipe)
        self.predictor = Predictor(run.finished_path, learnt, begun=learnt is not run.recipe)
        self.predictor.model = self.predictor.model.to("cpu").eval()
        self.facts = facts_of(run, self.predictor)
        self.module.check(self.predictor.model, self.facts)

    def fill(self, stage: Path) -> Filled:
        """Write model, export.json and predict.py, and let another process answer.

        Raises
        ------
        ModelError
            If it does not answer as the run does where it has to.
        """
        kind, exact = self.facts["kind"], self.weights == self.module.WEIGHTS[0]
        rows = drawn_rows(self.run, kind, self.examples, self.seed)
        facts = {**self.facts, "weights": self.weights}
        facts |= self.module.write(stage, self.predictor, facts, self.weights)
        size = sum(path.stat().st_size for path in _model_files(stage, facts))
        write_json(stage / FILE, facts)
        shutil.copyfile(Path(__file__).parent / "standalone" / PROGRAM, stage / PROGRAM)
        wanted = answers_of(self.run, self.predictor, kind, rows, plain=self.format == "onnx")
        found = answers_of_another_process(stage, rows)
        outcome = compared(wanted, found)
        outcome |= {"seed": self.seed, "exact": exact, "allowed": ALLOWED if exact else None}
        if exact and not agrees(outcome):
            raise ModelError(_differs(outcome), t("export.differs_remedy"))
        facts["check"] = outcome
        write_json(stage / FILE, facts)
        note = _note(outcome, self.weights)
        return Filled(facts, size, outcome, rows, wanted, found, note)


def _model_files(folder: Path, facts: dict[str, Any]) -> list[Path]:
    """Files with weights: of one name, and what is beside it."""
    stem = Path(facts["file"]).stem
    return [path for path in folder.iterdir()
            if path.name.startswith(stem) and path.suffix != ".json"]  # fmt: skip


def _differs(outcome: dict[str, Any]) -> str:
    other = outcome["examples"] - outcome["same"]
    return t("export.differs", n=other, total=outcome["examples"],
             far=outcome["largest_difference"] or 0.0)  # fmt: skip


def _note(outcome: dict[str, Any], weights: str) -> str:
    share = outcome["same"] / outcome["examples"]
    if outcome["exact"] or share >= FEW_SAME:
        return ""
    return t("export.few_same", weights=weights, same=outcome["same"], total=outcome["examples"])
