"""Optuna's part of a search: what is tried next, what is not worth going on with, what mattered.

A study is made anew of the trials that there are whenever it is asked, and its sampler is seeded by
the search's seed and the trial's number. So a suggestion is a function of the trials before it: a
search that was killed and goes on suggests what it would have suggested.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import RecipeError, WorkbenchError, nearest, shown
from ...i18n import t
from .space import Choices, Space, every, size
from .trial import DIVERGED, DONE, PRUNED, Trial

if TYPE_CHECKING:
    import optuna

SAMPLERS = ("tpe", "random")
PRUNERS = ("median", "none")
FIRST = 5  # trials that are drawn by chance before the sampler learns from them
COMPARED = 3  # finished trials that had as many evaluations, and a curve is compared with
TRIES = 30  # of a sampler to suggest what was not tried yet


def check(sampler: str, pruner: str) -> None:
    """Refuse what there is not (RecipeError), and say where Optuna is not installed."""
    for value, names, key in ((sampler, SAMPLERS, "sampler"), (pruner, PRUNERS, "pruner")):
        if value not in names:
            raise RecipeError(
                t(f"search.{key}", value=shown(value)),
                nearest(value if isinstance(value, str) else shown(value), names),
            )
    _optuna()


def suggest(
    space: Space, before: Sequence[Trial], *, number: int, sampler: str, seed: int, lower: bool
) -> dict[str, Any] | None:
    """Values for the next trial, which no trial before it has; None where all were tried.

    Parameters
    ----------
    before : sequence of Trial
        That have ended.
    lower : bool
        Whether lower values are better.
    """
    tried = [trial.values for trial in before]
    combinations = size(space)
    with _quiet() as optuna:
        distributions = _distributions(space)
        for again in range(TRIES):
            draws = f"{seed} {number} {again}"
            made = _sampler(optuna, sampler, random.Random(draws).getrandbits(32))
            study = study_of(space, before, lower=lower, sampler=made)
            values = _values(space, study.ask(distributions).params)
            if values not in tried:
                return values
    if combinations is None:
        return values  # a range so fine that this does not happen; the same values are no harm
    left = [values for values in itertools.islice(every(space), 100_000) if values not in tried]
    return random.Random(f"{seed} {number}").choice(left) if left else None


def pruned_at(
    space: Space, before: Sequence[Trial], trial: Trial, *, pruner: str, lower: bool
) -> int | None:
    """The first evaluation after which a trial is not worth going on with, counted from 1.

    Median pruning: its best value so far is worse than the median of the finished trials' values
    at the same evaluation (Golovin et al., "Google Vizier", 2017).
    """
    if pruner == "none":
        return None
    with _quiet() as optuna:
        study = study_of(space, before, lower=lower)
        judge = optuna.pruners.MedianPruner(n_startup_trials=COMPARED, n_min_trials=COMPARED)
        for n in range(1, len(trial.curve) + 1):
            if judge.prune(study, _frozen(optuna, space, trial, n)):
                return n
    return None


def importance(space: Space, trials: Sequence[Trial], *, lower: bool) -> dict[str, float]:
    """The share of the differences between finished trials that each field explains.

    By functional analysis of variance over a forest (Hutter, Hoos and Leyton-Brown, 2014); empty
    where fewer than four trials have finished, or all are equally good.
    """
    done = [trial for trial in trials if trial.outcome == DONE]
    if len(done) < 4 or len({trial.value for trial in done}) < 2:
        return {}
    with _quiet() as optuna:
        study = study_of(space, done, lower=lower)
        judge = optuna.importance.FanovaImportanceEvaluator(seed=0)
        found = optuna.importance.get_param_importances(study, evaluator=judge)
    return {name: float(found.get(name, 0.0)) for name in space}


def study_of(
    space: Space, trials: Sequence[Trial], *, lower: bool, sampler: Any = None
) -> optuna.Study:
    """An Optuna study in memory that holds the trials which have ended."""
    with _quiet() as optuna:
        study = optuna.create_study(
            direction="minimize" if lower else "maximize", sampler=sampler,
            pruner=optuna.pruners.NopPruner(),
        )  # fmt: skip
        study.add_trials([_frozen(optuna, space, trial) for trial in trials if trial.outcome])
    return study


def _frozen(optuna: Any, space: Space, trial: Trial, upto: int | None = None) -> Any:
    """A trial as Optuna has it; with ``upto`` one that is running and had so many evaluations."""
    states = optuna.trial.TrialState
    # what diverged is worse than all others, which is what pruned without a value means to TPE
    known = {DONE: states.COMPLETE, PRUNED: states.PRUNED, DIVERGED: states.PRUNED}
    state = states.RUNNING if upto is not None else known.get(trial.outcome, states.FAIL)
    curve = trial.curve if upto is None else trial.curve[:upto]
    if trial.outcome == PRUNED:
        curve = trial.curve[: trial.pruned_at]
    if trial.outcome == DIVERGED:
        curve = []
    texts = {
        name: one.texts[one.values.index(trial.values[name])]
        for name, one in space.items() if isinstance(one, Choices)
    }  # fmt: skip
    return optuna.trial.create_trial(
        state=state,
        value=trial.value if state == states.COMPLETE else None,
        params={**trial.values, **texts},
        distributions=_distributions(space),
        intermediate_values={n: value for n, value in enumerate(curve, 1)},
    )


def _distributions(space: Space) -> dict[str, Any]:
    from optuna import distributions as of

    return {
        name: of.CategoricalDistribution(one.texts) if isinstance(one, Choices)
        else of.IntDistribution(int(one.low), int(one.high), log=one.log) if one.whole
        else of.FloatDistribution(one.low, one.high, log=one.log)
        for name, one in space.items()
    }  # fmt: skip


def _values(space: Space, params: dict[str, Any]) -> dict[str, Any]:
    """Of Optuna's parameters the values; numbers in three digits, as a person would write them."""
    found = {}
    for name, one in space.items():
        value = params[name]
        if isinstance(one, Choices):
            value = one.values[one.texts.index(value)]
        elif not one.whole:
            value = min(max(float(f"{value:.3g}"), one.low), one.high)
        found[name] = value
    return found


def _sampler(optuna: Any, name: str, seed: int) -> Any:
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise WorkbenchError(t("search.needs"), t("search.needs_remedy")) from None
    return optuna


@contextlib.contextmanager
def _quiet() -> Iterator[Any]:
    """Optuna, without a line for each study that is made."""
    optuna = _optuna()
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna
    finally:
        optuna.logging.set_verbosity(before)
