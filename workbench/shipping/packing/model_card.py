"""README.md of a packed model: a card with the head that the hub reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from workbench import task_registry, task_words, tasks
from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.inspection.predictions.class_reports import class_report
from workbench.inspection.predictions.slice_columns import SliceColumns
from workbench.inspection.predictions.slices import find_slices
from workbench.reference import Origin, Reference
from workbench.run_folder.files import read_fields

if TYPE_CHECKING:
    import pandas as pd

    from workbench.training.run import Run

    from ..exporting.exporting import Filled
    from .licences import Together

ROWS = 20  # of classes and slices
_LANGUAGES = {"English": "en", "Chinese": "zh", "German": "de", "French": "fr", "Spanish": "es"}
_PIPELINES = {
    "class": "text-classification", "labels": "text-classification",
    "number": "text-classification", "tags": "token-classification", "span": "question-answering",
    "vector": "sentence-similarity", "pair": "text-ranking", "gaps": "fill-mask",
    "text": "text-generation",
}  # fmt: skip
_LIBRARIES = {"safetensors": "transformers", "onnx": "onnxruntime", "gguf": "gguf"}


def model_card(
    run: Run, filled: Filled, together: Together, model_licence: str, data_licence: str,
    languages: str,
) -> str:  # fmt: skip
    """The text of the card: head, what it is for, figures, limits, licences, how to repeat."""
    recipe, facts = run.recipe, filled.facts
    spec = task_registry.spec(recipe.task)
    title = task_words.called(spec)
    measured = _measured(run)
    sections = [
        f"# {run.name}",
        t("card.first", title=title, model=recipe.model, dataset=_dataset(recipe)),
        f"## {t('card.use')}",
        t("card.use_text"),
        "```console\npip install -r requirements.txt\npython check.py\n"
        'python predict.py "a text"\n```',
        f"## {t('card.figures')}",
        t("card.figures_text", n=run.metrics("test").get("examples", "?")),
        _markdown(measured),
        *_of_classes(run),
        *_of_slices(run),
        f"## {t('card.limits')}",
        "\n".join(f"- {one}" for one in _limits(run, filled)),
        f"## {t('card.licences')}",
        t("card.licences_text", model=model_licence, data=data_licence, said=together.said),
        f"## {t('card.repeat')}",
        t("card.repeat_text"),
        f"```yaml\n{recipe.to_yaml().strip()}\n```",
        _versions(run),
    ]
    head = _head(run, facts, measured, together, languages, title)
    return head + "\n\n".join(one for one in sections if one) + "\n"


def _head(
    run: Run, facts: dict[str, Any], measured: pd.DataFrame, together: Together,
    languages: str, title: str,
) -> str:  # fmt: skip
    recipe, pipeline = run.recipe, _PIPELINES[facts["kind"]]
    head: dict[str, Any] = {"license": together.licence}
    if together.licence == "other":
        head |= {"license_name": "see-licences-below", "license_link": "README.md"}
    spoken = [_LANGUAGES[one] for one in re.findall(r"\w+", languages) if one in _LANGUAGES]
    if spoken:
        head["language"] = spoken
    head["library_name"] = _LIBRARIES[facts["kept"]]
    head["pipeline_tag"] = pipeline
    head["tags"] = ["finetune-workbench", facts["kept"]]
    model = Reference.parse(recipe.model, "model")
    data = Reference.parse(recipe.dataset, "dataset")
    if model.origin is Origin.HUB:
        head["base_model"] = model.name
    if data.origin is Origin.HUB:
        head["datasets"] = [data.name]
    head["metrics"] = measured["metric"].tolist()
    results = [
        {"type": one.metric, "name": f"{one.metric} ({one.low:.4f} to {one.high:.4f})",
         "value": round(float(one.value), 6)}
        for one in measured.itertuples()
    ]  # fmt: skip
    head["model-index"] = [{"name": run.name, "results": [
        {"task": {"type": pipeline, "name": title},
         "dataset": {"type": _dataset(recipe), "name": _dataset(recipe), "split": "test"},
         "metrics": results}
    ]}]  # fmt: skip
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n\n"


def _measured(run: Run) -> pd.DataFrame:
    """``metric``, ``value``, ``low``, ``high``, ``method`` of the test set."""
    found = tasks.get(run.recipe.task).intervals(run.predictions("test"))
    return found[["metric", "value", "low", "high", "method"]]


def _of_classes(run: Run) -> list[str]:
    try:
        found = class_report(run)
    except WorkbenchError as error:
        return [str(error)]
    if found is None or not len(found):
        return []
    names = ["class", "support", "precision", "recall", "f1", "f1_low", "f1_high"]
    table = found[[name for name in names if name in found]]
    return [f"### {t('card.classes')}", _first(table)]


def _of_slices(run: Run) -> list[str]:
    """Slices with more errors than the rest, where the task tells errors."""
    if "slices" not in task_registry.spec(run.recipe.task).sections:
        return []
    try:
        found = find_slices(SliceColumns(run, "test"))
    except WorkbenchError as error:
        return [f"### {t('card.slices')}", str(error)]
    if not len(found):
        return [f"### {t('card.slices')}", t("card.no_slices", tests=found.attrs["tests"])]
    names = ["query", "examples", "error_rate", "low", "high", "elsewhere", "p_corrected"]
    return [f"### {t('card.slices')}", t("card.slices_text", tests=found.attrs["tests"]),
            _first(found[names])]  # fmt: skip


def _first(table: pd.DataFrame) -> str:
    """The first rows; how many there are where that is not all."""
    more = f"\n\n{t('card.first_of', n=ROWS, total=len(table))}" if len(table) > ROWS else ""
    return _markdown(table.head(ROWS)) + more


def _markdown(table: pd.DataFrame) -> str:
    """A table as Markdown, whatever its cells hold."""
    def cell(value: Any) -> str:
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")

    names = "| " + " | ".join(map(cell, table.columns)) + " |"
    lines = [names, "|" + " --- |" * len(table.columns)]
    lines += ["| " + " | ".join(map(cell, row)) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


def _limits(run: Run, filled: Filled) -> list[str]:
    info, facts = run.data_info(), filled.facts
    counts = info.get("examples", {})
    found = [
        t("card.learnt", train=counts.get("train", "?"), validation=counts.get("validation", "?"),
          test=counts.get("test", "?")),
        t("card.cut", n=facts["max_length"]),
        t("card.rows", n=len(filled.rows)),
    ]  # fmt: skip
    check = filled.check
    if check["exact"]:
        found.append(t("card.exact", n=check["examples"], far=check["largest_difference"] or 0.0))
    else:
        found.append(t("card.rough", weights=facts["weights"], same=check["same"],
                       n=check["examples"]))  # fmt: skip
    if filled.note:
        found.append(filled.note)
    return [*found, *info.get("notes", [])]


def _versions(run: Run) -> str:
    fields, problem = read_fields(run.path, "environment.json")
    if problem:
        return ""
    said = ", ".join(f"{name} {number}" for name, number in fields.get("versions", {}).items())
    return t("card.versions", versions=said, python=fields.get("python", "?"),
             device=fields.get("device_name") or fields.get("device", "?"))  # fmt: skip


def _dataset(recipe: Any) -> str:
    return str(recipe.dataset)
