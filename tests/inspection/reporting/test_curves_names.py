"""The names of many curves stand below the picture, those of few above it."""

import pandas as pd
import pytest

import workbench as wb

REWARDS = ("reward_accuracy", "reward_margin", "chosen_reward", "rejected_reward")


@pytest.mark.parametrize("names", [(), ("macro_f1",), REWARDS], ids=["loss", "metric", "rewards"])
def test_names_never_stand_on_the_curves(names):
    has = {"step": names if names == REWARDS else (), "eval": names}
    rows = [{"kind": kind, "step": step, "loss": 1 / step, **dict.fromkeys(has[kind], step / 10)}
            for step in range(1, 9) for kind in has]  # fmt: skip
    figure = wb.plots.learning_curves(pd.DataFrame(rows))
    legend = figure.layout.legend
    if names == REWARDS:
        assert (legend.yanchor, legend.orientation) == ("top", "v") and legend.y < 0
        assert figure.layout.height >= 380 + 20 * len(figure.data)
        lines = figure.layout.yaxis2.title.text.split("<br>")
        assert max(map(len, lines)) <= 16 and len(lines) > 1
    else:
        assert legend.yanchor == "bottom" and legend.y >= 1
