"""The model against the data: what its configuration says, and how many tokens texts have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ... import catalog, task_registry
from ...atomic_files import read_json
from ...catalog.loading.judging import judge, positions
from ...catalog.loading.safe_loading import load_config
from ...catalog.loading.token_fit import check_ids, unknown_share, unknown_words
from ...errors import (
    DataError,
    DownloadError,
    ModelError,
    RecipeError,
    SpecError,
    UnknownName,
)
from ...i18n import t
from ...reference import Origin, Reference
from ...task_spec import load_object
from ..columns.cells import as_texts
from ..fixes import blank
from ..rendering import control
from .findings import Case, Finding

if TYPE_CHECKING:
    from ..examples import Examples

BATCH = 1000
REHEARSED = 1000  # rows that are encoded as training encodes them
LOOKED_AT = 100_000  # characters of a text that are tokenised
ROWS = 5000  # texts that are tokenised; a share is then known to 1.4 points


def check_model(case: Case, examples: Examples | None = None) -> Iterator[Finding]:
    """Wrong task, remote code, pickled weights, tokenizer, positions; then lengths in tokens.

    With the examples that training would have, its refusal of them for this model too.
    """
    recipe = case.recipe
    try:
        folder = folder_of(recipe.model)
    except (ModelError, UnknownName) as error:
        yield Finding("error", "model", error.message, 1, (), error.remedy)
        return
    except DownloadError as error:
        yield Finding(
            "info", "model", f"The model was not judged: {error.message}", 1, (), error.remedy
        )
        return
    config = read_json(folder / "config.json")
    bound = positions(config) if isinstance(config, dict) else None
    refused, told = False, set()
    for verdict in judge(
        folder, recipe.model, task=case.mapping.task, max_length=recipe.max_length
    ):
        refused |= verdict.check in ("model", "no tokenizer")
        told.add(verdict.check)
        fix = {"max_length": bound} if verdict.check == "positions too few" else {}
        yield Finding(
            verdict.severity, verdict.check, verdict.what, 1, (), verdict.remedy, fix
        )  # fmt: skip
    if refused:
        return
    if case.frame is not None and (folder / "tokenizer.json").is_file():
        yield from _unknown_words(case, folder)
        yield from _lengths(case, folder, bound)
    if examples is not None and (folder / "tokenizer.json").is_file():
        yield from _control_tokens(case, folder, examples)
    if examples is not None and "positions too few" not in told:
        yield from _rehearse(case, folder, examples)


def _control_tokens(case: Case, folder: Path, examples: Examples) -> Iterator[Finding]:
    """Texts that spell out control tokens where a task that writes nothing reads them as such."""
    declared = task_registry.spec(case.recipe.task, trains=None)
    if declared.output == "text":
        return  # which says it of its rows as they are encoded
    pattern = control.pattern_of(case.tokenizer(folder))
    if pattern is None:
        return
    train = examples.splits["train"]
    read = {"text", "pair", "negatives"}  # as examples call what their roles call otherwise
    read |= {role.name for role in declared.roles if role.kind in ("text", "tokens")}
    texts = train[[name for name in train.columns if name in read]].head(ROWS)
    said, rows = control.said(
        ({name for text in control.texts_in(list(row)) for name in pattern.findall(text)}
         for row in texts.itertuples(index=False)), "written.control_read",
    )  # fmt: skip
    if rows:
        of = f" {t('templates.of_rows', n=ROWS)}" if len(train) > ROWS else ""
        yield Finding("info", "control tokens", said + of, rows, (), t("written.control_read_back"))


def _rehearse(case: Case, folder: Path, examples: Examples) -> Iterator[Finding]:
    """What a task that writes refuses of a model, by the code that training runs."""
    recipe = case.recipe
    declared = task_registry.spec(recipe.task)
    if declared.names_outputs:
        return
    what = f"model {recipe.model}"
    try:
        task = load_object("workbench.tasks:get", f"The task {recipe.task!r}")(recipe.task)
        tokenizer = case.tokenizer(folder)
        config = load_config(folder, what)
        encoded = task.rehearsed(recipe, config, tokenizer, examples, REHEARSED)
    except (DataError, ModelError, RecipeError, SpecError) as error:
        yield Finding("error", "training", error.message, 1, (), error.remedy)
        return
    if encoded is not None and encoded.spelt:
        kept = recipe.reading.get("control_tokens", False)
        whole = len(examples.splits["train"]) > REHEARSED
        of = f" {t('templates.of_rows', n=REHEARSED)}" if whole else ""
        change = {"reading": {**recipe.reading, "control_tokens": True}}
        yield Finding(
            "info" if kept else "warning", "control tokens", encoded.spelt + of,
            encoded.spelt_rows, (), "" if kept else t("written.control_back"),
            {} if kept else change, asked=True,
        )  # fmt: skip
    if encoded is None or encoded.targets is None:
        return
    for side, count in (("sources", encoded.cut), ("targets", encoded.targets_cut)):
        if count > 0:
            yield Finding(
                "warning", f"{side} cut",
                t(f"written.{side}_cut", n=count, rows=len(encoded), share=count / len(encoded)),
                count, (), t(f"written.{side}_cut_back"),
            )  # fmt: skip


def folder_of(reference: str) -> Path:
    """Configuration and tokenizer of a model; a sample that is not here is not fetched for this."""
    found = Reference.parse(reference, "model")
    if found.origin is Origin.SAMPLE:
        table = catalog.samples.status()
        row = table[table["name"] == found.name]
        if len(row) and not bool(row["cached"].iloc[0]):
            raise DownloadError(f"{reference} is not here yet.", "It is fetched for training.")
    return catalog.model_files(reference)


def token_lengths(folder: Path, texts: list[str], pairs: list[str] | None = None) -> np.ndarray:
    """Tokens of each text (or pair), special ones included (int64, shape (n_texts,))."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.fspath(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encode = getattr(tokenizer, "encode_batch_fast", tokenizer.encode_batch)
    lengths: list[int] = []
    items = texts if pairs is None else list(zip(texts, pairs, strict=True))
    for start in range(0, len(items), BATCH):
        lengths += [len(encoding.ids) for encoding in encode(items[start : start + BATCH])]
    return np.asarray(lengths, np.int64)


