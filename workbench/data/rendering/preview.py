"""What a model will read and learn of conversations, row by row, before it is trained."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import DataError, nearest
from ...i18n import t
from ...plain_html import as_it_is
from ..conversations import reading
from ..conversations.examples import read_split, without_empty
from ..conversations.layouts import LOOKED_AT, layout_of
from ..conversations.messages import Conversation
from ..conversations.problems import Problem, Said, said
from ..reading import sources
from . import shown
from .examined import examine
from .fitting import CUTS, Fitted, fit, packs
from .rendered import ISSUES, render
from .template import Template

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe

ROWS = 1000  # of a split
_SHOWN = 20  # rows of the page


def preview(
    data: Any,
    tokenizer: Any,
    *,
    template: str | None = None,
    max_length: int | None = None,
    cut: str = "start",
    pack: bool = False,
    rows: int = ROWS,
    reading: dict[str, Any] | None = None,
) -> Preview:
    """Render conversations as training would, with what is learnt, what is cut, and what is wrong.

    Parameters
    ----------
    data : str, Path, pandas.DataFrame, datasets.DatasetDict, or sequence of Conversation or dict
        Whatever a recipe's dataset can be, or conversations, or rows.
    tokenizer : str or transformers.PreTrainedTokenizerBase
        A model's reference, or its tokenizer.
    template : str, optional
        A named template, or ``"own"``; the tokenizer's own where it is left out.
    max_length : int, optional
        Tokens of a row at most, and of a pack.
    cut : {'start', 'end'}
        Where what is too long is cut; see :func:`.fitting.fit`.
    pack : bool
        Whether rows share packs of ``max_length`` tokens, in their order.
    rows : int
        How many rows of each split are rendered.
    reading : dict, optional
        How files are read, and which reasoning counts.

    Raises
    ------
    DataError
        If the data hold no conversations, or the tokenizer has no such template.
    """
    if cut not in CUTS:
        raise DataError(t("templates.no_cut", cut=cut), nearest(cut, CUTS))
    if pack and max_length is None:
        raise DataError(t("templates.no_width"), t("templates.no_width_back"))
    conversations, problems, whole = _conversations(data, rows, dict(reading or {}))
    made = Template(_tokenizer(tokenizer), template)
    fitted = [fit(row, max_length, cut=cut) for one in conversations for row in render(one, made)]
    return Preview(fitted, made, problems, max_length=max_length, pack=pack, whole=whole)


def preview_of(recipe: Recipe, tokenizer: Any = None, *, rows: int = ROWS) -> Preview:
    """What a recipe's run would learn, of the first rows of each split: by its columns, template,
    length, cut and packing.

    Parameters
    ----------
    recipe : Recipe
        Of a task whose data are conversations.
    tokenizer : transformers.PreTrainedTokenizerBase, optional
        That of the recipe's model, where it is loaded already.
    rows : int
        How many rows of each split are rendered.

    Raises
    ------
    DataError
        If the data hold no conversations, or the tokenizer has no such template.
    """
    asked = recipe.prompt
    name = asked.get("template", "auto")
    tokenizer = _tokenizer(recipe.model) if tokenizer is None else tokenizer
    made = Template(tokenizer, None if name == "auto" else name)
    splits, _ = sources.opened(recipe.dataset, reading=recipe.reading)
    fitted: list[Fitted] = []
    problems: list[Problem] = []
    for split, whole in splits.items():
        found = read_split(recipe, split, whole.select(range(min(rows, len(whole)))))
        problems += found.problems
        for one in found.conversations:
            one = without_empty(one)[0]
            if one.replies:
                cut = asked.get("cut", "start")
                fitted += [fit(row, recipe.max_length, cut=cut) for row in render(one, made)]
    return Preview(
        fitted, made, problems, max_length=recipe.max_length,
        pack=recipe.rows["kind"] == "packed", whole=sum(map(len, splits.values())),
    )  # fmt: skip


class Preview:
    """Rendered rows, the worst first.

    Attributes
    ----------
    fitted : list of Fitted
        In the order of the data.
    findings : list of Said
        What is wrong, once a kind, the worst first: ``severity``, ``what``, ``remedy``, ``count``,
        ``places``.
    """

    def __init__(self, fitted: list[Fitted], template: Template, problems: list[Problem], *,
                 max_length: int | None, pack: bool, whole: int):  # fmt: skip
        self.fitted, self.template, self.max_length = fitted, template, max_length
        order = ("error", "warning", "info")
        self.examined = examine(fitted, template, max_length)
        both: list[Said] = [*self.examined, *said(problems)]
        self.findings = sorted(both, key=lambda one: order.index(one.severity))
        self.whole = whole
        self.packs: list[list[int]] = []
        if pack and max_length is not None:
            learnt = [n for n, one in enumerate(fitted) if one.targets]  # others are not trained
            found = packs([len(fitted[n].input_ids) for n in learnt], max_length)
            self.packs = [[learnt[n] for n in rows] for rows in found]
        self._pack_of = {row: number for number, rows in enumerate(self.packs) for row in rows}

    def order(self) -> list[int]:
        """Numbers of the rows, the worst first: refused, nothing learnt, cut, without a stop."""
        return sorted(range(len(self.fitted)), key=lambda n: (*self._badness(n), n))

    def _badness(self, number: int) -> tuple:
        one = self.fitted[number]
        worst = [ISSUES[kind] for kind, _ in one.row.issues]
        return ("error" not in worst, one.targets > 0, -one.cut_targets, "warning" not in worst,
                -one.cut)  # fmt: skip

    @property
    def table(self) -> pd.DataFrame:
        """One row a rendered row, the worst first.

        Returns
        -------
        pandas.DataFrame
            ``split``, ``row`` (int), ``id``, ``tokens``, ``learnt`` (tokens, of those that are
            kept), ``cut``, ``cut_learnt`` (tokens that are not kept, and those of them that would
            be learnt), ``problem`` (kinds, joined by commas), with packs ``pack``, and ``text``:
            learnt parts between ⟦ and ⟧, cut ones between ⟨ and ⟩.
        """
        import pandas as pd

        found = []
        for number in self.order():
            one = self.fitted[number]
            of = one.row.conversation
            row = {
                "split": of.split, "row": of.row, "id": of.id, "tokens": len(one.input_ids),
                "learnt": one.targets, "cut": one.cut, "cut_learnt": one.cut_targets,
                "problem": ", ".join(self.problems(number)),
            }  # fmt: skip
            if self.packs:
                row["pack"] = self._pack_of.get(number, -1)
            found.append(row | {"text": shown.as_text(one)})
        return pd.DataFrame(found)

    def problems(self, number: int) -> list[str]:
        """Kinds of what is wrong with a row, in words."""
        one = self.fitted[number]
        kinds = [kind for kind, _ in one.row.issues]
        if not one.targets:
            kinds.append("all_cut" if one.row.targets else "nothing_learnt")
        elif one.replies_cut:
            kinds.append("reply_cut")
        elif one.cut_targets:
            kinds.append("replies_left")
        return [kind.replace("_", " ") for kind in dict.fromkeys(kinds)]

    def __len__(self) -> int:
        return len(self.fitted)

    def __str__(self) -> str:
        lines = [f"{one.severity}: {one.what} {one.remedy}".rstrip() for one in self.findings]
        for number in self.order()[:_SHOWN]:
            one = self.fitted[number]
            lines += ["", self.heading(number), shown.as_text(one)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        learnt = sum(one.targets for one in self.fitted)
        return (f"Preview({len(self.fitted):,} rows, template {self.template.name!r}, "
                f"{learnt:,} tokens learnt, {len(self.findings)} findings)")  # fmt: skip

    def heading(self, number: int) -> str:
        """Where a row stands, what it has of tokens, and what is wrong with it."""
        one = self.fitted[number]
        parts = [one.row.conversation.place, t("templates.tokens", n=len(one.input_ids)),
                 t("templates.learnt", n=one.targets)]  # fmt: skip
        if one.cut:
            parts.append(t("templates.cut", n=one.cut))
        if number in self._pack_of:
            parts.append(t("templates.pack", n=self._pack_of[number]))
        return shown.visible(" · ".join([*parts, *self.problems(number)]))

    def _repr_html_(self) -> str:
        found = [
            f"<li><b>{html.escape(one.severity)}</b> {html.escape(one.what)} "
            f"{html.escape(one.remedy)}</li>" for one in self.findings
        ]  # fmt: skip
        body = f"<ul>{''.join(found)}</ul>" if found else ""
        for number in self.order()[:_SHOWN]:
            body += f"<p>{html.escape(self.heading(number))}</p>"
            body += shown.as_html(self.fitted[number])
        return as_it_is(body)


def _conversations(
    data: Any, rows: int, settings: dict[str, Any]
) -> tuple[list[Conversation], list[Problem], int]:
    """Conversations of each split, what is wrong with them, and how many rows there are."""
    listed = isinstance(data, Sequence) and not isinstance(data, str)
    if listed and data and isinstance(data[0], Conversation):
        return list(data[:rows]), [], len(data)
    how = {"roles": settings.get("roles"), "reasoning": settings.get("reasoning", "")}
    if listed and data and isinstance(data[0], dict):
        found = reading.read(data[:rows], **how)
        return found.conversations, found.problems, len(data)
    splits = sources.load(data, reading=settings)
    conversations: list[Conversation] = []
    problems: list[Problem] = []
    for name, split in splits.items():
        plain = split.with_format(None)
        head = plain.select(range(min(rows, len(plain))))
        one = reading.read(head, layout=layout_of(head[:LOOKED_AT]), split=name, nulls=True, **how)
        conversations += one.conversations
        problems += one.problems
    return conversations, problems, sum(map(len, splits.values()))


def _tokenizer(given: Any) -> Any:
    """The tokenizer itself, or that of a model by its reference."""
    if not isinstance(given, str):
        return given
    from ... import catalog
    from ...catalog.loading.safe_loading import load_tokenizer

    return load_tokenizer(catalog.model_files(given), f"model {given}")
