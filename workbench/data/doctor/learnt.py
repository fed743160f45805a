"""What a model would learn of conversations: by the template and the length that training takes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...atomic_files import read_json
from ...catalog.loading.judging import positions
from ...errors import WorkbenchError
from ...i18n import t
from ..conversations.problems import Said
from ..rendering.fitting import needed
from ..rendering.preview import preview_of
from ..rendering.rendered_rows import Preview
from .findings import Case, Finding
from .model import folder_of

ROWS = 500  # of a split that are rendered


def check_learnt(case: Case) -> Iterator[Finding]:
    """Rows of which nothing is learnt, replies that are cut, stops that no token marks.

    Nothing is said where the model is not here: it is not fetched for this.
    """
    try:
        folder = folder_of(case.recipe.model)
        if not os.path.isfile(folder / "tokenizer_config.json"):
            return
        tokenizer = case.tokenizer(folder)
    except WorkbenchError:
        return  # the model's own check says it
    try:
        found = preview_of(case.recipe, tokenizer, rows=ROWS)
    except WorkbenchError as error:
        yield Finding("error", "template", error.message, 1, (), error.remedy)
        return
    config = read_json(folder / "config.json") or {}
    rows = sum(map(len, case.splits.values()))
    note = t("templates.of_rows", n=len(found.fitted)) if len(found.fitted) < rows else ""
    told = {said.kind for said in found.examined}
    for said in found.examined:
        yield Finding(
            said.severity, said.kind.replace("_", " "), f"{said.what} {note}".strip(), said.count,
            said.places, said.remedy, _fix(said, found, case, told, positions(config)),
        )  # fmt: skip


def _fix(
    said: Said, found: Preview, case: Case, told: set[str], bound: int | None
) -> dict:
    """What would keep replies: cutting what is asked, else a greater length."""
    if said.kind not in ("all_cut", "reply_cut"):
        return {}
    prompt = case.recipe.prompt
    if prompt.get("cut") == "end":
        return {"prompt": {**prompt, "cut": "start"}}
    if said.kind == "reply_cut" and "all_cut" in told:
        return {}
    whole = -(-needed([one.row for one in found.fitted]) // 8) * 8
    longer = min(whole, bound or whole)
    return {"max_length": longer} if longer > case.recipe.max_length else {}
