"""``workbench compress RUN --steps STEP... [--out FOLDER]``"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, ModelError
from ..i18n import t
from ..terminal import say

if TYPE_CHECKING:
    import pandas as pd

    from ..shipping import Compressed
    from ..training.run import Run

ORDER = 69
HELP = "Make a run's model smaller, show what that changes, and keep it where that is asked for."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, one of three ways to ask, how many rows, where it is kept."""
    command.add_argument("folder", metavar="RUN")
    way = command.add_mutually_exclusive_group(required=True)
    way.add_argument("--steps", metavar="STEP", nargs="+", help=t("commands.steps"))
    way.add_argument("--smallest", metavar="LOSS", type=float, help=t("commands.smallest"))
    way.add_argument("--sensitivity", metavar="STEP", help=t("commands.sensitivity"))
    command.add_argument("--by", choices=("layer", "class"), default="layer",
                         help=t("commands.by"))  # fmt: skip
    command.add_argument("--examples", metavar="N", type=int, default=500,
                         help=t("commands.drawn"))  # fmt: skip
    command.add_argument("--out", metavar="RUN_FOLDER", type=Path, help=t("commands.keep"))
    command.add_argument("--anyway", action="store_true", help=t("commands.anyway"))


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and keep what came out where ``--out`` names a folder."""
    from .. import shipping
    from ..training.run import open_run

    found, out = open_run(arguments.folder), arguments.out
    if arguments.sensitivity is not None:
        if out is not None:
            raise DataError(t("commands.keeps_nothing"), t("commands.keeps_nothing_remedy"))
        how = _step("--sensitivity", arguments.sensitivity)
        say(_costs(shipping.sensitivity(found, how, by=arguments.by, examples=arguments.examples)))
        return
    if out is not None and out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DataError(t("export.taken", folder=str(out)), t("export.place_remedy"))
    if arguments.smallest is not None:
        made = shipping.smallest(found, arguments.smallest, examples=arguments.examples)
    else:
        steps = [_step("--steps", one) for one in arguments.steps]
        made = shipping.compress(found, steps, examples=arguments.examples)
    _show(made)
    if out is not None:
        say(_kept(made, out, anyway=arguments.anyway).path)


def _step(option: str, text: str) -> str | dict:
    """A kind, or a kind with settings as YAML has them: ``{kind: int4, group: 32}``."""
    from ..recipe_text import from_yaml

    found = from_yaml(f"{option}: {text}")[option]
    if not isinstance(found, str | dict):
        raise DataError(t("commands.step", option=option, value=repr(text)),
                        t("commands.step_remedy"))  # fmt: skip
    return found


def _show(made: Compressed) -> None:
    """A row for the run and one for what came out of it, and what is to be known of that."""
    table, about = made.table, made.table.attrs
    say(t("commands.measured", n=about["examples"], of=about["of"]))
    shown = table[["name", "megabytes", "size_share"]].assign(**{
        table["metric"].iloc[0]: table["value"], "95 %": _between(table, "low", "high", "{:.3f}"),
        "difference": table["difference"],
        "95 % of it": _between(table, "difference_low", "difference_high"),
        "agreement": table["agreement"], "flips": table["flips"],
        "ms alone": table["milliseconds_1"], "ms of 8": table["milliseconds_8"],
    })  # fmt: skip
    say(shown.to_string(index=False, na_rep="-", formatters={
        "megabytes": "{:.1f}".format, "size_share": "{:.1%}".format, "difference": _signed,
        "agreement": _or_none("{:.1%}"), "flips": _or_none("{:.0f}"),
        "ms alone": "{:.1f}".format, "ms of 8": "{:.1f}".format,
    }, float_format="{:.3f}".format))  # fmt: skip
    for note in made.said:
        say(f"note: {note}")


def _costs(table: pd.DataFrame) -> str:
    shown = table.drop(columns=["low", "high"]).assign(**{"95 %": _between(table, "low", "high")})
    return shown.to_string(index=False, na_rep="-", formatters={
        "weights": "{:,}".format, "difference": _signed, "agreement": _or_none("{:.1%}"),
        "loss": _or_none("{:+.4f}"), "moved": _or_none("{:.4f}"),
    })  # fmt: skip


def _or_none(how: str):
    return lambda value: "-" if value != value else how.format(value)


_signed = _or_none("{:+.3f}")


def _between(table: pd.DataFrame, low: str, high: str, how: str = "{:+.3f}") -> list[str]:
    pairs = zip(table[low], table[high], strict=True)
    return ["-" if one != one else f"{how.format(one)} to {how.format(two)}" for one, two in pairs]


def _kept(made: Compressed, out: Path, *, anyway: bool) -> Run:
    if made.broken and not anyway:
        raise ModelError(made.broken, t("commands.broken_remedy"))
    return made.save(out, anyway=anyway)
