"""``workbench runs``"""

from __future__ import annotations

import argparse

from ..terminal import say

ORDER = 50
HELP = "List the runs."


def run(arguments: argparse.Namespace) -> None:
    """A line a run."""
    from ..training.listed_runs import runs

    table = runs()
    unsaid = ["path", *(name for name in ("part_of", "where") if not table[name].any())]
    say(table.drop(columns=unsaid).to_string(index=False) if len(table) else "No runs yet.")
