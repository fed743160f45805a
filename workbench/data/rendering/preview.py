"""What a model will read and learn of conversations, row by row, before it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import DataError, RecipeError, nearest
from ...i18n import t
from ...recipe import Recipe
from ...task_spec import load_object
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
from .seen_rows import ROWS, Piece, SeenRows
from .template import Template


def preview(
    data: Any,
    tokenizer: Any = None,
    *,
    template: str | None = None,
    max_length: int | None = None,
    cut: str = "start",
    pack: bool = False,
    rows: int = ROWS,
    reading: dict[str, Any] | None = None,
) -> SeenRows:
    """What would be learnt, row by row: what is learnt of each, what is cut, what is wrong.

    Of a recipe the rows are those of its run, whatever it writes, fills in or finds; of anything
    else conversations, which are rendered as training would.

    Parameters
    ----------
    data : Recipe, str, Path, pandas.DataFrame, datasets.DatasetDict, or sequence of Conversation or
        dict. A recipe, which says all the rest; or whatever a recipe's dataset can be, or
        conversations, or rows.
    tokenizer : str or transformers.PreTrainedTokenizerBase
        A model's reference, or its tokenizer; of a recipe that of its model, where it is loaded
        already.
    template : str, optional
        A named template, or ``"own"``; the tokenizer's own where it is left out.
    max_length : int, optional
        Tokens of a row at most, and of a pack.
    cut : {'start', 'end'}
        Where what is too long is cut; see :func:`.fitting.fit`.
    pack : bool
        Whether rows share packs of ``max_length`` tokens, in their order.
    rows : int
        How many rows of each split are rendered; of a recipe that lays rows, how many of those.
    reading : dict, optional
        How files are read, and which reasoning counts.

    Raises
    ------
    DataError
        If the data hold no conversations, or the tokenizer has no such template.
    RecipeError
        If beside a recipe something is given that it says itself, or nothing is learnt token by
        token for its task.
    """
    if isinstance(data, Recipe):
        given = {"template": template, "max_length": max_length, "reading": reading, "pack": pack,
                 "cut": cut != "start"}  # fmt: skip
        if twice := [name for name, value in given.items() if value]:
            raise RecipeError(t("learnt.twice", name=twice[0]), t("learnt.twice_back"))
        seen = load_object("workbench.training.first_pass:seen_rows", t("learnt.title"))
        return seen(data, tokenizer, rows=rows)
    if tokenizer is None:
        raise DataError(t("learnt.no_tokenizer"), t("learnt.no_tokenizer_back"))
    if cut not in CUTS:
        raise DataError(t("templates.no_cut", cut=cut), nearest(cut, CUTS))
    if pack and max_length is None:
        raise DataError(t("templates.no_width"), t("templates.no_width_back"))
    conversations, problems, looked_at, whole = _conversations(data, rows, dict(reading or {}))
    made = Template(_tokenizer(tokenizer), template)
    fitted = [fit(row, max_length, cut=cut) for one in conversations for row in render(one, made)]
    return Preview(
        fitted, made, problems, max_length=max_length, pack=pack, looked_at=looked_at, whole=whole,
    )  # fmt: skip


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
    held_out = not {"validation", "test"} <= set(splits)
    return Preview(
        fitted, made, problems, max_length=recipe.max_length,
        pack=recipe.rows["kind"] == "packed",
        looked_at=sum(min(rows, len(split)) for split in splits.values()),
        whole=sum(map(len, splits.values())),
        notes=[t("learnt.held_out_too")] if held_out else [],
    )  # fmt: skip


class Preview(SeenRows):
    """Rendered rows, the worst first.

    Attributes
    ----------
    fitted : list of Fitted
        In the order of the data.
    findings : list of Said
        What is wrong, once a kind, the worst first: ``severity``, ``what``, ``remedy``, ``count``,
        ``places``.
    looked_at, whole : int
        Rows of the data that were read for it, and how many there are.
    notes : sequence of str
        What else is true of all of them.
    """

    def __init__(self, fitted: list[Fitted], template: Template, problems: list[Problem], *,
                 max_length: int | None, pack: bool, looked_at: int, whole: int,
                 notes: Sequence[str] = ()):  # fmt: skip
        self.fitted, self.template, self.max_length = fitted, template, max_length
        self.legend = (t("learnt.learnt"), t("learnt.cut"), t("learnt.read"), "")
        self.mates_title = t("learnt.mates")
        order = ("error", "warning", "info")
        self.examined = examine(fitted, template, max_length)
        both: list[Said] = [*self.examined, *said(problems)]
        self.findings = sorted(both, key=lambda one: order.index(one.severity))
        self.looked_at, self.whole, self.notes = looked_at, whole, notes
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

    def summary(self) -> str:
        """How many rows there are, what is learnt of them, by which template."""
        wrong = sum(bool(self.problems(number)) for number in range(len(self)))
        some = self.looked_at < self.whole
        return " ".join([
            *([t("learnt.first_of_splits", n=self.looked_at, of=self.whole)] if some else []),
            t("learnt.rows", n=len(self)),
            t("learnt.tokens", n=sum(one.targets for one in self.fitted)),
            t("learnt.wrong", n=wrong), t("learnt.template", name=self.template.name),
            *([t("learnt.packs", n=len(self.packs))] if self.packs else []), *self.notes,
        ])  # fmt: skip

    def place(self, number: int) -> str:
        """What a row is called."""
        return shown.visible(self.fitted[number].row.conversation.place)

    def pieces(self, number: int) -> list[Piece]:
        """The text of a row."""
        return [Piece(*one) for one in shown.pieces(self.fitted[number])]

    def mates(self, number: int) -> list[int]:
        """Numbers of the rows of its pack."""
        rows = self.packs[self._pack_of[number]] if number in self._pack_of else []
        return [row for row in rows if row != number]

    def figures(self, number: int) -> dict[str, Any]:
        """Cells of a row of the table, without its text."""
        one = self.fitted[number]
        of = one.row.conversation
        row = {
            "split": of.split, "row": of.row, "id": of.id, "tokens": len(one.input_ids),
            "learnt": one.targets, "cut": one.cut, "cut_learnt": one.cut_targets,
            "problem": ", ".join(self.problems(number)),
        }  # fmt: skip
        return row | ({"pack": self._pack_of.get(number, -1)} if self.packs else {})

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


def _conversations(
    data: Any, rows: int, settings: dict[str, Any]
) -> tuple[list[Conversation], list[Problem], int, int]:
    """Conversations of each split, what is wrong with them, how many rows were read, and how many
    there are."""
    listed = isinstance(data, Sequence) and not isinstance(data, str)
    if listed and data and isinstance(data[0], Conversation):
        return list(data[:rows]), [], min(rows, len(data)), len(data)
    how = {"roles": settings.get("roles"), "reasoning": settings.get("reasoning", "")}
    if listed and data and isinstance(data[0], dict):
        found = reading.read(data[:rows], **how)
        return found.conversations, found.problems, min(rows, len(data)), len(data)
    splits = sources.load(data, reading=settings)
    conversations: list[Conversation] = []
    problems: list[Problem] = []
    for name, split in splits.items():
        plain = split.with_format(None)
        head = plain.select(range(min(rows, len(plain))))
        one = reading.read(head, layout=layout_of(head[:LOOKED_AT]), split=name, nulls=True, **how)
        conversations += one.conversations
        problems += one.problems
    looked_at = sum(min(rows, len(split)) for split in splits.values())
    return conversations, problems, looked_at, sum(map(len, splits.values()))


def _tokenizer(given: Any) -> Any:
    """The tokenizer itself, or that of a model by its reference."""
    if not isinstance(given, str):
        return given
    from ... import catalog
    from ...catalog.loading.safe_loading import load_tokenizer

    return load_tokenizer(catalog.model_files(given), f"model {given}")
