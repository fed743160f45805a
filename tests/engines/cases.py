"""Recipes whose runs by two processes are held against those by one: each task, each path.

Without dropout, in fp32. A step has two batches of 7 rows and the last one of a pass fewer, so that
no share is even; the last of 20 steps lies inside a pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import workbench as wb
from tests.training import (
    pairs,
    test_chat,
    test_language_modelling,
    test_masked_language_modelling,
    test_multi_label,
    test_preferences,
    test_question_answering,
    test_regression,
    test_sentence_similarity,
    test_token_classification,
    tiny,
)
from tests.training import test_text_to_text as for_texts

STEPS = dict(batch_size=7, gradient_accumulation=2, max_steps=20, evaluate_every=10,
             learning_rate=1e-4, checkpoint_every=50, test_size=13, validation_size=13,
             precision="fp32")  # fmt: skip


def _uneven() -> pd.DataFrame:
    """One class has twice the other's texts, so that their slopes do not cancel at first."""
    frame = tiny.frame(140)
    return frame[(frame.index % 4 != 1)].reset_index(drop=True)


def read(folder: Path, **about: Any) -> wb.Recipe:
    """Of an encoder with a head; texts are classified unless ``about`` says otherwise."""
    if not (folder / "bert").exists():
        tiny.save_model(folder / "bert", dropout=0.0)
    usual = dict(model=str(folder / "bert"), dataset=_uneven(), max_length=32, **STEPS)
    return wb.Recipe(**{**usual, **about})


def _of(module: Any, *before: Any) -> Callable[..., wb.Recipe]:
    """A recipe of a test module's ``recipe_for``."""
    return lambda folder, **about: module.recipe_for(folder, *before, **{**STEPS, **about})


def _exact(make: Callable[..., wb.Recipe], **about: Any) -> Callable[[Path], wb.Recipe]:
    return lambda folder: make(folder, speed="exact", **about)


def _plain(make: Callable[..., wb.Recipe], **about: Any) -> Callable[[Path], wb.Recipe]:
    return lambda folder: make(folder, **about)


def _parted(
    make: Callable[..., wb.Recipe], way: str = "fsdp", **about: Any
) -> Callable[[Path], wb.Recipe]:
    """Weights in parts; how many processes there are is the driver's to say."""
    return lambda folder: make(folder, hardware={"devices": 2, "parallel": way}, **about)


def _distilled(folder: Path) -> wb.Recipe:
    """The teacher is a model that knows nothing, of other random weights."""
    recipe = read(folder)
    teacher = folder / "teacher" / "run"
    if not teacher.exists():
        teacher.parent.mkdir(exist_ok=True)
        wb.fine_tune(recipe.replace(max_steps=4, learning_rate=1e-2), teacher, progress=False)
    loss = {"kind": "distillation", "teacher": str(teacher), "hidden": 0.5}
    return recipe.replace(loss=loss)


def _dropping(folder: Path, **about: Any) -> wb.Recipe:
    """Two passes that differ; attention draws nothing, since it drops without being asked how."""
    if not (folder / "striped").exists():
        config = folder / "striped" / "config.json"
        tiny.save_model(folder / "striped")
        said = json.loads(config.read_text("utf-8"))
        config.write_text(json.dumps({**said, "attention_probs_dropout_prob": 0.0}), "utf-8")
    how = {"kind": "rdrop"}
    return read(folder, model=str(folder / "striped"), regularisation=how, **about)


TAGS = dict(task="token-classification", dataset=test_token_classification.tagged())
# the bias of a span's scores has no slope, and AdamW makes steps of what rounding leaves of it
SPANS = dict(task="question-answering", dataset=test_question_answering.questions(96),
             learning_rate=1e-5)  # fmt: skip
SETS = dict(task="multi-label-classification", dataset=test_multi_label.labelled(96))
NUMBERS = dict(task="regression", dataset=test_regression.scored())
LORA = {"kind": "lora", "rank": 4}
WEIGHTS = {"class-0": 1.0, "class-1": 0.8}
CROSS = {"kind": "cross_encoder"}

