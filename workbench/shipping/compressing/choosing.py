"""Which layer costs what when it is rounded, and the smallest model within a given loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import task_registry
from ...errors import DataError, shown
from ...i18n import t
from ..measuring.bench import EXAMPLES, Bench
from .kinds import KINDS
from .making import Compressed, compress
from .parts import AUTO, chosen, parts_of
from .rounding import tied
from .work import Work

if TYPE_CHECKING:
    import pandas as pd

    from ...training.run import Run


def sensitivity(
    run: Run, how: str | dict = "int4", *, by: str = "layer", examples: int | None = EXAMPLES,
    seed: int = 0, split: str = "validation",
) -> pd.DataFrame:  # fmt: skip
    """What it costs when one layer, or one class of layers, alone is rounded.

    Parameters
    ----------
    run : Run
        That is done.
    how : str or dict
        A kind that takes ``layers``: ``int8``, ``int4``, ``int8_dynamic``, ``int8_static``,
        ``nf4``.
    by : {'layer', 'class'}
    examples, seed, split
        See :class:`workbench.shipping.Bench`. It is the validation rows that are drawn from, so
        that what is chosen by the table can be judged by the test rows.

    Returns
    -------
    pandas.DataFrame, a row a layer or class, what costs most first
        ``layer``, ``class``, ``weights`` (how many), ``difference`` in the decisive metric with
        its paired interval ``low``, ``high``, ``agreement``, ``loss`` by which the mean loss rises,
        and ``moved``, by how much an example's loss changes on average, up or down (both NaN where
        the task has none). The last is the finest, and what they are ordered by: a model that is
        too sure of itself may have a lower loss with answers that are worse.

    Raises
    ------
    DataError, ModelError, RecipeError
        See :func:`.making.compress`.
    """
    import pandas as pd

    if by not in ("layer", "class"):
        raise DataError(t("compress.by", value=shown(by)), t("compress.by_remedy"))
    filled, work = KINDS.filled(how), Work(run)
    if "layers" not in filled:
        raise DataError(t("compress.no_layers", kind=repr(filled["kind"])),
                        t("compress.no_layers_remedy"))  # fmt: skip
    bench = Bench(run, examples, seed, split=split)
    known = parts_of(work.model)
    meant = chosen(work.model, filled["layers"])
    groups = {name: [name] for name in meant}
    if by == "class":
        groups = {kind: [name for name in meant if known[name] == kind]
                  for kind in dict.fromkeys(known[name] for name in meant)}  # fmt: skip
    rows, done = [], set[frozenset[str]]()
    for name, layers in groups.items():
        one = frozenset(tied(work.model, layers))
        if one in done:
            continue
        done.add(one)
        before = {layer: work.model.get_submodule(layer) for layer in one}
        settings = KINDS.settings({**filled, "layers": layers})
        try:
            KINDS.module(filled["kind"]).apply(work, settings)
            rows.append({"layer": name, "class": known[layers[0]],
                         "weights": sum(part.weight.numel() for part in before.values()),
                         **_cost(bench, work)})  # fmt: skip
        finally:
            for layer, part in before.items():
                work.model.set_submodule(layer, part)
    table = pd.DataFrame(rows)
    table = table.loc[_finest(table).sort_values(ascending=False, kind="stable").index]
    table = table.reset_index(drop=True)
    table.attrs |= {"metric": bench.metric, "examples": len(bench), "of": bench.of, "split": split}
    return table


def _cost(bench: Bench, work: Work) -> dict[str, float]:
    table = work.predictor().predict(bench.frame)
    found = bench.compared(table)
    metrics = found.metrics.set_index("metric")
    loss = moved = float("nan")
    if "loss" in table.columns and "loss" in bench.before.columns:
        rise = table["loss"] - bench.before["loss"]
        loss, moved = float(rise.mean()), float(rise.abs().mean())
    row = {"difference": loss, "low": float("nan"), "high": float("nan")}
    if bench.metric in metrics.index:
        row = metrics.loc[bench.metric, ["difference", "low", "high"]].to_dict()
    return {**row, "agreement": found.agreement, "loss": loss, "moved": moved}


def _finest(table: pd.DataFrame) -> pd.Series:
    """What a layer costs by the finest of the columns: at least 0, more is worse."""
    return table["moved"].fillna(table["difference"].abs())


def smallest(
    run: Run, within: float = 0.01, *, group: int = 32, examples: int | None = EXAMPLES,
    seed: int = 0, **measured: Any,
) -> Compressed:  # fmt: skip
    """The smallest model of whole numbers whose decisive metric loses no more than ``within``.

    All layers but the head begin in eight bits. They are put into four bits in the order of what
    that costs each of them for a weight (:func:`sensitivity`), as many as the validation rows
    allow, which is found by halving; where even eight bits lose more, nothing is in four. What
    comes out is measured on the test rows, which chose nothing.

    Parameters
    ----------
    run : Run
    within : float
        Of the decisive metric, at least 0.
    group : int
        Of the four bits.
    examples, seed
        Of both draws; see :class:`workbench.shipping.Bench`.
    measured
        See :func:`.making.compress`.

    Raises
    ------
    DataError, ModelError
        If ``within`` is no such number; see :func:`.making.compress` too.
    """
    if isinstance(within, bool) or not isinstance(within, int | float) or not within >= 0:
        raise DataError(t("compress.within", value=shown(within)), t("compress.within_remedy"))
    four = {"kind": "int4", "group": group}
    table = sensitivity(run, four, examples=examples, seed=seed)
    costs = _finest(table) / table["weights"]
    order = table.loc[costs.sort_values(kind="stable").index, "layer"].tolist()
    bench = Bench(run, examples, seed, split="validation")
    sign = 1 if task_registry.is_minimised(bench.metric, run.recipe.task) else -1

    def allowed(n: int) -> bool:
        work = Work(run)
        for one in steps(order[:n], group):
            KINDS.module(one["kind"]).apply(work, KINDS.settings(KINDS.filled(one)))
        return sign * _cost(bench, work)["difference"] <= within

    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if allowed(middle) else (low, middle - 1)
    found = compress(run, steps(order[:low], group), examples=examples, seed=seed, worst=within,
                     **measured)  # fmt: skip
    found.said.insert(0, t("compress.smallest", n=low, of=len(order), within=within,
                           rows=len(bench)))  # fmt: skip
    return found


def steps(four: list[str], group: int) -> list[dict]:
    """What :func:`.making.compress` is told: some layers in four bits, all others in eight."""
    eight = {"kind": "int8", "layers": list(AUTO)}
    return [{"kind": "int4", "group": group, "layers": four}, eight] if four else [eight]