def _unknown_words(case: Case, folder: Path) -> Iterator[Finding]:
    """Words that the tokenizer does not know, or the model has no vector for, as in training."""
    frame = case.sampled(ROWS)
    texts = frame["text"][~blank(frame["text"])].astype(str).str.slice(0, 100_000).tolist()
    if not texts:
        return
    what = f"model {case.recipe.model}"
    try:
        tokenizer = case.tokenizer(folder)
        ids = tokenizer(texts, return_attention_mask=False, verbose=False)["input_ids"]
        flat = np.fromiter((one for row in ids for one in row), np.int64)
        vectors = (read_json(folder / "config.json") or {}).get("vocab_size")
        check_ids(flat, vectors if isinstance(vectors, int) else None, tokenizer, what)
        said = unknown_words(unknown_share(flat, tokenizer), what)
    except ModelError as error:
        yield Finding("error", "unknown words", error.message, len(texts), (), error.remedy)
        return
    if said:
        yield Finding(
            "warning", "unknown words", said + case.sampled_note(ROWS), len(texts), (),
            "Choose a model for the language and script of the texts.",
        )  # fmt: skip


def _lengths(case: Case, folder: Path, bound: int | None) -> Iterator[Finding]:
    import pandas as pd

    frame = case.sampled(ROWS)
    frame = frame[~blank(frame["text"])]
    if not len(frame):
        return
    said = case.sampled_note(ROWS)
    texts = frame["text"].astype(str).str.slice(0, LOOKED_AT).tolist()
    pairs = as_texts(frame["pair"]).tolist() if "pair" in frame.columns else None
    try:
        lengths = token_lengths(folder, texts, pairs)
    except Exception as error:  # the tokenizers library raises no narrower kind
        yield Finding(
            "error", "tokenizer", f"tokenizer.json of {case.recipe.model} cannot be used: {error}."
        )
        return
    limit = case.recipe.max_length
    cut = lengths > limit
    case.tables["lengths"] = pd.DataFrame(
        {"split": frame["split"].to_numpy(), "row": frame["row"].to_numpy(), "tokens": lengths}
    )
    middle, high, top = (int(v) for v in np.quantile(lengths, [0.5, 0.95, 1.0]))
    if (frame["text"].astype(str).str.len() > LOOKED_AT).any():
        said = f" {t('lengths.looked_at', most=LOOKED_AT)}{said}"
    facts = f"half of the texts have at most {middle:,} tokens, 95 % at most {high:,}, all {top:,}"
    if not cut.any():
        yield Finding(
            "info", "lengths", f"No text is cut at max_length={limit:,}: {facts}"
            + said + ".", 0,
        )  # fmt: skip
        return
    if task_registry.spec(case.recipe.task, trains=None).lays_rows:
        yield Finding(
            "info", "lengths",
            t("lengths.laid", share=cut.mean(), max_length=limit, n=int(cut.sum()))
            + f" {facts[0].upper()}{facts[1:]}{said}.", int(cut.sum()),
            case.places(cut, frame=frame),
        )  # fmt: skip
        return
    better = min(int(-(-high // 8) * 8), bound or 10**9)
    yield Finding(
        "warning" if cut.mean() > 0.05 else "info", "lengths",
        f"{cut.mean():.1%} of the texts are longer than max_length={limit:,} and are cut, {facts}"
        + said + ".", int(cut.sum()), case.places(cut, frame=frame),
        "Raise max_length when the end of a text matters; training gets slower.",
        {"max_length": better} if better > limit else {},
    )  # fmt: skip
