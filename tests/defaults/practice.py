"""Tricks of the trade, each against leaving it off: the same draws, the same seeds, paired.

``python -m tests.defaults.practice [CHOICE ...]`` runs what has not been run and fills in the table
of ``docs/practice.md``. A choice changes one field of the default recipe; its effect is the mean
over data sets and seeds of what its test gains, in points, with a 95 % interval of the mean.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.intervals import mean_interval
from workbench.lab import QUIET

from . import cells, page

ROOT = Path(__file__).parents[2]
KEPT, PAGE = ROOT / ".practice", ROOT / "docs" / "practice.md"
RECORD = ROOT / "docs" / "measured" / "practice.jsonl"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
DATA, SIZE, SEEDS = ("reviews", "questions", "names"), 500, (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Choice:
    """``beside`` is what the arm without it says, where that is not nothing; ``on`` its data."""

    name: str
    source: str
    changes: dict[str, Any]
    beside: dict[str, Any] | None = None
    on: tuple[str, ...] = DATA


_TEXTS = ("reviews", "questions")  # of one class a text
CHOICES = (
    Choice("dropout 0.2", "Srivastava et al., 2014", {"dropout": 0.2}),
    Choice("no dropout", "Srivastava et al., 2014", {"dropout": 0.0}),
    Choice("label smoothing 0.1", "Szegedy et al., 2016", {"label_smoothing": 0.1}),
    Choice("weight decay 0.1", "Loshchilov and Hutter, 2019", {"weight_decay": 0.1}),
    Choice("symmetric cross-entropy", "Wang et al., 2019", {"loss": {"kind": "symmetric"}}),
    Choice("symmetric cross-entropy, alpha 1", "Wang et al., 2019",
           {"loss": {"kind": "symmetric", "alpha": 1.0}}),
    Choice("R-Drop", "Wu et al., 2021", {"regularisation": {"kind": "rdrop"}}),
    Choice("mixup", "Zhang et al., 2018; Sun et al., 2020", {"regularisation": {"kind": "mixup"}},
           on=_TEXTS),
    Choice("FGM", "Miyato et al., 2017", {"adversarial": {"kind": "fgm"}}),
    Choice("PGD", "Madry et al., 2018", {"adversarial": {"kind": "pgd"}}),
    Choice("word deletion", "Wei and Zou, 2019", {"augmentation": {"kind": "deletion"}}),
    Choice("word swap", "Wei and Zou, 2019", {"augmentation": {"kind": "swap"}}),
    Choice("typos", "Belinkov and Bisk, 2018", {"augmentation": {"kind": "typos"}}),
    Choice("nearest words", "Wei and Zou, 2019", {"augmentation": {"kind": "synonyms"}}),
    Choice("entity swap", "Dai and Adel, 2020", {"augmentation": {"kind": "entity_swap"}},
           on=("names",)),
    Choice("EMA", "Polyak and Juditsky, 1992", {"averaging": {"kind": "ema"}}),
    Choice("SWA at a constant rate", "Izmailov et al., 2018",
           {"averaging": {"kind": "swa"}, "schedule": "constant"}),
    Choice("cosine", "Loshchilov and Hutter, 2017", {"schedule": "cosine"}),
    Choice("restarts", "Loshchilov and Hutter, 2017", {"schedule": "cosine_with_restarts"}),
    Choice("one-cycle", "Smith, 2018", {"schedule": "one_cycle"}),
    Choice("inverse square root", "Vaswani et al., 2017", {"schedule": "inverse_sqrt"}),
    Choice("warm-up, stable, decay", "Hägele et al., 2024", {"schedule": "warmup_stable_decay"}),
    Choice("layer-wise rates", "Sun et al., 2019", {"method": {"kind": "layerwise"}}),
    Choice("gradual unfreezing", "Howard and Ruder, 2018", {"method": {"kind": "gradual"}}),
    Choice("lower half frozen", "Lee et al., 2019", {"method": {"kind": "frozen"}}),
    Choice("head alone", "Peters et al., 2019", {"method": {"kind": "head"}}),
    Choice("BitFit", "Ben Zaken et al., 2022", {"method": {"kind": "bitfit"}}),
    Choice("LoRA", "Hu et al., 2021", {"method": {"kind": "lora"}}),
    Choice("DoRA", "Liu et al., 2024", {"method": {"kind": "lora", "variant": "dora"}},
           {"method": {"kind": "lora"}}),
    Choice("rsLoRA at rank 64", "Kalajdzievski, 2023",
           {"method": {"kind": "lora", "rank": 64, "variant": "rslora"}},
           {"method": {"kind": "lora", "rank": 64}}),
    Choice("LoRA+", "Hayou et al., 2024", {"method": {"kind": "lora", "plus": 16}},
           {"method": {"kind": "lora"}}),
    Choice("IA3", "Liu et al., 2022", {"method": {"kind": "ia3"}}),
)  # fmt: skip


def in_turn(
    choices: Sequence[Choice], seeds: Sequence[int] = SEEDS
) -> Iterator[tuple[Choice, cells.Cell, cells.Cell]]:
    """Each choice with its cells without and with it, on the same draws; seed by seed, so that an
    interrupted command has about as many pairs of each."""
    for seed in seeds:
        for choice in choices:
            bare = _arm_without(choice)
            for data in choice.on:
                yield (choice, cells.Cell(data, SIZE, seed, bare, choice.beside or {}),
                       cells.Cell(data, SIZE, seed, choice.name, choice.changes))  # fmt: skip


def _arm_without(choice: Choice) -> str:
    """Name of the arm that a choice is compared with: another choice's, if it says the same."""
    if choice.beside is None:
        return cells.DEFAULT
    same = (one.name for one in CHOICES if one.changes == choice.beside)
    return next(same, f"beside {choice.name}")


