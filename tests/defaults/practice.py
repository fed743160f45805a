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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.intervals import mean_interval
from workbench.lab import QUIET

from . import cells, page

ROOT = Path(__file__).parents[2]
KEPT, PAGE = ROOT / ".defaults", ROOT / "docs" / "practice.md"
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


def pairs(choice: Choice) -> list[tuple[cells.Cell, cells.Cell]]:
    """The cells without and with a choice, on the same draws."""
    bare = cells.DEFAULT if choice.beside is None else f"beside {choice.name}"
    return [
        (cells.Cell(data, SIZE, seed, bare, choice.beside or {}),
         cells.Cell(data, SIZE, seed, choice.name, choice.changes))
        for seed in SEEDS for data in choice.on
    ]  # fmt: skip


def effect(without: Sequence[dict[str, Any]], with_it: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean gain in points with its interval, by data set too; median ratio of training seconds."""
    gains = [page.gain(b, a["test"]) for a, b in zip(without, with_it, strict=True)]
    low, high = mean_interval(np.array(gains))
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
    parser.add_argument("--minutes", type=float, help="begin no pair after so many")
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(argv)
    known = {choice.name: choice for choice in CHOICES}
    if unknown := sorted(set(asked.choices) - set(known)):
        parser.error(f"{unknown[0]!r} is no choice; there are: {', '.join(known)}")
    started, broken, rows = time.monotonic(), 0, []
    for choice in (known[name] for name in asked.choices or known):
        without, with_it = [], []
        for bare, changed in pairs(choice):
            fresh = any(not (asked.kept / f"{cells.key(one)}.json").exists()
                        for one in (bare, changed))  # fmt: skip
            if fresh and asked.minutes and time.monotonic() - started > 60 * asked.minutes:
                continue
            try:
                both = cells.run(bare, asked.kept), cells.run(changed, asked.kept)
            except Exception as error:  # noqa: BLE001 - the others are run all the same
                broken += 1
                print(f"{choice.name} on {changed.data}, seed {changed.seed}, broke: {error}",
                      flush=True)  # fmt: skip
                continue
            without.append(both[0])
            with_it.append(both[1])
        if len(with_it) > 1:
            rows.append(row(choice, effect(without, with_it)))
            print(rows[-1], flush=True)
    if rows and not asked.choices:
        write(rows, asked.page)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
