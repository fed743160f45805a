"""Write the table of docs/benchmarks.md from the recorded results.

``python -m tests.benchmarks.report``. The table stands between two
marks; a test holds that it is what the results say.
"""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import run
from tests.benchmarks.measure import AGAIN

PAGE = Path(__file__).parent.parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks: made by tests.benchmarks.report -->", "<!-- end of benchmarks -->"


def main() -> int:
    """Replace the table in docs/benchmarks.md."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(text, tables(run.RESULTS)), encoding="utf-8")
    return 0


def with_table(page: str, table: str) -> str:
    """The page's text with this table between its marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page lacks {BEGIN!r} or {END!r}.")
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"


def tables(folder: Path) -> str:
    """A table a device, of every goal with what was measured; a sentence when there are none."""
    results = [run.read(path) for path in sorted(folder.glob("*.json"))]
    found = [_table(result) for result in results if result.get("parts")]
    return "\n".join(found) or "*No results are recorded yet.*\n"


def _table(result: dict) -> str:
    machine, parts = result["machine"], result["parts"]
    lines = [
        f"Measured on {machine.get('accelerator') or machine['processor']} "
        f"({machine['cores']} cores, torch {machine['torch']}, "
        f"transformers {machine['transformers']}).",
        "",
        *_busy(machine, parts),
        *_tasks(parts),
        "| part | what | measured | goal | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, part in parts.items():
        if AGAIN in part["figures"]:
            value = {"value": part["figures"][AGAIN]["median"]}
            lines.append(f"| `{name}` | {AGAIN} | {_measured(AGAIN, value, part['figures'])} | | |")
        for goal, verdict in part["goals"].items():
            lines.append(
                f"| `{name}` | {goal} | {_measured(goal, verdict, part['figures'])} "
                f"| {_bound(verdict)} | {'met' if verdict['met'] else '**missed**'} |"
            )
    return "\n".join(lines) + "\n"


def _busy(machine: dict, parts: dict) -> list[str]:
    """Which parts were measured while other processes wanted more cores than there are."""
    loads = {name: min(part["load"]) for name, part in parts.items() if "load" in part}
    busy = [name for name, load in loads.items() if load > 2 * machine["cores"]]
    if not busy:
        return []
    names = ", ".join(f"`{name}`" for name in busy)
    return [
        f"Other processes wanted the cores while {names} ran (load {min(loads[n] for n in busy):g} "
        f"and more on {machine['cores']} cores): seconds of these are upper bounds.", "",
    ]  # fmt: skip


TASKS = {  # part: task, data, metric, its baseline
    "default-recipe": ("text-classification", "movie-sentiment", "mean accuracy",
                       "accuracy of tfidf_logistic_regression, each seed"),
    "spam": ("text-classification", "spam", "macro_f1", "macro_f1 of tfidf_logistic_regression"),
    "chinese-reviews": ("text-classification", "chinese-sentiment", "macro_f1",
                        "macro_f1 of tfidf_logistic_regression"),
    "regression": ("regression", "movie-strength", "pearson", "pearson of tfidf_ridge"),
    "several-labels": ("multi-label-classification", "tweets-entity-types", "macro_f1",
                       "macro_f1 of tfidf_one_vs_rest"),
    "named-entities": ("token-classification", "tweets-ner", "f1", "f1 of most_frequent_tag"),
    "chinese-names": ("token-classification", "people-daily-ner", "f1", "f1 of most_frequent_tag"),
    "question-answering": ("question-answering", "squad-dev", "f1", "f1 of question_word"),
    "replies": ("chat", "chitchat-replies", "perplexity", "perplexity of untuned"),
    "shakespeare": ("language-modelling", "shakespeare", "perplexity", "perplexity of untuned"),
    "phonemes": ("text-to-text", "cmudict", "phoneme_error_rate",
                 "phoneme_error_rate of translation_memory"),
    "found-replies": ("sentence-similarity", "chitchat-replies", "recall_1",
                      "recall_1 of untuned"),
}  # fmt: skip


def _tasks(parts: dict) -> list[str]:
    """Metric, baseline, seconds and memory of each task's recipe."""
    rows = []
    for part, (task, data, metric, baseline) in TASKS.items():
        if part not in parts:
            continue
        figures = parts[part]["figures"]
        beside, seconds = figures[baseline], figures["training seconds"]
        beside = sum(beside) / len(beside) if isinstance(beside, list) else beside
        seconds = seconds["median"] if isinstance(seconds, dict) else seconds
        memory = figures.get("memory of the process, MB")
        rows.append(
            f"| `{task}` | `{data}` | {metric.removeprefix('mean ')} {figures[metric]:.3f} "
            f"| {beside:.3f} | {seconds:.0f} | {f'{memory:,.0f}' if memory else '–'} |"
        )
    if not rows:
        return []
    return [
        "| task | sample | metric | baseline | training, seconds | memory, MB |",
        "| --- | --- | --- | --- | --- | --- |", *rows, "",
    ]  # fmt: skip


def _measured(goal: str, verdict: dict, figures: dict) -> str:
    spread = figures.get(goal)
    if isinstance(spread, dict) and {"low", "high", "n"} <= set(spread):
        low, high = f"{spread['low']:.3g}", f"{spread['high']:.3g}"
        return f"{verdict['value']:.3g} ({low} to {high}, n = {spread['n']})"
    return f"{verdict['value']:.3g}"


def _bound(verdict: dict) -> str:
    if verdict["at_least"] is not None:
        return f"at least {verdict['at_least']:g}"
    return f"at most {verdict['at_most']:g}"


if __name__ == "__main__":
    raise SystemExit(main())
