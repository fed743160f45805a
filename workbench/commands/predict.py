"""``workbench predict RUN FILE --out FILE``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import DataError
from ..i18n import t
from ..paths import is_there
from ..terminal import say
from ._recipes import reading_of

ORDER = 60
HELP = "Predict the texts of a file with a run's best model."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, the file and where the predictions go."""
    command.add_argument("folder", metavar="RUN")
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help=t("commands.predict_out")
    )
    command.add_argument(
        "--reading", action="append", default=[], metavar="SETTING=VALUE",
        help=t("commands.reading"),
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write the predictions, and print where."""
    from ..data.asked import TakenOver
    from ..training.run import open_run

    if not is_there(arguments.file):
        raise DataError(
            f"There is no file {str(arguments.file)!r}.",
            "Give a csv, jsonl or txt file, or a folder of such.",
        )
    reading = reading_of(arguments.reading, over_others=True)
    found = open_run(arguments.folder)
    try:
        say(found.predict_file(arguments.file, arguments.out, reading=reading))
    except TakenOver as error:  # the way back as it is written here
        way = " ".join(f"--reading {name}=null" for name in error.settings)
        raise DataError(error.message, error.way_back(way)) from error
