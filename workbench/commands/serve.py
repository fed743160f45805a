"""``workbench serve RUN [RUN...]``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import RecipeError, shown
from ..i18n import t
from ..terminal import say

ORDER = 65
HELP = "Answer with the models of runs over HTTP, on this machine."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The runs, where to listen, and what to take."""
    command.add_argument("runs", metavar="RUN", nargs="+", help=t("serving.help.runs"))
    command.add_argument("--host", default="127.0.0.1", help=t("serving.help.host"))
    command.add_argument("--port", type=int, default=8000, help=t("serving.help.port"))
    command.add_argument("--token-file", type=Path, help=t("serving.help.token"))
    command.add_argument("--precision", default="fp32", help=t("serving.help.precision"))
    command.add_argument("--explain", action="store_true", help=t("serving.help.explain"))
    command.add_argument(
        "--limit", action="append", default=[], metavar="NAME=VALUE", help=t("serving.help.limit")
    )


def run(arguments: argparse.Namespace) -> None:
    """Serve until the process is told to end."""
    from ..shipping.serving.binding import token_of
    from ..shipping.serving.server import Wanted, name_and_folder, serve_here

    wanted = Wanted(
        tuple(map(name_and_folder, arguments.runs)), arguments.host, arguments.port,
        token_of(arguments.token_file), arguments.precision, arguments.explain,
        dict(map(_limit, arguments.limit)),
    )  # fmt: skip
    serve_here(wanted, lambda url: say(t("serving.ready", url=url)))
    say(t("serving.ended"))


def _limit(given: str) -> tuple[str, int | float]:
    name, _, value = given.partition("=")
    try:
        return name, int(value)
    except ValueError:
        try:
            return name, float(value)
        except ValueError:
            raise RecipeError(
                t("serving.limit", given=shown(given)), t("serving.limit_back"), field="limit"
            ) from None
