"""Two small runs of each task, tested on the same examples: what every view has to stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

import workbench as wb
from tests.training import tiny

TASKS = (
    "text-classification", "multi-label-classification", "regression", "token-classification",
    "question-answering",
)  # fmt: skip


def frame(task: str, n: int = 84) -> pd.DataFrame:
    """Rows of a task that one word decides."""
    rng = np.random.RandomState(0)
    if task == "text-classification":
        return tiny.frame(n)
    rows = []
    for number in range(n):
        words = [str(w) for w in rng.choice(tiny.WORDS[10:], size=rng.randint(5, 12))]
        at, good = rng.randint(len(words)), number % 2 == 0
        words.insert(at, str(rng.choice(tiny.GOOD if good else tiny.BAD)))
        text = " ".join(words)
        if task == "multi-label-classification":
            labels = ["praise"] if good else ["blame"]
            rows.append({"text": text, "label": labels + ["long"] * (len(words) > 8)})
        elif task == "regression":
            rows.append({"text": text, "label": float(good) + 0.1 * rng.rand()})
        elif task == "token-classification":
            tags = ["O"] * len(words)
            tags[at] = "B-good" if good else "B-bad"
            rows.append({"tokens": words, "tags": tags})
        else:
            start = len(" ".join([*words[:at], ""]))
            found = number % 6 > 0
            answers = {"text": [words[at]] * found, "answer_start": [start] * found}
            rows.append({"id": f"q{number}", "title": f"t{number // 8}", "context": text,
                         "question": "what was it", "answers": answers})  # fmt: skip
    return pd.DataFrame(rows)


def train(task: str, folder, *, name: str | None = None, **fields) -> wb.training.run.Run:
    """A finished run of a task in ``folder/runs``."""
    model = folder / "model"
    if not model.is_dir():
        tiny.save_model(model)
    recipe = wb.Recipe(
        task=task, model=str(model), dataset=frame(task), test_size=24, validation_size=16,
        batch_size=16, max_length=32, learning_rate=3e-3, epochs=2, precision="fp32",
    )  # fmt: skip
    out = folder / "runs" / (name or task)
    return wb.fine_tune(recipe.replace(**fields), out, progress=False)
