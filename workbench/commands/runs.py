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
    say(table.drop(columns="path").to_string(index=False) if len(table) else "No runs yet.")
