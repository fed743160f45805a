"""What can be wrong with a :class:`~.task_spec.TaskSpec`: each in a sentence, with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import i18n
from .errors import nearest, shown
from .prediction_columns import PredictionTable
from .task_parts import (
    FAMILIES,
    OUTPUTS,
    PREDICTS,
    SECTIONS,
    USUAL,
    VIEWS,
    Baseline,
    Metric,
    Role,
    listed,
)

Problems = Iterator[tuple[str, str]]


def shape_problems(spec: Any) -> Problems:
    """What is of another type than it must be, so that nothing else of it can be looked at."""
    lists = ("roles", "metrics", "families", "views", "sections", "baselines", "checks")
    if spec.fixes is not None:
        lists += ("fixes",)
    for field in lists:
        value = getattr(spec, field)
        if isinstance(value, str) or not isinstance(value, (tuple, list)):
            yield f"has {shown(value)} for {field}", f"Write a tuple: {field}=(...,)."
    for field in ("defaults", "unused", "kinds", "decides", "sample_columns",
                  "new_heads"):  # fmt: skip
        value = getattr(spec, field)
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            yield f"has {shown(value)} for {field}", "Write a mapping of fields of a recipe."
    for field, kinds in spec.new_heads.items():
        if not isinstance(kinds, tuple) or not all(isinstance(one, str) for one in kinds):
            yield f"has {shown(kinds)} for {field} in new_heads", "Write a tuple of kinds."
    for field in ("name", "title", "words", "predicts", "output", "class_report", "said_view",
                  "package", "model", "dataset"):  # fmt: skip
        if not isinstance(value := getattr(spec, field), str):
            yield f"has {shown(value)} for {field}", "Write a text."
    for field in ("order", "guessed"):
        if isinstance(value := getattr(spec, field), bool) or not isinstance(value, int):
            yield f"has {shown(value)} for {field}", "Write a whole number."
    for field in ("steps", "most_passes"):
        value = getattr(spec, field)
        if value is None and field == "most_passes":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            yield f"has {shown(value)} for {field}", "Write a whole number of at least 1."
    if not isinstance(spec.lays_rows, bool):
        yield f"has {shown(spec.lays_rows)} for lays_rows", "Write True or False."
    if not isinstance(spec.prediction_table, PredictionTable):
        yield f"has {shown(spec.prediction_table)} for prediction_table", "Write a PredictionTable."
    if not isinstance(spec.problem_type, str | None):
        yield f"has {shown(spec.problem_type)} for problem_type", "Write a text, or None."
    for field in ("families", "views", "sections", "fixes"):
        for one in getattr(spec, field) or ():
            if not isinstance(one, str):
                yield f"lists {shown(one)} in {field}", "Each is a text."
    for field, kind in (("roles", Role), ("metrics", Metric), ("baselines", Baseline)):
        for one in getattr(spec, field):
            if not isinstance(one, kind):
                yield f"lists {shown(one)} in {field}", f"Each is a {kind.__name__}."
    pipeline = spec.pipeline
    if pipeline is not None and not (
        isinstance(pipeline, tuple) and [*map(type, pipeline)] == [str, dict]
    ):
        yield (
            f"has {shown(pipeline)} for pipeline",
            "Write its name and its options, such as ('text-generation', {}).",
        )


def problems(spec: Any) -> Problems:
    """What contradicts itself, or names what does not exist."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", spec.name):
        yield "has no name that can be written", "Use lower-case words joined by hyphens."
    if not spec.title.strip():
        yield "has no title", "Write a few words for a list to choose from."
    if spec.guessed < 0:
        yield f"has {spec.guessed} for guessed", "Turns begin with 1; 0 is never."
    for field in ("roles", "metrics", "baselines", "families", "views", "sections", "fixes"):
        parts = getattr(spec, field) or ()
        names = [one if isinstance(one, str) else one.name for one in parts]
        for twice in {name for name in names if names.count(name) > 1}:
            yield f"lists {twice!r} twice in {field}", "Leave one of them out."
    if not spec.roles:
        yield "has no roles", "List the columns that it needs."
    if spec.task is not None and not any(metric.chooses for metric in spec.metrics):
        yield (
            "has no metric that a checkpoint can be chosen by",
            "List one; the first decides.",
        )
    for written, name in spec.decides.items():
        if name not in spec.metric_names:
            yield (
                f"lets {shown(name)} decide of {shown(written)}",
                f"A checkpoint can be chosen by {listed(spec.metric_names)}.",
            )
    if spec.output not in OUTPUTS:
        yield f"has the output {shown(spec.output)}", f"It is one of {listed(OUTPUTS)}."
    elif spec.predicts not in (fit := PREDICTS[spec.output]):
        of = next((one for one in OUTPUTS if spec.predicts in PREDICTS[one]), "")
        yield (
            f"predicts {shown(spec.predicts)}, and its output is {spec.output!r}",
            f"That output is for {listed(fit)}"
            + (f"; {spec.predicts!r} needs the output {of!r}." if of else "."),
        )
    if spec.task is not None and not spec.families:
        yield "lists no families of models", f"There are {listed(FAMILIES)}."
    if spec.output == "text" and "encoder" in spec.families:
        yield (
            "has the output 'text' and lists the family 'encoder', which writes none",
            "Write families=('encoder-decoder',), ('decoder',) or both.",
        )
    for family in spec.families:
        if family not in FAMILIES:
            yield f"lists the family {shown(family)}", f"There are {listed(FAMILIES)}."
    yield from _class_problems(spec)
    for view in spec.views:
        if view not in VIEWS and not _is_place(view):
            yield (
                f"lists the view {shown(view)}, which does not exist",
                f"There are {listed(VIEWS)}; one of your own is 'module:Class'.",
            )
    for name in set(spec.defaults) - set(USUAL):
        yield f"has a default for {shown(name)}", f"It may have one for {listed(USUAL)}."
    for name, value in spec.defaults.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not value > 0:
            yield f"has the default {shown(value)} for {name}", "Write a number above 0."
        elif name not in ("epochs", "learning_rate") and not isinstance(value, int):
            yield f"has the default {shown(value)} for {name}", "Write a whole number."
    for name, why in spec.unused.items():
        if not isinstance(why, str) or not why.strip():
            yield (
                f"has {shown(why)} as the reason why {name} does not apply",
                "Write the start of a sentence.",
            )
    for fix in spec.fixes or ():
        if fix not in (known := i18n.group("fixes")):
            yield f"lists the fix {shown(fix)}, which does not exist", nearest(fix, known)
    roles = {role.name for role in spec.roles}
    for name, columns in spec.sample_columns.items():
        if not isinstance(columns, Mapping) or not columns or not set(columns) <= roles or not all(
            isinstance(column, str) for column in columns.values()
        ):  # fmt: skip
            yield (f"has {shown(columns)} as columns of {name!r} in sample_columns",
                   "Write a mapping of its roles to columns.")  # fmt: skip
    for name, kinds in spec.kinds.items():
        if not isinstance(kinds, tuple) or not kinds or not all(isinstance(k, str) for k in kinds):
            yield f"has the kinds {shown(kinds)} for {name}", "Write a tuple of their names."
    for section in spec.sections:
        if section not in SECTIONS and not _is_place(section):
            yield (
                f"lists the section {shown(section)}, which does not exist",
                f"There are {listed(SECTIONS)}; one of your own is 'module:function'.",
            )
    both = set(spec.defaults) & set(spec.unused)
    if both:
        yield f"has a default for {min(both)}, which it says does not apply", "Leave one out."
    yield from _place_problems(spec)


