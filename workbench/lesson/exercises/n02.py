"""Your own data: sizes of splits, duplicates, leaks."""

from __future__ import annotations

from ..exercise import Holds, Value


def look_different_and_are_duplicates(texts):
    """Whether the check finds two texts that are written differently to be the same."""
    import pandas as pd

    from workbench.data.doctor import check

    if texts[0] == texts[1]:
        return False
    others = [f"{letter * 3}, and nothing else" for letter in "abcdefghijklmn"]
    labels = ["a", "a"] + ["a", "b"] * 7
    table = pd.DataFrame({"text": [*texts, *others], "label": labels})
    return "duplicates" in set(check(table).findings["check"])


EXERCISES = {
    "1": Value(6),
    "2": Holds(
        look_different_and_are_duplicates,
        right=(["A  great film", "a GREAT film"],),
        wrong=(["the same", "the same"], ["a great film", "a great movie"], ["a", "b"]),
    ),
    "3": Value(0.3, within=0.02),
}
