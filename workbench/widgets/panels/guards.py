"""Settings that are allowed and hardly meant: what the form asks about at their field.

A question stops nothing. It says why the value is unusual and names one that is usual; a click
takes that one, another click keeps what was typed.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.i18n import t
from workbench.recipe import Recipe, usual_rate
from workbench.reference import Origin, origin_of
from workbench.training.optimisation.schedule import usual_warmup

#: Of pretrained Transformers up to this width: the largest learning rate of AdamW that they are
#: fine-tuned with, and a usual one. Devlin et al. (2019) for a width of 768, Turc et al. (2019) for
#: small ones, Liu et al. (2019) for 1,024.
RATES = ((640, 1e-3, 1e-4), (1023, 5e-5, 3e-5), (10**9, 3e-5, 1e-5))
UNTRAINED = (1e-2, 1e-3)  # weights drawn at random learn at higher rates
SLOWEST = 1e-7  # below it a weight of usual size does not move in fp32
MOST_PASSES = 50
LARGEST_BATCH = 512  # examples of one optimizer step
STRONGEST_DECAY = 0.5
SMOOTHEST = 0.5  # share of the probability that is given to other classes
SMALLEST_NORM = 0.01  # that gradients are cut to
HALF = 0.5  # of the steps that the rate rises in, of the examples that are held out


class Question(NamedTuple):
    """Why a value is asked about, and the usual value that a click takes."""

    sentence: str
    usual: float | int


def questions(recipe: Recipe, width: int | None = None) -> dict[str, Question]:
    """What to ask about a recipe.

    Parameters
    ----------
    recipe : Recipe
    width : int, optional
        Size of its model's hidden states, where it is known.

    Returns
    -------
    dict of str to Question
        By field; empty when nothing is unusual.

    Examples
    --------
    >>> list(questions(Recipe(learning_rate=5)))
    ['learning_rate']
    >>> questions(Recipe())
    {}
    """
    found: dict[str, Question] = {}
    _ask_rate(recipe, width, found)
    if recipe.epochs is not None and recipe.epochs > MOST_PASSES and recipe.max_steps is None:
        found["epochs"] = Question(t("guard.epochs", value=recipe.epochs), 3)
    batch = recipe.batch_size * recipe.gradient_accumulation
    if recipe.batch_size > LARGEST_BATCH:
        found["batch_size"] = Question(t("guard.batch", value=batch), 16)
    elif batch > LARGEST_BATCH:
        found["gradient_accumulation"] = Question(t("guard.accumulation", value=batch), 1)
    if recipe.weight_decay > STRONGEST_DECAY:
        found["weight_decay"] = Question(t("guard.decay", value=recipe.weight_decay), 0.01)
    if recipe.max_length < 8:
        found["max_length"] = Question(t("guard.max_length", value=recipe.max_length), 128)
    if recipe.label_smoothing > SMOOTHEST:
        say = t("guard.smoothing", value=recipe.label_smoothing)
        found["label_smoothing"] = Question(say, 0.1)
    if recipe.max_grad_norm < SMALLEST_NORM:
        found["max_grad_norm"] = Question(t("guard.norm", value=recipe.max_grad_norm), 1)
    _ask_warmup(recipe, found)
    for name in ("test_size", "validation_size"):
        if HALF < getattr(recipe, name) < 1:
            usual = {"test_size": 0.2, "validation_size": 0.1}[name]
            say = t("guard.held_out", share=getattr(recipe, name), usual=usual)
            found[name] = Question(say, usual)
    return found


def _ask_warmup(recipe: Recipe, found: dict[str, Question]) -> None:
    usual = usual_warmup(recipe.schedule)
    if HALF < recipe.warmup < 1:
        say = t("guard.warmup", share=recipe.warmup, usual=usual)
        found["warmup"] = Question(say, usual)
    elif recipe.max_steps is not None and 1 <= recipe.max_steps <= recipe.warmup:
        say = t("guard.warmup_steps", value=recipe.warmup, steps=recipe.max_steps, usual=usual)
        found["warmup"] = Question(say, usual)


def _ask_rate(recipe: Recipe, width: int | None, found: dict[str, Question]) -> None:
    rate, key = recipe.learning_rate, "guard.rate"
    if rate is None:  # it follows from the model
        return
    most, usual = next((most, usual) for widest, most, usual in RATES if (width or 0) <= widest)
    if origin_of(recipe.model, "model") is Origin.NET and "@" not in recipe.model:
        most, usual = UNTRAINED
    elif most < RATES[0][1]:
        key = "guard.rate_width"
    full, usual = usual, usual_rate(recipe.method, usual)
    most = float(f"{most * usual / full:.6g}")
    if rate > most:
        found["learning_rate"] = Question(t(key, value=rate, usual=usual, width=width), usual)
    elif rate < SLOWEST:
        found["learning_rate"] = Question(t("guard.slow", value=rate, usual=usual), usual)
