"""``workbench runs``"""

from __future__ import annotations

import argparse

from ..terminal import say

ORDER = 50
HELP = "List the runs."


def run(arguments: argparse.Namespace) -> None:
    """A line a run."""
    from ..training.run import runs

    table = runs()
    unsaid = ["path"] if table["part_of"].any() else ["path", "part_of"]
    say(table.drop(columns=unsaid).to_string(index=False) if len(table) else "No runs yet.")
