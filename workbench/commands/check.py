"""``workbench check FILE_OR_RECIPE``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import RecipeError
from ..i18n import t
from ..terminal import say
from ._recipes import read_recipe, reading_of

ORDER = 20
HELP = "Examine data, and how the model fits it; exit status 1: errors."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The data, what is known of it, and what shall be mended."""
    command.add_argument("data", metavar="FILE_OR_RECIPE")
    command.add_argument("--task", help="instead of guessing it")
    command.add_argument("--model", help="instead of the recipe's")
    command.add_argument(
        "--column", action="append", default=[], metavar="ROLE=NAME", help="instead of guessing it"
    )
    command.add_argument(
        "--reading", action="append", default=[], metavar="SETTING=VALUE",
        help="how the file is read: delimiter=';', quotes=false, header=true, skip=2, encoding=...",
    )  # fmt: skip
    command.add_argument(
        "--fix", action="append", default=[], metavar="FIX", help="accept a fix; 'all' for all"
    )
    command.add_argument("--out", metavar="RECIPE.yaml", type=Path, help="write the recipe")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings, each with its remedy; write the recipe."""
    from ..data.doctor import check

    is_recipe = arguments.data.lower().endswith((".yaml", ".yml"))
    found = check(
        read_recipe(Path(arguments.data)) if is_recipe else arguments.data,
        task=arguments.task,
        model=arguments.model,
        columns=_columns(arguments.column),
        reading=reading_of(arguments.reading),
    )
    if "all" in arguments.fix:
        found = found.fix_all()
    elif arguments.fix:
        found = found.fix(*arguments.fix)
    for finding in found.found:
        say(f"{finding.severity:8s} {finding.check}: {finding.what}")
        for example in finding.examples:
            say(f"{'':9s}  {example}")
        if finding.remedy:
            fix = f" (--fix {finding.fix_text})" if finding.fix else ""
            say(f"{'':9s}  -> {finding.remedy}{fix}")
    say(found)
    if arguments.out is not None:
        from ..atomic_files import write_text

        try:
            write_text(arguments.out, found.recipe.to_yaml())
        except (OSError, ValueError) as error:
            raise RecipeError(
                f"{str(arguments.out)!r} cannot be written "
                f"({getattr(error, 'strerror', None) or 'it names no file'}).",
                "Name another file with --out.",
            ) from error
        say(arguments.out)
    return 0 if found.ok else 1


def _columns(pairs: list[str]) -> dict[str, str] | None:
    for pair in pairs:
        if not pair.partition("=")[0].strip() or "=" not in pair:
            raise RecipeError(
                t("commands.pair", option="--column", pair=pair), "Write --column text=review."
            )
    return dict(pair.split("=", 1) for pair in pairs) or None
