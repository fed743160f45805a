"""``workbench monitor RUN FILE``"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..i18n import t
from ..paths import is_there
from ..terminal import say
from ._recipes import reading_of

if TYPE_CHECKING:
    import pandas as pd

ORDER = 73
HELP = "Say whether the texts of a file are still what a run learnt from."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, the file, how many texts to label and where they go."""
    command.add_argument("folder", metavar="RUN")
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument("--alpha", metavar="SHARE", type=float, default=0.05,
                         help="chance of a false alarm in all looks together")  # fmt: skip
    command.add_argument("--to-label", metavar="N", type=int,
                         help="write the unsurest and the most novel texts to --out")  # fmt: skip
    command.add_argument("--out", metavar="FILE", type=Path, help="a CSV file")
    command.add_argument("--reading", action="append", default=[], metavar="SETTING=VALUE",
                         help=t("commands.reading"))  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Print a line a test and what it comes to; write the texts to label."""
    from ..shipping.watching.monitoring import monitor

    count, out = arguments.to_label, arguments.out
    if (count is None) != (out is None):
        raise DataError(t("watching.out_needed"))
    if out is not None and is_there(out):
        raise DataError(t("watching.out_there", path=str(out)), t("watching.out_there_back"))
    found = monitor(arguments.folder, arguments.file, alpha=arguments.alpha,
                    reading=reading_of(arguments.reading, over_others=True))  # fmt: skip
    say(_lines(found.table))
    say(found.sentence)
    for note in found.said:
        say(f"note: {note}")
    if count is not None:
        rows = found.to_label(count)
        try:
            rows.to_csv(out, index=False)
        except OSError as error:
            why = error.strerror or str(error)
            raise DataError(t("watching.unwritable", path=str(out), why=why),
                            t("watching.unwritable_back")) from error  # fmt: skip
        say(t("watching.written", n=len(rows), path=str(out)))


def _lines(table: pd.DataFrame) -> str:
    """The table as it is read in a terminal."""
    import math

    def number(value: float) -> str:
        return "–" if math.isnan(value) else f"{value:.3g}"

    shown = table.assign(
        look=[t(f"watching.looks.{name}") for name in table["look"]],
        drifted=[t("watching.yes" if one else "watching.no") for one in table["drifted"]],
        **{name: table[name].map(number) for name in ("before", "after", "effect", "corrected")},
    ).drop(columns="p")  # fmt: skip
    return shown.rename(columns=lambda name: t(f"watching.columns.{name}")).to_string(index=False)
