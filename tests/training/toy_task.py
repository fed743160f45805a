"""Letters spelled as numbers: a task of another package, by nothing but what this file says.

``a b c`` becomes ``0 1 2``. Three ways: an encoder-decoder, a decoder that goes on behind the
letters, and a model of such lines alone, which is measured by its loss.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from workbench.prediction_columns import PredictionTable
from workbench.task_spec import LOSS, Baseline, Metric, Role, TaskSpec
from workbench.tasks.shared.writing_task import WritingTask

HOLD = "TOY_HOLD"  # environment variable: a file of how many evaluations pass before one is held


class Spelling(WritingTask):
    """A number for each letter."""

    def outputs(self, passes):
        """What the model gives; where that was asked for, held until a command breaks it off."""
        file = Path(os.environ.get(HOLD, "nowhere"))
        if file.exists():
            left = int(file.read_text())
            file.write_text(str(max(left - 1, 0)))
            if not left:
                tick, progress, begun = passes.tick, passes.progress, []

                def tell(*far):
                    begun.append(far)
                    progress(*far)

                def held():
                    while not (said := tick()) and begun and file.exists():
                        time.sleep(0.01)
                    return said

                passes.tick, passes.progress = held, tell
        return super().outputs(passes)


SPEC = TaskSpec(
    name="toy-spelling",
    title="Letters as numbers",
    task=Spelling,
    roles=(
        Role("letters", "text", names=("word",)),
        Role("numbers", "target", names=("spelling",)),
    ),
    metrics=(
        Metric("exact_match", "exact match", "higher", short="exact", overview=True),
        LOSS,
        Metric("perplexity", "perplexity", "lower", share=False),
    ),
    predicts="text",
    output="text",
    auto_class="AutoModelForSeq2SeqLM",
    families=("encoder-decoder",),
    defaults={"epochs": 2},
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number"}
    ),
    views=("slices", "compare", "report"),
    sections=("examples", "slices"),
    baselines=(Baseline("copy", "the letters themselves", plain=True),),
)

GOING_ON = SPEC.replace(
    name="toy-going-on",
    title="Numbers behind letters",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
)

ALONE = SPEC.replace(
    name="toy-lines",
    title="Lines alone",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
    roles=(Role("letters", "text"),),
    metrics=(LOSS, Metric("perplexity", "perplexity", "lower", share=False)),
    prediction_table=PredictionTable(
        columns={"text": "text", "prediction": "text", "loss": "number"}, truth="text"
    ),
    baselines=(),
)


def frame(n_examples: int = 360, *, end: str = "", seed: int = 0):
    """Rows of ``letters`` and ``numbers``, two to four each."""
    import numpy as np
    import pandas as pd

    rng = np.random.RandomState(seed)
    rows = []
    for _ in range(n_examples):
        places = rng.randint(10, size=rng.randint(2, 5))
        letters = " ".join("abcdefghij"[place] for place in places)
        rows.append({"letters": letters + end, "numbers": " ".join(map(str, places))})
    return pd.DataFrame(rows)
