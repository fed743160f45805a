"""What the devices of one machine cost and gain: the part ``devices``."""

from __future__ import annotations

import shutil
import time

import workbench as wb
from tests.benchmarks.measure import AGAIN, Goal, ratios, summary, turns
from workbench import hardware


def devices(scale: str):
    """A recipe that names no devices, one device and, where there are, two: seconds, in pairs.

    Each run is a worker's, in an order that is drawn for each round; the first recipe is there
    twice. The batch is the same whole one, so that all of them make the same steps.
    """
    rounds, steps = {"small": (1, 6), "normal": (5, 40), "full": (15, 80)}[scale]
    recipe = wb.Recipe(max_steps=steps, evaluate_every=10_000, checkpoint_every=10_000,
                       max_eval_examples=50)  # fmt: skip
    arms = {"none": recipe, "none again": recipe, "one": recipe.replace(hardware={"devices": 1})}
    if hardware.available() > 1:
        arms["two"] = recipe.replace(hardware={"devices": 2})
    training: dict[str, list[float]] = {arm: [] for arm in arms}
    whole: dict[str, list[float]] = {arm: [] for arm in arms}
    for seed, order in enumerate(turns(arms, rounds)):
        for arm in order:
            started = time.perf_counter()
            run = wb.start(arms[arm].replace(seed=seed)).wait()
            whole[arm].append(time.perf_counter() - started)
            (trained,) = [one for one in run.events() if one["event"] == "trained"]
            training[arm].append(trained["seconds"])
            shutil.rmtree(run.path)
    figures = {"steps": steps, "cores": hardware.available("cpu")}
    for arm in arms:
        figures[f"training seconds, {arm}"] = summary(training[arm])
        figures[f"seconds from recipe to results, {arm}"] = summary(whole[arm])
    figures[AGAIN] = ratios(training["none again"], training["none"])
    for arm in [*arms][2:]:
        figures[f"training, {arm} over none"] = ratios(training[arm], training["none"])
        figures[f"recipe to results, {arm} over none"] = ratios(whole[arm], whole["none"])
    cost = figures["training, one over none"]["median"]
    return figures, [Goal("training, one device over none", cost, at_most=1.02)]