def is_known(cell: cells.Cell, kept: Path, record: Mapping[str, Any]) -> bool:
    """Whether a cell was run before."""
    name = cells.key(cell)
    return name in record or (kept / f"{name}.json").exists()


def effect(without: Sequence[dict[str, Any]], with_it: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean gain in points with its interval, by data set too; median ratio of training seconds."""
    gains = [page.gain(b, a["test"]) for a, b in zip(without, with_it, strict=True)]
    low, high = mean_interval(np.array(gains), few=True)
    by_data: dict[str, list[float]] = {}
    for one, gained in zip(with_it, gains, strict=True):
        by_data.setdefault(one["data"], []).append(gained)
    ratios = [b["training_seconds"] / a["training_seconds"]
              for a, b in zip(without, with_it, strict=True)]  # fmt: skip
    return {"gain": float(np.mean(gains)), "low": low, "high": high, "pairs": len(gains),
            "by_data": {name: float(np.mean(found)) for name, found in by_data.items()},
            "cost": float(np.median(ratios))}  # fmt: skip


def row(choice: Choice, found: dict[str, Any]) -> str:
    """A line of the table."""
    verdict = "helps" if found["low"] > 0 else "harms" if found["high"] < 0 else "not told apart"
    by_data = ", ".join(f"{name} {gain:+.1f}" for name, gain in found["by_data"].items())
    beside = "" if choice.beside is None else " beside plain LoRA"
    interval = f"{found['low']:+.1f} to {found['high']:+.1f} ({found['pairs']} pairs)"
    parts = [choice.name + beside, choice.source, f"{found['gain']:+.1f}", interval, by_data,
             f"{found['cost']:.2f}", verdict]  # fmt: skip
    return f"| {' | '.join(parts)} |"


def write(rows: Sequence[str], path: Path) -> None:
    """Put the rows between the marks of the page."""
    head = ["| choice | source | effect, points | interval | by data set | time | |",
            "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([*head, *rows])
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def main(argv: list[str] | None = None) -> int:
    """Run pairs and write the page; 1 when one of them broke."""
    for name, value in {**QUIET, "HF_HUB_OFFLINE": "1"}.items():
        os.environ.setdefault(name, value)
    parser = argparse.ArgumentParser(prog="python -m tests.defaults.practice", description=__doc__)
    parser.add_argument("choices", nargs="*", help="names of choices; all where left out")
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS, help="only these seeds")
    parser.add_argument("--minutes", type=float, help="begin no pair after so many")
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(argv)
    known = {choice.name: choice for choice in CHOICES}
    if unknown := sorted(set(asked.choices) - set(known)):
        parser.error(f"{unknown[0]!r} is no choice; there are: {', '.join(known)}")
    chosen = [known[name] for name in asked.choices or known]
    record = cells.recorded(asked.record)  # not make defaults': seconds of another day
    started, broken = time.monotonic(), 0
    measured: dict[str, list[tuple[Any, Any]]] = {choice.name: [] for choice in chosen}
    for choice, *both in in_turn(chosen, asked.seeds):
        fresh = [one for one in both if not is_known(one, asked.kept, record)]
        if fresh and asked.minutes and time.monotonic() - started > 60 * asked.minutes:
            continue
        try:
            found = [record.get(cells.key(one)) or cells.run(one, asked.kept) for one in both]
        except Exception as error:  # noqa: BLE001 - the others are run all the same
            broken += 1
            print(f"{choice.name} on {both[1].data}, seed {both[1].seed}, broke: {error}",
                  flush=True)  # fmt: skip
            continue
        cells.write_down({cells.key(cell): one for cell, one in zip(both, found, strict=True)
                          if cells.key(cell) not in record}, asked.record)  # fmt: skip
        measured[choice.name].append((found[0], found[1]))
        if fresh:
            gained = page.gain(found[1], found[0]["test"])
            print(f"{choice.name}, {both[1].data}, seed {both[1].seed}: {gained:+.1f}", flush=True)
    rows = [row(choice, effect(*zip(*pairs, strict=True))) for choice in chosen
            if len(pairs := measured[choice.name]) > 1]  # fmt: skip
    print("\n".join(rows))
    if rows and not asked.choices:
        write(rows, asked.page)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
