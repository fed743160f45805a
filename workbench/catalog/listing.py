"""The tables of models and datasets to pick from: the samples, then the usual ones of the hub."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING

from workbench import task_registry
from workbench.catalog import plugins
from workbench.catalog.own_nets import net_folders
from workbench.catalog.samples.pinned import SAMPLES
from workbench.reference import WITH_WEIGHTS
from workbench.task_spec import FAMILIES, TaskSpec

if TYPE_CHECKING:
    import pandas as pd

NEEDS_HUB = "needs the hub"
_CLASSIFY = ("text-classification",)


@dataclasses.dataclass(frozen=True)
class HubEntry:
    """A model or dataset of the hub; ``size`` is parameters without a head, or records.

    ``tasks`` is what a dataset is for; ``family`` says what kind of model it is, and ``width`` is
    the size of its hidden states.
    """

    id: str
    size: int
    languages: str
    licence: str
    note: str = ""
    tasks: tuple[str, ...] = _CLASSIFY
    width: int = 768
    family: str = FAMILIES[0]

    @property
    def full_note(self) -> str:
        return f"{NEEDS_HUB}; {self.note}" if self.note else NEEDS_HUB


_DEBERTA = "weights on main are pickle: the message names the safetensors revision to use"

HUB_MODELS = (
    HubEntry("google-bert/bert-base-uncased", 109_482_240, "English", "Apache-2.0"),
    HubEntry("distilbert/distilbert-base-uncased", 66_362_880, "English", "Apache-2.0"),
    HubEntry("FacebookAI/roberta-base", 124_645_632, "English", "MIT"),
    HubEntry("microsoft/deberta-v3-small", 141_304_320, "English", "MIT", _DEBERTA),
    HubEntry("microsoft/deberta-v3-base", 183_831_552, "English", "MIT", _DEBERTA),
    HubEntry(
        "answerdotai/ModernBERT-base", 149_014_272, "English", "Apache-2.0", "8,192 positions"
    ),
    HubEntry("FacebookAI/xlm-roberta-base", 278_043_648, "100 languages", "MIT"),
    HubEntry("google-bert/bert-base-chinese", 102_267_648, "Chinese", "Apache-2.0"),
    HubEntry(
        "google-t5/t5-small", 60_506_624, "English, French, German, Romanian", "Apache-2.0",
        "asked with a prefix, such as 'summarize: '", width=512, family="encoder-decoder",
    ),
    HubEntry(
        "facebook/bart-base", 139_420_416, "English", "Apache-2.0", family="encoder-decoder"
    ),
    HubEntry("openai-community/gpt2", 124_439_808, "English", "MIT", family="decoder"),
)

HUB_DATASETS = (
    HubEntry(
        "stanfordnlp/sst2",
        70_042,
        "English",
        "not stated",
        "sentiment, 2 classes; the test split has no labels",
    ),
    HubEntry(
        "stanfordnlp/imdb",
        100_000,
        "English",
        "own terms",
        "sentiment, 2 classes; the split 'unsupervised' (50,000) has no labels",
    ),
    HubEntry(
        "fancyzhx/ag_news", 127_600, "English", "not stated: research use", "topic, 4 classes"
    ),
    HubEntry(
        "cardiffnlp/tweet_eval:sentiment", 59_899, "English", "not stated", "tweets, 3 classes"
    ),
    HubEntry("cardiffnlp/tweet_eval:emotion", 5_052, "English", "not stated", "tweets, 4 classes"),
    HubEntry(
        "google-research-datasets/go_emotions:simplified", 54_263, "English", "Apache-2.0",
        "comments, any of 28 emotions each",
        ("multi-label-classification",),
    ),
)


def tasks() -> list[str]:
    """Names of the tasks, in the order in which they are offered.

    >>> "text-classification" in tasks()
    True
    """
    return task_registry.names()


def models(task: str | None = None) -> pd.DataFrame:
    """Models to start from.

    Parameters
    ----------
    task : str, optional
        Only those that can be fine-tuned for this task.

    Returns
    -------
    pandas.DataFrame
        ``id`` (the reference to give a recipe), ``source``, ``parameters`` (int), ``languages``,
        ``licence``, ``note``. Any other model of the hub (``hub:org/name``) or folder will do too.

    Raises
    ------
    UnknownName
        If there is no such task.
    """
    return _table("model", "parameters", HUB_MODELS, task).drop(columns="task")


def datasets(task: str | None = None) -> pd.DataFrame:
    """Datasets to try things on.

    Parameters
    ----------
    task : str, optional
        Only those made for this task; a kind of data that is recognised only will do.

    Returns
    -------
    pandas.DataFrame
        ``id`` (the reference to give a recipe), ``source``, ``size`` (records in all splits),
        ``languages``, ``licence``, ``note``, ``task``. Your own files and DataFrames, and any
        other dataset of the hub (``hub:org/name``), will do too.

    Raises
    ------
    UnknownName
        If there is no such task.
    """
    return _table("dataset", "size", HUB_DATASETS, task)


def check_task(task: str) -> None:
    """Raise :class:`UnknownName`, with the nearest names, for a task that nobody knows."""
    task_registry.spec(task, trains=None)


def _table(kind: str, size: str, hub: tuple[HubEntry, ...], task: str | None) -> pd.DataFrame:
    import pandas as pd

    rows = _rows(kind, hub, task)
    rows = [(*row[:-1], ", ".join(row[-1])) for row in rows]
    columns = ["id", "source", size, "languages", "licence", "note", "task"]
    return pd.DataFrame(rows, columns=columns)


def offered(kind: str, task: str) -> list[str]:
    """References of the models or datasets that are listed for a task, without pandas.

    Parameters
    ----------
    kind : {'model', 'dataset'}
    task : str

    Returns
    -------
    list of str
        The ``id`` column of :func:`models` or :func:`datasets`.

    Raises
    ------
    UnknownName
        If there is no such task.
    """
    return [row[0] for row in _rows(kind, HUB_MODELS if kind == "model" else HUB_DATASETS, task)]


def note(kind: str, reference: str, task: str) -> str:
    """What is noted of a model or dataset that is listed, where a task is picked; else ""."""
    hub = HUB_MODELS if kind == "model" else HUB_DATASETS
    found = (one for one in _entries(kind, hub) if one.reference == reference)
    return next((one.note_for(task) for one in found), "")


def _rows(kind: str, hub: tuple[HubEntry, ...], task: str | None) -> list[tuple]:
    """A row an entry; the last value is a tuple of its tasks."""
    wanted = None if task is None else task_registry.spec(task, trains=None)
    return [
        (e.reference, e.source, e.size, e.languages, e.licence, e.note_for(task), e.tasks)
        for e in _entries(kind, hub)
        if wanted is None or (_fits(e, wanted) if kind == "model" else _is_for(e, wanted))
    ]


def _is_for(entry: plugins.Entry, wanted: TaskSpec) -> bool:
    """Whether a dataset is for a task: it says so, or the task names it as its own."""
    return wanted.name in entry.tasks or entry.reference == wanted.dataset


def _entries(kind: str, hub: tuple[HubEntry, ...]) -> list[plugins.Entry]:
    """What is listed, in its order; what another package brings comes last."""
    entries = [
        plugins.Entry(f"sample:{s.name}", s.source, s.size, s.languages, s.licence, s.caveat,
                      s.tasks, s.family, s.caveats)
        for s in SAMPLES.values()
        if s.kind == kind
    ]  # fmt: skip
    entries += [
        plugins.Entry(f"hub:{e.id}", "Hugging Face hub", e.size, e.languages, e.licence,
                      e.full_note, e.tasks, e.family)
        for e in hub
    ]  # fmt: skip
    entries += _own_nets() if kind == "model" else []
    there = {entry.reference for entry in entries}
    for entry in plugins.entries(kind):
        if entry.reference in there:
            warnings.warn(
                f"{entry.reference!r} of another package is in the workbench's own list, and is "
                "left out of theirs.",
                stacklevel=4,
            )
        else:
            entries.append(entry)
    return entries


def _fits(entry: plugins.Entry, task: TaskSpec) -> bool:
    """Whether a model can be trained for a task: its family is one of the task's."""
    own = entry.reference.startswith(net_folders.PREFIX)
    if own and task.class_of(entry.family) not in net_folders.HEADS.get(entry.family, ()):
        return False
    return entry.family in task.families and task.trains


