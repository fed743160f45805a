"""What a model would learn of conversations: by the template and the length that training takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...atomic_files import read_json
from ...catalog.loading.judging import positions
from ...errors import WorkbenchError
from ..conversations.problems import Said
from ..rendering.fitting import needed
from ..rendering.named import FIRST_USER
from ..rendering.preview import preview_of_training
from ..rendering.rendered import render
from ..rendering.rendered_rows import Preview
from ..rendering.template import Template
from .findings import Case, Finding
from .model import folder_of

if TYPE_CHECKING:
    from ...recipe import Recipe


def check_learnt(case: Case) -> Iterator[Finding]:
    """Rows of which nothing is learnt, replies that are cut, stops that no token marks.

    Counted are the training conversations, as the preview shows them. Nothing is said where the
    model is not here: it is not fetched for this.
    """
    try:
        folder = folder_of(case.recipe.model)
        if not os.path.isfile(folder / "tokenizer_config.json"):
            return
        tokenizer = case.tokenizer(folder)
    except WorkbenchError:
        return  # the model's own check says it
    try:
        template = template_of(case.recipe, tokenizer)
    except WorkbenchError as error:
        yield Finding("error", "template", error.message, 1, (), error.remedy)
        return
    try:
        found = preview_of_training(case.examples(), template, case.recipe)
    except WorkbenchError:
        return  # the rehearsal of training says it
    config = read_json(folder / "config.json") or {}
    note = f"({found.first.rstrip(':')}.)" if found.first else ""
    told = {said.kind for said in found.examined}
    for said in found.examined:
        yield Finding(
            said.severity, said.kind.replace("_", " "), f"{said.what} {note}".strip(), said.count,
            said.places, said.remedy, _fix(said, found, case, told, positions(config)),
            asked=said.kind == "asked_cut",
        )  # fmt: skip


def template_of(recipe: Recipe, tokenizer: Any, **other: str) -> Template:
    """That of a recipe's prompt, with ``other`` settings of it (DataError where there is none)."""
    asked = {**recipe.prompt, **other}
    name, kept = asked.get("template", "auto"), recipe.reading.get("control_tokens", False)
    return Template(tokenizer, None if name == "auto" else name, control=kept,
                    system=asked.get("system", "own"))  # fmt: skip


def _fix(
    said: Said, found: Preview, case: Case, told: set[str], bound: int | None
) -> dict:
    """What would keep replies: system prompts in front of the user's first turn, where the template
    refuses the role; cutting what is asked, else a greater length."""
    if said.kind == "refused":
        first = template_of(case.recipe, found.template.tokenizer, system=FIRST_USER)
        refused = [one.row.conversation for one in found.fitted if one.row.refusal]
        heard = [one for talk in refused if talk.messages[0].role == "system"
                 for one in render(talk, first) if not one.refusal]  # fmt: skip
        return {"prompt": {**case.recipe.prompt, "system": FIRST_USER}} if heard else {}
    much = said.kind == "asked_cut" and said.severity == "warning"
    if said.kind not in ("all_cut", "reply_cut") and not much:
        return {}
    prompt = case.recipe.prompt
    if prompt.get("cut") == "end" and not much:
        return {"prompt": {**prompt, "cut": "start"}}
    if said.kind == "reply_cut" and "all_cut" in told:
        return {}
    whole = -(-needed([one.row for one in found.fitted]) // 8) * 8
    longer = min(whole, bound or whole)
    return {"max_length": longer} if longer > case.recipe.max_length else {}
