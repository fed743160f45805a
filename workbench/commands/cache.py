"""``workbench cache [clear [NAME ...]]``"""

from __future__ import annotations

import argparse

from ..terminal import say

ORDER = 80
HELP = "Say what the cache holds, or make room in it."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The action, and entries by their names."""
    command.add_argument("action", nargs="?", choices=("clear",))
    command.add_argument(
        "what", nargs="*", metavar="NAME", help="as the list names them; else all that is made anew"
    )


def run(arguments: argparse.Namespace) -> None:
    """List what there is, or say how much room was made."""
    from ..catalog import cache_table, clear_cache
    from ..paths import cache_dir

    if arguments.action == "clear":
        freed, left = clear_cache(*arguments.what)
        say(f"{freed / 1e6:,.1f} MB of room were made in {cache_dir()}.")
        if left:
            say(f"{left} entries were used within the last ten minutes and are left.")
        return
    table = cache_table()
    say(table.to_string(index=False))
    say(f"{table['size_mb'].sum():,.1f} MB in {cache_dir()}")
