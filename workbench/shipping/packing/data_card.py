"""DATA_CARD.md of a packed model: what its data are, and what the doctor finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.doctor import check
from workbench.errors import WorkbenchError
from workbench.i18n import t

if TYPE_CHECKING:
    from workbench.training.run import Run


def data_card(run: Run, data_licence: str) -> str:
    """The text of the card; where the data are gone, it says so and what the run has noted."""
    info, recipe = run.data_info(), run.recipe
    about = t("card.data_text", dataset=str(recipe.dataset), licence=data_licence)
    lines = [f"# {t('card.data', run=run.name)}", "", about, ""]
    lines += [f"- {split}: {n}" for split, n in info.get("examples", {}).items()]
    if fingerprint := info.get("fingerprint"):
        lines.append(f"- {t('card.fingerprint', value=fingerprint)}")
    lines += ["", f"## {t('card.found')}", ""]
    try:
        found = check(recipe).found
    except WorkbenchError as error:
        lines.append(t("card.not_examined", why=str(error)))
    else:
        lines += [f"- **{one.severity}**: {' '.join(str(one.what).split())}"
                  + (f" {one.remedy}" if one.remedy else "") for one in found]  # fmt: skip
        if not found:
            lines.append(t("card.nothing_found"))
    notes = info.get("notes", [])
    if notes:
        lines += ["", f"## {t('card.notes')}", "", *(f"- {note}" for note in notes)]
    return "\n".join(lines) + "\n"
