"""Changed copies of training examples, a module each; its name is the ``kind`` of a recipe's
``augmentation``.

Copies are made once, before texts become tokens: a pass has the examples as they are, then their
copies, in the order that its seed gives. A copy depends on the seed and on where its example stands
alone, and a run keeps those that it made (``data/copies.jsonl``), so that it goes on with the same.
Validation and test have none.

A module holds ``Settings`` (of :class:`._settings.Copied`); ``PREDICTS``, what the tasks that it is
for predict; and ``make(settings, about)``, which gives a :data:`Change`. What the form and a note
call it is the text ``augmentation.<kind>.title`` and ``.said``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.recipe import AUGMENTATION
from workbench.task_words import called

from ._columns import TextColumns, columns_of
from ._copies import Copies
from ._text import Text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.recipe import Recipe

    from ..examples import Examples

#: ``change(texts, draws)``: of each text its words as they are to be, a tuple of words for each:
#: () where it goes, several where several take its place; all that is drawn for a text is drawn
#: from its own of ``draws``.
Change = Callable[[list[Text], list[random.Random]], list[list[tuple[str, ...]]]]


@dataclass(frozen=True)
class About:
    """What a kind may look at.

    Parameters
    ----------
    recipe : Recipe
    columns : TextColumns
        The training examples.
    folder : callable
        ``folder(model)``: where a model lies.
    """

    recipe: Recipe
    columns: TextColumns
    folder: Callable[[str], Path]


NONE = Copies([], {})
KEPT = "copies.jsonl"  # in the folder of a run's data


def wanted(recipe: Recipe, examples: int) -> int:
    """How many copies a recipe asks for of so many training examples."""
    chosen = recipe.augmentation
    return _share(chosen, examples) * chosen.get("copies", 0)


def make(
    recipe: Recipe,
    frame: pd.DataFrame,
    label_names: list[str],
    folder: Callable[[str], Path],
    *,
    first: int | None = None,
) -> Copies:
    """The copies that a recipe asks for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The training examples.
    label_names : list of str
    folder : callable
        ``folder(model)``: where a model lies, for kinds that ask one.
    first : int, optional
        Make copies of so many examples at most, for people to look at.

    Raises
    ------
    RecipeError
        If nothing can be changed in any example, or a kind cannot be had of the model or file.
    """
    kind = recipe.augmentation["kind"]
    if kind == AUGMENTATION.default or not len(frame):
        return NONE
    settings = AUGMENTATION.settings(recipe.augmentation)
    columns = columns_of(frame, label_names)
    if columns is None:
        raise RecipeError(t("augmentation.no_text", task=called(recipe.task)),
                          t("augmentation.leave"), field="augmentation")  # fmt: skip
    change = AUGMENTATION.module(kind).make(settings, About(recipe, columns, folder))
    places = range(len(frame))
    if settings.share < 1:
        of_seed = random.Random(f"{recipe.seed} augmentation")
        places = sorted(of_seed.sample(places, _share(recipe.augmentation, len(frame))))
    asked = [(place, copy) for copy in range(settings.copies) for place in places[:first]]
    found: dict[int, dict[str, Any]] = {}
    for name in columns.names:
        texts = [columns.text(name, place) for place, _ in asked]
        draws = [random.Random(f"{recipe.seed} {place} {copy} {name}") for place, copy in asked]
        for number, words in enumerate(change(texts, draws)):
            if any(new != (old,) for new, old in zip(words, texts[number].words, strict=True)):
                changed = columns.changed(name, asked[number][0], texts[number], words)
                found.setdefault(number, {}).update(changed)
    if not found and first is None:
        raise RecipeError(t("augmentation.nothing", kind=repr(kind)),
                          t("augmentation.nothing_back"), field="augmentation")  # fmt: skip
    made = sorted(found)
    kept = list(dict.fromkeys(name for number in made for name in found[number]))
    of = [asked[number][0] for number in made]
    values = {
        name: [found[number].get(name, frame[name].iloc[asked[number][0]]) for number in made]
        for name in kept
    }  # fmt: skip
    return Copies(of, values, len(asked) - len(made))


def settled(
    recipe: Recipe, examples: Examples, folder: Callable[[str], Path], kept: Path | None = None
) -> Copies:
    """The copies that a run trains on: those that it kept, or new ones, which it keeps.

    Parameters
    ----------
    kept : Path, optional
        Where they are kept.
    """
    if recipe.augmentation["kind"] == AUGMENTATION.default:
        return NONE
    train = examples.splits["train"]
    found = None if kept is None else Copies.read(kept, len(train))
    if found is None:
        found = make(recipe, train, examples.label_names, folder)
        if kept is not None:
            found.write(kept)
    return found


def said(recipe: Recipe, copies: Copies, examples: int) -> str:
    """A sentence on the copies; "" where there are none."""
    if recipe.augmentation["kind"] == AUGMENTATION.default:
        return ""
    what = t("augmentation.made", n=len(set(copies.of)), of=examples, copies=len(copies.of),
             kind=kind_said(recipe), rows=examples + len(copies.of))  # fmt: skip
    left = t("augmentation.unchanged", n=copies.unchanged) if copies.unchanged else ""
    return f"{what} {left}".rstrip()


def kind_said(recipe: Recipe) -> str:
    """A few words on what is changed."""
    chosen = recipe.augmentation
    named = {**chosen, "kinds": ", ".join(chosen.get("kinds", ()))}
    return t(f"augmentation.{chosen['kind']}.said", **named)


def pairs(frame: pd.DataFrame, copies: Copies, most: int) -> list[tuple[str, str]]:
    """The first examples that have a copy, as they are and changed, for people to read."""
    both = copies.beside(frame)
    names = [name for name in copies.columns if name in ("text", "pair")]
    rows = []
    for number, place in enumerate(copies.of[:most]):
        before, after = both.iloc[place], both.iloc[len(frame) + number]
        rows.append((" | ".join(before[n] for n in names), " | ".join(after[n] for n in names)))
    return rows


def _share(chosen: dict, examples: int) -> int:
    """Examples that get copies: at least one where a share is asked for."""
    share = chosen.get("share", 0)
    return min(examples, max(math.floor(share * examples + 0.5), 1)) if share else 0


__all__ = ["AUGMENTATION", "KEPT", "NONE", "About", "Change", "Copies", "make", "pairs", "said",
           "settled", "wanted"]  # fmt: skip
