"""What a model will read and learn of conversations, row by row, before it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import DataError, RecipeError, nearest
from ...i18n import t
from ...recipe import Recipe
from ...task_spec import load_object
from ..conversations import reading
from ..conversations.layouts import LOOKED_AT, layout_of
from ..conversations.messages import Conversation
from ..conversations.problems import Problem, Said, said
from ..conversations.stored import from_line
from ..reading import sources
from . import control
from .fitting import CUTS, fit
from .rendered import render
from .rendered_rows import Preview
from .seen_rows import ROWS, SeenRows
from .template import Template

if TYPE_CHECKING:
    from ..examples import Examples


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
        How many rows of each split are rendered; of a recipe, how many that training reads.
    reading : dict, optional
        How files are read, which reasoning counts, whether control tokens in texts are such.

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
    settings = dict(reading or {})
    conversations, problems, lengths = _conversations(data, rows, settings)
    kept = settings.get("control_tokens", False)
    made = Template(_tokenizer(tokenizer), template, control=kept)
    fitted = [fit(row, max_length, cut=cut) for one in conversations for row in render(one, made)]
    return Preview(
        fitted, made, said(problems), max_length=max_length, pack=pack,
        first=_first(rows, lengths), notes=_spelt(conversations, made),
    )  # fmt: skip


def preview_of_training(
    examples: Examples, template: Template, recipe: Recipe, *, most: int = ROWS
) -> Preview:
    """What a recipe's run would learn of its training conversations, in their order.

    Parameters
    ----------
    examples : Examples
        Of the recipe: whatever it leaves out or holds out is not among the training rows.
    template : Template
    recipe : Recipe
        Which says length, cut and packing.
    most : int
        How many conversations are rendered, the first ones.
    """
    splits = examples.splits
    train = splits["train"].iloc[:most]
    whole = [from_line(line, row=int(row))[0]
             for line, row in zip(train["conversation"], train["row"], strict=True)]  # fmt: skip
    cut = recipe.prompt.get("cut", "start")
    fitted = [
        fit(row, recipe.max_length, cut=cut) for one in whole for row in render(one, template)
    ]
    n, left = len(splits["train"]), sum(not one.targets for one in fitted)
    held_out = t("learnt.held_out", validation=len(splits["validation"]), test=len(splits["test"]))
    of = examples.rows_of
    found = [Said("data", "warning", note, "", of[note], ()) for note in of]
    others = [note for note in examples.notes if note not in of]  # which count no rows
    return Preview(
        fitted, template, found, max_length=recipe.max_length,
        pack=recipe.rows["kind"] == "packed",
        first=t("learnt.first_talks", n=len(whole), of=n) if len(whole) < n else "",
        notes=[*([t("learnt.left", n=left)] if left else []), held_out,
               *_spelt(whole, template), *others],
    )  # fmt: skip


def _spelt(whole: list[Conversation], template: Template) -> list[str]:
    """What becomes of control tokens that conversations spell out, where some do."""
    said_of, rows = control.said(map(template.spelt, whole), control.key_of(kept=template.control))
    return [said_of] if rows else []


def _conversations(
    data: Any, rows: int, settings: dict[str, Any]
) -> tuple[list[Conversation], list[Problem], list[int]]:
    """Conversations of each split, what is wrong with them, and how many rows each has."""
    listed = isinstance(data, Sequence) and not isinstance(data, str)
    if listed and data and isinstance(data[0], Conversation):
        return list(data[:rows]), [], [len(data)]
    how = {"roles": settings.get("roles"), "reasoning": settings.get("reasoning", "")}
    if listed and data and isinstance(data[0], dict):
        found = reading.read(data[:rows], **how)
        return found.conversations, found.problems, [len(data)]
    splits = sources.load(data, reading=settings)
    conversations: list[Conversation] = []
    problems: list[Problem] = []
    for name, split in splits.items():
        plain = split.with_format(None)
        head = plain.select(range(min(rows, len(plain))))
        one = reading.read(head, layout=layout_of(head[:LOOKED_AT]), split=name, nulls=True, **how)
        conversations += one.conversations
        problems += one.problems
    return conversations, problems, [len(split) for split in splits.values()]


def _first(rows: int, lengths: list[int]) -> str:
    """Of how many rows of all splits the first ``rows`` of each were read; "" for all."""
    read = sum(min(rows, n) for n in lengths)
    return t("learnt.first_of_splits", n=read, of=sum(lengths)) if read < sum(lengths) else ""


def _tokenizer(given: Any) -> Any:
    """The tokenizer itself, or that of a model by its reference."""
    if not isinstance(given, str):
        return given
    from ... import catalog
    from ...catalog.loading.safe_loading import load_tokenizer

    return load_tokenizer(catalog.model_files(given), f"model {given}")
