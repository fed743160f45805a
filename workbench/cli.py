"""The command ``workbench``: what a click does, from a shell. Its verbs are the modules of
:mod:`workbench.commands`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

from .commands import verbs
from .errors import WorkbenchError
from .i18n import t
from .paths import check_working_folder
from .terminal import say


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; the exit status is 0, or 2 after an error said in one sentence."""
    found = parser()
    arguments, rest = found.parse_known_args(argv)
    if rest and not arguments.own_arguments:
        found.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        check_working_folder()
        return arguments.run(arguments) or 0
    except WorkbenchError as error:
        say(f"workbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("workbench: broken off.", file=sys.stderr)
        return 130
    except OSError as error:  # of the disk, the folder that one stands in, what is printed to
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # who read what is printed has read enough
            return 1
        where = f" ({error.filename})" if error.filename else ""
        with contextlib.suppress(OSError):
            say(f"workbench: {t('commands.system', why=error.strerror or error, where=where)}",
                file=sys.stderr)  # fmt: skip
        return 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line through the same door as everything else."""

    def _print_message(self, message: str, file=None) -> None:
        if message:
            say(message, file=file or sys.stderr, end="")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, with a command a verb."""
    whole = _Parser(prog="workbench", description="Fine-tune language models and see what they do.")
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, verb in verbs().items():
        own = getattr(verb, "OWN_ARGUMENTS", False)
        command = commands.add_parser(name, help=verb.HELP, description=verb.HELP, add_help=not own)
        command.set_defaults(run=verb.run, verb=name, own_arguments=own)
        if hasattr(verb, "add_arguments"):
            verb.add_arguments(command)
    return whole


if __name__ == "__main__":
    sys.exit(main())