def _place_problems(spec: Any) -> Problems:
    """What is named as ``module:name`` and cannot be, or is nothing that could be called."""
    places = {"task": (spec.task,), "checks": spec.checks, "examples": (spec.examples,),
              "recognise": (spec.recognise,), "class_report": (spec.class_report,),
              "said_view": (spec.said_view,)}  # fmt: skip
    empty = {"task": None, "recognise": None, "class_report": "", "said_view": ""}  # is none
    for field, values in places.items():
        for value in values:
            if field in empty and value == empty[field]:
                continue
            if isinstance(value, str) and not _is_place(value):
                yield f"has {shown(value)} in {field}", "Write it as 'module:name'."
            elif not isinstance(value, str) and field != "task" and not callable(value):
                yield (
                    f"has {shown(value)} in {field}",
                    "Write 'module:name', or something that can be called.",
                )
    if spec.words and not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", spec.words):
        yield f"has {shown(spec.words)} for words", "Name a package that has a folder 'locales'."


def _class_problems(spec: Any) -> Problems:
    classes = spec.auto_class
    if isinstance(classes, str):
        if classes and not classes.isidentifier():
            yield f"has the auto_class {shown(classes)}", "Name a class of the library."
        return
    if not isinstance(classes, Mapping):
        yield f"has the auto_class {shown(classes)}", "It is a name, or a mapping of families."
        return
    for family, name in classes.items():
        if family not in spec.families:
            known = listed(spec.families) or "none"
            yield (
                f"has a class for the family {shown(family)}, and its families are {known}",
                "List the family in families too, or leave its class out.",
            )
        if not isinstance(name, str) or not name.isidentifier():
            yield f"has the class {shown(name)} for {shown(family)}", "Name one of the library."
    for family in spec.families:
        if family not in classes:
            yield (
                f"has no class for its family {shown(family)}",
                "Name one in auto_class, or leave the family out of families.",
            )


def _is_place(text: Any) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"[\w.]+:[A-Za-z_][\w.]*", text))
