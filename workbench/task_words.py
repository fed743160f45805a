"""The words of tasks that people read: titles, names of columns and numbers, reasons.

What a task declares is English. Each of its words has a key that follows from the task's name, and
a catalogue of words says it otherwise: that of a language (``locales/<language>.json``), or the
task's own (:attr:`.task_spec.TaskSpec.words`). Tasks of this package share the keys of columns,
numbers and baselines, which mean the same in all of them.

>>> title("regression")
'Regression: a number for a text'
"""

from __future__ import annotations

from .errors import SpecError, WorkbenchError, explain
from .i18n import named, of_package, t
from .memory import is_out_of_memory
from .task_registry import baseline, find, metric, specs
from .task_spec import (
    LEARNT_ITSELF,
    NO_TARGET,
    NO_WRITER,
    NOT_LAID,
    ONE_DECIDES,
    Baseline,
    Metric,
    Role,
    TaskSpec,
)

#: Reasons that the workbench itself gives for tasks, and their keys.
_SHARED = {NO_WRITER: "task.no_writer", NO_TARGET: "task.no_target",
           NOT_LAID: "task.not_laid", ONE_DECIDES: "task.one_decides",
           LEARNT_ITSELF: "task.learnt_itself"}  # fmt: skip


def title(task: TaskSpec | str) -> str:
    """A task as a list to choose from calls it; the name of one that is not known."""
    one = find(task) if isinstance(task, str) else task
    return _word(one, "title", "", one.title) if one else str(task)


def name_and_gist(task: TaskSpec | str) -> tuple[str, str]:
    """The title in two: what a narrow list shows, and what stands below it.

    >>> name_and_gist("regression"), name_and_gist("text-classification")
    (('Regression', 'a number for a text'), ('Text classification', ''))
    """
    return in_two(title(task))


def called(task: TaskSpec | str) -> str:
    """A task as a sentence of the app, of a report or of a finding names it, as its lists do.

    What is wrong with a recipe names it as the recipe does.

    >>> called("token-classification"), called("no-such-task")
    ('Token classification', 'no-such-task')
    """
    return name_and_gist(task)[0]


def in_two(title: str) -> tuple[str, str]:
    """A title "name: gist" in two, as a narrow list and the line below it show it.

    >>> in_two("LoRA: low-rank matrices beside the weights")
    ('LoRA', 'low-rank matrices beside the weights')
    """
    name, _, gist = title.replace("\uff1a", ": ").partition(": ")
    return name.strip(), gist.strip()


def part_error(error: Exception, task: str, part: str) -> WorkbenchError:
    """What an error in a part that a task declares means, such as a section of its report.

    One that says itself what is wrong stays as it is; of any other a sentence names task and part.
    """
    if isinstance(error, WorkbenchError):
        return error
    message, remedy = explain(error)
    if is_out_of_memory(error):
        return WorkbenchError(message, remedy)
    said = t("task.part_broke", part=part, task=called(task), why=message)
    return SpecError(said, t("task.part_broke_remedy"))


def role_title(role: Role, task: TaskSpec | str | None = None) -> str:
    """A column of a task as people call it."""
    return _word(_spec(task), f"roles.{role.name}", f"roles.{role.name}", role.title or role.name)


def metric_title(name: str, task: TaskSpec | str | None = None) -> str:
    """A metric as people write it: "macro-F1"; of one that no task has its name in words.

    >>> metric_title("macro_f1"), metric_title("rouge_l")
    ('macro-F1', 'rouge l')
    """
    one = _spec(task)
    if one is None or one.metric(name) is None:
        one = _owner(name, "metric")
    found = one.metric(name) if one else metric(name)
    usual = found.title if found else name.replace("_", " ")
    return _word(one, f"metrics.{name}", f"metric.{name}", usual)


def metric_short(one: Metric, task: TaskSpec | str | None = None) -> str:
    """A metric over a narrow column; "" where it has no short title."""
    if not one.short:
        return ""
    return _word(_spec(task), f"short.{one.name}", f"metric_short.{one.name}", one.short)


def baseline_title(name: str, task: str | None = None) -> str:
    """A baseline as a row of a table is called."""
    found: Baseline | None = baseline(name, task)
    usual = found.title if found else name.replace("_", " ")
    return _word(_baselines_of(name, task), f"rows.{name}", f"baseline_row.{name}", usual)


def baseline_said(name: str, task: str | None = None) -> str:
    """A baseline as it stands in a sentence."""
    found: Baseline | None = baseline(name, task)
    usual = (found.said or found.title) if found else name.replace("_", " ")
    return _word(_baselines_of(name, task), f"baselines.{name}", f"baseline.{name}", usual)


def _baselines_of(name: str, task: str | None) -> TaskSpec | None:
    """The task whose baseline of this name is meant."""
    own = _spec(task)
    if own and any(one.name == name for one in own.baselines):
        return own
    return _owner(name, "baseline")


def why_unused(task: TaskSpec, field: str) -> str:
    """Why a field of a recipe does not apply to a task, as the start of a sentence."""
    why = task.unused[field]
    return t(_SHARED[why]) if why in _SHARED else _word(task, f"unused.{field}", "", why)


def reference() -> dict[str, str]:
    """Key and English of all words that the tasks of this package declare.

    A catalogue of another language has them beside those of ``en.json``.
    """
    found: dict[str, str] = {}
    for one in specs(trains=None):
        if not one.package:
            found |= declared(one)
    return found


def declared(one: TaskSpec) -> dict[str, str]:
    """Key and English of the words of one task of this package."""
    found = {f"tasks.{one.name}.title": one.title}
    found |= {f"roles.{role.name}": role.title or role.name for role in one.roles}
    for number in one.metrics:
        found[f"metric.{number.name}"] = number.title
        if number.short:
            found[f"metric_short.{number.name}"] = number.short
    for plain in one.baselines:
        found[f"baseline_row.{plain.name}"] = plain.title
        found[f"baseline.{plain.name}"] = plain.said or plain.title
    for field, why in one.unused.items():
        if why not in _SHARED:
            found[f"tasks.{one.name}.unused.{field}"] = why
    return found


def _spec(task: TaskSpec | str | None) -> TaskSpec | None:
    return find(task) if isinstance(task, str) else task


def _owner(name: str, kind: str) -> TaskSpec | None:
    """The task whose metric or baseline a name is: the first that has it."""
    for one in specs():
        listed = one.metrics if kind == "metric" else one.baselines
        if any(known.name == name for known in listed):
            return one
    return None


def _word(task: TaskSpec | None, key: str, shared: str, usual: str) -> str:
    """One word: of the task's own catalogue, else of the language's, else as it was declared."""
    if task is None:
        return named(shared, usual)
    own = of_package(task.words, f"{task.name}.{key}") if task.words else None
    if own is not None:
        return own
    # what another package declares may mean something else under the same name
    other = usual if task.package or not shared else named(shared, usual)
    return named(f"tasks.{task.name}.{key}", other)