def _own_nets() -> list[plugins.Entry]:
    """The nets that the notebooks build."""
    source, licence = "this package", "Apache-2.0"
    fresh = "the BERT of notebook 23, weights drawn at random: to be compared with trained ones"
    found = [
        plugins.Entry(f"{net_folders.PREFIX}{name}", source, size[3], "English", licence, fresh)
        for name, size in net_folders.SIZES.items()
    ]
    writes = "the Transformer of the lessons, weights drawn at random; it writes slowly"
    found += [
        plugins.Entry(f"{net_folders.PREFIX}{name}", source, size[3], "English", licence, writes,
                      family="encoder-decoder")
        for name, size in net_folders.WRITERS.items()
    ]  # fmt: skip
    same = "the BERT of notebook 23 with the weights of sample:minilm-l6"
    reference = f"{net_folders.PREFIX}{WITH_WEIGHTS[0]}sample:minilm-l6"
    goes_on = "the Llama of the lessons with the weights of sample:smollm2-135m; it writes slowly"
    decoder = f"{net_folders.PREFIX}{WITH_WEIGHTS[1]}sample:smollm2-135m"
    return [
        *found, plugins.Entry(reference, source, 22_713_216, "English", licence, same),
        plugins.Entry(decoder, source, 134_515_008, "English", licence, goes_on, family="decoder"),
    ]  # fmt: skip