#: Where the slopes of a model that knows nothing nearly cancel, one process is as far from itself
#: when its batches are cut otherwise.
LOOSE = {"pairs": 1e-4, "two-rows": 1e-5, "parts-two-rows": 1e-5}
WHOLE = "whole"  # the run that one that is paused, stopped and killed has to equal
#: Where dropout draws nothing; see :func:`tests.engines.troubles.striped`.
STRIPED = {"rdrop", "rdrop-exact", "parts-rdrop"}
PARTED = "parts"  # each process has a part of the weights: the case that is always run
CASES: dict[str, Callable[[Path], wb.Recipe]] = {
    "classes": _plain(read, class_weights=WEIGHTS),
    "classes-exact": _exact(read, class_weights=WEIGHTS),
    "sets": _plain(read, **SETS),
    "sets-exact": _exact(read, **SETS),
    "numbers": _plain(read, **NUMBERS),
    "numbers-exact": _exact(read, **NUMBERS),
    "tags": _plain(read, **TAGS),
    "tags-exact": _exact(read, **TAGS),
    "spans": _plain(read, **SPANS),
    "spans-exact": _exact(read, **SPANS),
    "vectors": _plain(_of(test_sentence_similarity), dataset=pairs.frame(negatives=True)),
    "pairs": _plain(_of(test_sentence_similarity), matching=CROSS),
    "words": _plain(_of(test_language_modelling)),
    "words-texts": _plain(_of(test_language_modelling), rows={"kind": "texts"}),
    "gaps": _plain(_of(test_masked_language_modelling)),
    "texts": _plain(_of(for_texts, "t5")),
    "texts-decoder": _plain(_of(for_texts, "gpt2")),
    "talks": _plain(_of(test_chat)),
    "talks-packed": _plain(_of(test_chat), rows={"kind": "packed"}),
    "talks-lora": _plain(_of(test_chat), method=LORA),
    "talks-packed-lora": _plain(_of(test_chat), rows={"kind": "packed"}, method=LORA),
    "preferences": _plain(_of(test_preferences)),
    "lora": _plain(read, method=LORA),
    "layerwise": _plain(read, method={"kind": "layerwise"}),
    "gradual": _plain(read, method={"kind": "gradual"}),
    "bitfit": _plain(read, method={"kind": "bitfit"}),
    "prefix": _plain(_of(test_chat), method={"kind": "prefix"}),
    "prompt": _plain(read, method={"kind": "prompt"}),
    "mixup": _plain(read, regularisation={"kind": "mixup"}),
    "fgm": _plain(read, adversarial={"kind": "fgm"}),
    "pgd": _plain(read, adversarial={"kind": "pgd"}),
    "ema": _plain(read, averaging={"kind": "ema", "decay": 0.9}),
    "swa": _plain(read, averaging={"kind": "swa", "start": 0.5}),
    "rdrop": _dropping,
    "rdrop-exact": _exact(_dropping),
    "early": _plain(read, early_stopping=1, evaluate_every=2, learning_rate=1e-6),
    "one-row-a-batch": _plain(read, batch_size=1),
    "two-rows": _plain(read, max_train_examples=2, gradient_accumulation=3, **NUMBERS),
    "few-tested": _plain(read, test_size=2, validation_size=2),
    "focal": _plain(read, focal_gamma=2.0, label_smoothing=0.0),
    "symmetric": _plain(read, loss={"kind": "symmetric"}),
    "distillation": _distilled,
    "copies": _plain(read, augmentation={"kind": "deletion"}),
    "snapshots": _plain(read, snapshots=True),
    PARTED: _parted(read, speed="exact", class_weights=WEIGHTS),
    "parts-tags": _parted(read, speed="exact", **TAGS),
    "parts-sets": _parted(read, speed="exact", **SETS),
    "parts-numbers": _parted(read, speed="exact", **NUMBERS),
    "parts-spans": _parted(read, speed="exact", **SPANS),
    "parts-words": _parted(_of(test_language_modelling)),
    "parts-gaps": _parted(_of(test_masked_language_modelling), speed="exact"),
    "parts-texts": _parted(_of(for_texts, "t5")),
    "parts-talks": _parted(_of(test_chat)),
    "parts-talks-packed-lora": _parted(_of(test_chat), rows={"kind": "packed"}, method=LORA),
    "parts-preferences": _parted(_of(test_preferences)),
    "parts-lora": _parted(read, speed="exact", method=LORA),
    "parts-layerwise": _parted(read, speed="exact", method={"kind": "layerwise"}),
    "parts-bitfit": _parted(read, speed="exact", method={"kind": "bitfit"}),
    "parts-head": _parted(read, speed="exact", method={"kind": "head"}),
    "parts-one-row-a-batch": _parted(read, speed="exact", batch_size=1),
    "parts-two-rows": _parted(read, speed="exact", max_train_examples=2, gradient_accumulation=3,
                              **NUMBERS),
    "parts-snapshots": _parted(read, speed="exact", snapshots=True),
    "parts-rdrop": _parted(_dropping, speed="exact"),
}
#: By DeepSpeed, which few have: ``make test-engines`` runs them, no gradient of theirs is seen.
ZERO: dict[str, Callable[[Path], wb.Recipe]] = {
    "zero": _parted(read, "deepspeed", speed="exact", class_weights=WEIGHTS),
    "zero-tags": _parted(read, "deepspeed", speed="exact", **TAGS),
    "zero-spans": _parted(read, "deepspeed", speed="exact", **SPANS),
    "zero-words": _parted(_of(test_language_modelling), "deepspeed"),
    "zero-texts": _parted(_of(for_texts, "t5"), "deepspeed"),
    "zero-talks-packed-lora": _parted(_of(test_chat), "deepspeed", rows={"kind": "packed"},
                                      method=LORA),
    "zero-layerwise": _parted(read, "deepspeed", speed="exact", method={"kind": "layerwise"}),
    "zero-one-row-a-batch": _parted(read, "deepspeed", speed="exact", batch_size=1),
}  # fmt: skip
