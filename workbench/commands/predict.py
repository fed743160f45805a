"""``workbench predict RUN FILE --out CSV``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import DataError
from ..paths import is_there
from ..terminal import say
from ._recipes import reading_of

ORDER = 60
HELP = "Predict the texts of a file with a run's best model."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, the file and where the predictions go."""
    command.add_argument("folder", metavar="RUN")
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument("--out", metavar="CSV", type=Path, required=True)
    command.add_argument(
        "--reading", action="append", default=[], metavar="SETTING=VALUE",
        help="how the file is read, where that is otherwise than the recipe's: sheet=new",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write the predictions, and print where."""
    from ..training.run import open_run

    if not is_there(arguments.file):
        raise DataError(
            f"There is no file {str(arguments.file)!r}.",
            "Give a csv, jsonl or txt file, or a folder of such.",
        )
    reading = reading_of(arguments.reading)
    say(open_run(arguments.folder).predict_file(arguments.file, arguments.out, reading=reading))
