"""``workbench samples [fetch NAME | add FILE]``"""

from __future__ import annotations

import argparse
import sys

from ..terminal import say

ORDER = 70
HELP = "List the samples, fetch them, or add an archive by hand."
DEFAULT_SAMPLES = ("minilm-l6", "movie-sentiment", "question-types", "reuters-r8")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The action and what it is done with."""
    command.add_argument("action", nargs="?", choices=("fetch", "add"))
    command.add_argument("what", nargs="*", metavar="NAME_OR_FILE")


def run(arguments: argparse.Namespace) -> None:
    """Do what the action says; without one, list the samples."""
    from ..catalog import samples

    if arguments.action == "add":
        for file in arguments.what:
            say(f"{file}: {', '.join(samples.add(file))}")
        return
    if arguments.action == "fetch":
        for name in arguments.what or DEFAULT_SAMPLES:
            say(f"{name}: {samples.fetch(name, progress=_Progress())}")
        return
    columns = ["name", "kind", "cached", "size_mb", "licence"]
    say(samples.status()[columns].to_string(index=False))


class _Progress:
    """Shows a download on one line of the terminal; nothing when it is no terminal."""

    def __call__(self, file: str, done: int, whole: int | None) -> None:
        if sys.stderr.isatty():
            share = f"{done / whole:4.0%}" if whole else f"{done / 1e6:.0f} MB"
            end = "\n" if whole and done >= whole else ""
            sys.stderr.write("\r")
            say(f"{file} {share}", end=end, file=sys.stderr)
