"""``workbench engines``"""

from __future__ import annotations

import argparse

from ..terminal import say

ORDER = 52
HELP = "List where runs can be trained: this machine, a cluster."


def run(arguments: argparse.Namespace) -> None:
    """A line an engine: whether it is reachable, and what it is or why not."""
    from ..execution.registry import engines

    for row in engines().itertuples():
        say(f"{row.engine:12s} {'reachable' if row.reachable else 'not here':12s} {row.said}")
