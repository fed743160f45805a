"""A text around each source: it says what is to be done, and where the answer begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError, RecipeError, shown
from workbench.i18n import t
from workbench.settings import setting

from .plain import Target

if TYPE_CHECKING:
    from workbench.tasks.shared.encoding import Encoded

PLACE = "{source}"
AS_IT_IS = "{source}\n\n"  # nothing but where it ends


@dataclass(frozen=True, kw_only=True)
class Settings(Target):
    """What ``prompt: {kind: template}`` may say."""

    template: str = setting(AS_IT_IS, "text", kinds=(str,))
    """Text with ``{source}`` at the place of the source; what is to be written follows it. Nothing
    else in it is replaced, and what a source holds is taken as it stands."""

    def __post_init__(self):
        if self.template.count(PLACE) != 1:
            raise RecipeError(
                t("prompt.place", value=shown(self.template), n=self.template.count(PLACE)),
                t("prompt.place_remedy"), field="prompt", setting="template",
            )  # fmt: skip


def encode(
    settings: Settings, tokenizer: Any, texts: Any, max_length: int, control: bool = False
) -> Encoded:
    """Token ids of the filled templates; of one that is too long the source loses its end.

    Raises
    ------
    DataError
        If the template alone has more tokens than ``max_length``.
    """
    from workbench.data.rendering.control import Tokens
    from workbench.tasks.shared.control_texts import as_texts
    from workbench.tasks.shared.encoding import Encoded

    before, _, after = settings.template.partition(PLACE)
    tokens = Tokens(tokenizer)

    def ids_of(sources: list[str]) -> list[list[int]]:
        filled = [before + source + after for source in sources]
        ids = tokenizer(filled, verbose=False)["input_ids"] if filled else []
        spelt = {} if control else as_texts(
            tokenizer, filled, before=len(before), after=len(after), tokens=tokens
        )  # fmt: skip
        return [spelt.get(row, one) for row, one in enumerate(ids)]

    alone = len(ids_of([""])[0])
    if alone >= max_length:
        raise DataError(
            t("prompt.long", n=alone, max_length=max_length), t("prompt.long_remedy")
        )
    texts = list(texts)
    rows = ids_of(texts)
    long = [row for row, ids in enumerate(rows) if len(ids) > max_length]
    left, kept = long, {row: len(texts[row]) for row in long}
    while left:
        for row in left:
            over, inside = len(rows[row]) - max_length, max(1, len(rows[row]) - alone)
            kept[row] = min(kept[row] - 1, int(kept[row] * max(0.0, 1 - over / inside)))
        for row, ids in zip(left, ids_of([texts[r][: kept[r]] for r in left]), strict=True):
            rows[row] = ids
        left = [row for row in left if len(rows[row]) > max_length and kept[row] > 0]
    lengths = [len(ids) for ids in rows]
    flat = np.fromiter((token for ids in rows for token in ids), np.int32, sum(lengths))
    found = Encoded({"input_ids": flat}, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    found.cut = len(long)
    if long:
        found.notes.append(t("written.source_cut", n=len(long), max_length=max_length))
    return found
