"""The command ``workbench``: what a click does, from a shell."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import task_registry
from .errors import DataError, RecipeError, WorkbenchError
from .terminal import say

DEFAULT_SAMPLES = ("minilm-l6", "movie-sentiment", "question-types", "reuters-r8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; the exit status is 0, or 2 after an error said in one sentence."""
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.run is not _lab:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return arguments.run(arguments) or 0
    except WorkbenchError as error:
        say(f"workbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("workbench: broken off.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # who read what is printed has read enough
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line through the same door as everything else."""

    def _print_message(self, message: str, file=None) -> None:
        if message:
            say(message, file=file or sys.stderr, end="")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="workbench", description="Fine-tune language models and see what they do."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run, help_text: str, **options) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_text, description=help_text, **options)
        command.set_defaults(run=run)
        return command

    train = add("train", _train, "Fine-tune a recipe; the last line is the run folder.")
    train.add_argument("recipe", metavar="RECIPE.yaml", type=Path)
    check = add("check", _check, "Examine data, and how the model fits it; exit status 1: errors.")
    check.add_argument("data", metavar="FILE_OR_RECIPE")
    check.add_argument("--task", help="instead of guessing it")
    check.add_argument("--model", help="instead of the recipe's")
    check.add_argument(
        "--column", action="append", default=[], metavar="ROLE=NAME", help="instead of guessing it"
    )
    check.add_argument(
        "--reading", action="append", default=[], metavar="SETTING=VALUE",
        help="how the file is read: delimiter=';', quotes=false, header=true, skip=2, encoding=...",
    )  # fmt: skip
    check.add_argument(
        "--fix", action="append", default=[], metavar="FIX", help="accept a fix; 'all' for all"
    )
    check.add_argument("--out", metavar="RECIPE.yaml", type=Path, help="write the recipe")
    demo = add("demo", _demo, "Fine-tune the default recipe; the last line is the run folder.")
    for command in (train, demo):
        command.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE",
            help="change a recipe field",
        )  # fmt: skip
        command.add_argument("--out", metavar="RUN_FOLDER", type=Path)
    for name, text in (
        ("pause", "Finish the step, checkpoint, hold the process ready."),
        ("resume", "Go on with a paused, stopped, failed or died run."),
        ("stop", "Finish the step, checkpoint, end the process."),
    ):
        add(name, _steer, text).add_argument("folder", metavar="RUN")
        commands.choices[name].set_defaults(command=name)
    add("runs", _runs, "List the runs.")
    add("show", _show, "Show a run: recipe, state, metrics.").add_argument("folder", metavar="RUN")
    predict = add("predict", _predict, "Predict the texts of a file with a run's best model.")
    predict.add_argument("folder", metavar="RUN")
    predict.add_argument("file", metavar="FILE", type=Path)
    predict.add_argument("--out", metavar="CSV", type=Path, required=True)
    samples = add("samples", _samples, "List the samples, fetch them, or add an archive by hand.")
    samples.add_argument("action", nargs="?", choices=("fetch", "add"))
    samples.add_argument("what", nargs="*", metavar="NAME_OR_FILE")
    cache = add("cache", _cache, "Say what the cache holds, or make room in it.")
    cache.add_argument("action", nargs="?", choices=("clear",))
    cache.add_argument(
        "what", nargs="*", metavar="NAME", help="as the list names them; else all that is made anew"
    )
    add("lab", _lab, "Open JupyterLab on the notebooks (127.0.0.1, with a token).", add_help=False)
    return parser


def _train(arguments) -> None:
    recipe = _read_recipe(arguments.recipe)
    _fine_tune(recipe.replace(**_settings(arguments.set)), arguments.out)


def _read_recipe(path: Path):
    from .recipe import Recipe

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise RecipeError(
            f"The recipe {str(path)!r} cannot be read ({reason}).",
            "Give the path of a YAML file, as recipe.to_yaml() writes it.",
        ) from None
    return Recipe.from_yaml(text)


def _check(arguments) -> int:
    from .data.doctor import check

    is_recipe = arguments.data.lower().endswith((".yaml", ".yml"))
    found = check(
        _read_recipe(Path(arguments.data)) if is_recipe else arguments.data,
        task=arguments.task,
        model=arguments.model,
        columns=_columns(arguments.column),
        reading=_reading(arguments.reading),
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
        from .files import write_text

        try:
            write_text(arguments.out, found.recipe.to_yaml())
        except OSError as error:
            raise RecipeError(
                f"{str(arguments.out)!r} cannot be written ({error.strerror or error}).",
                "Name another file with --out.",
            ) from error
        say(arguments.out)
    return 0 if found.ok else 1


def _columns(pairs: list[str]) -> dict[str, str] | None:
    for pair in pairs:
        if "=" not in pair:
            raise RecipeError(f"--column {pair!r} has no '='.", "Write --column text=review.")
    return dict(pair.split("=", 1) for pair in pairs) or None


def _reading(pairs: list[str]) -> dict | None:
    from .data.reading_settings import read_setting

    for pair in pairs:
        if "=" not in pair:
            raise RecipeError(f"--reading {pair!r} has no '='.", "Write --reading quotes=false.")
    return dict(read_setting(*pair.split("=", 1)) for pair in pairs) or None


def _settings(pairs: list[str]) -> dict:
    from .recipe_text import from_yaml

    changes: dict = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise RecipeError(f"--set {pair!r} has no '='.", "Write --set field=value.")
        changes.update(from_yaml(f"{name.strip()}: {value}"))
    return changes


def _demo(arguments) -> None:
    from .recipe import Recipe

    _fine_tune(Recipe().replace(**_settings(arguments.set)), arguments.out)


def _fine_tune(recipe, out: Path | None) -> None:
    from .training.api import fine_tune

    say(recipe, file=sys.stderr)
    run = fine_tune(recipe, out)
    if run.state == "done":
        _print_results(run)
    else:
        say(f"The run is {run.state}; go on with: workbench resume {run.path}", file=sys.stderr)
    say(run.path)


def _print_results(run) -> None:
    results = run.results()
    for note in results.get("notes", []):
        say(f"note: {note}")
    say(f"training: {results['training_seconds']:.1f} s, best step {results['best_step']}")
    rows = {"this model": results["metrics"]["test"], **results["baselines"]}
    columns = _columns_of(run.recipe.task, rows["this model"])
    examples = results["metrics"]["test"]["examples"]
    head = "".join(f"{title:>10s}" for title in columns.values())
    say(f"{'test, ' + str(examples) + ' examples':34s}{head}")
    for name, metrics in rows.items():
        values = "".join(f"{metrics.get(metric, float('nan')):10.3f}" for metric in columns)
        title = "this model" if name == "this model" else task_registry.baseline_title(name)
        say(f"  {title:32s}{values}")
    from .inspection import outcome

    if found := outcome(run):
        say(found.sentence)


def _columns_of(task: str, metrics: dict) -> dict[str, str]:
    """Short titles of the metrics that are printed; all but the loss where the task is not here."""
    declared = task_registry.find(task)
    if declared is None:
        return {name: name[:9] for name in metrics if name not in ("loss", "examples")}
    known = {metric.name: metric.short for metric in declared.metrics if metric.short}
    return {name: short for name, short in known.items() if name in metrics}


def _steer(arguments) -> None:
    from .training.run import open_run

    run = open_run(arguments.folder)
    getattr(run, arguments.command)()
    say(f"{arguments.command}: {run}")


def _runs(arguments) -> None:
    from .training.run import runs

    table = runs()
    say(table.drop(columns="path").to_string(index=False) if len(table) else "No runs yet.")


def _show(arguments) -> None:
    from .training.run import open_run

    run = open_run(arguments.folder)
    status = run.status()
    say(f"{run}\n\n{run.recipe.to_yaml()}")
    for name in ("phase", "warning", "error", "remedy"):
        if status.get(name):
            say(f"{name}: {status[name]}")
    if run.results():
        _print_results(run)


def _predict(arguments) -> None:
    from .training.run import open_run

    if not arguments.file.is_file():
        raise DataError(
            f"There is no file {str(arguments.file)!r}.", "Give a csv, jsonl or txt file."
        )
    say(open_run(arguments.folder).predict_file(arguments.file, arguments.out))


def _samples(arguments) -> None:
    from .catalog import samples

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


def _cache(arguments) -> None:
    from .catalog import cache_table, clear_cache
    from .paths import cache_dir

    if arguments.action == "clear":
        freed, left = clear_cache(*arguments.what)
        say(f"{freed / 1e6:,.1f} MB of room were made in {cache_dir()}.")
        if left:
            say(f"{left} entries were used within the last ten minutes and are left.")
        return
    table = cache_table()
    say(table.to_string(index=False))
    say(f"{table['size_mb'].sum():,.1f} MB in {cache_dir()}")


class _Progress:
    """Shows a download on one line of the terminal; nothing when it is no terminal."""

    def __call__(self, file: str, done: int, whole: int | None) -> None:
        if sys.stderr.isatty():
            share = f"{done / whole:4.0%}" if whole else f"{done / 1e6:.0f} MB"
            end = "\n" if whole and done >= whole else ""
            sys.stderr.write("\r")
            say(f"{file} {share}", end=end, file=sys.stderr)


def _lab(arguments) -> int:
    from .lab import main as lab

    return lab(arguments.rest)


if __name__ == "__main__":
    sys.exit(main())
