"""Models that write: what minutes of training make of them, beside the model before tuning."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from pathlib import Path

import workbench as wb
from tests.benchmarks.measure import Goal
from workbench import catalog
from workbench.catalog.own_nets import speller
from workbench.data.reading import sources

SHARE = "share of the perplexity before tuning"
BLOCK = 128  # tokens
IN_BLOCKS = f"perplexity in blocks of {BLOCK} tokens"
SECONDS = 60  # of training, where bf16 is the faster format; elsewhere the same steps


def replies(scale: str):
    """Replies of students, 36 steps of LoRA: perplexity against the model before tuning."""
    recipe = wb.Recipe(task="chat", method="lora", max_steps=36, max_eval_examples=40,
                       generation={"kind": "greedy", "max_new_tokens": 24})  # fmt: skip
    return _written(recipe, "perplexity", scale, at_most=83, share=0.5)


def shakespeare(scale: str):
    """Plays of the First Folio, 29 steps of LoRA: perplexity against the model before tuning.

    Of passages by windows that overlap, behind the text before them, as the run measures it; and in
    blocks, as the goals have it (75, from 125), of a play that is left out of the data.
    """
    plays = next(iter(sources.load("sample:shakespeare").values())).to_pandas()
    other = plays["title"] == "comedy of errours"
    part = plays["text"][other].iloc[0][20_000:50_000]
    recipe = wb.Recipe(task="language-modelling", method="lora", max_steps=29,
                       dataset=plays[~other], max_eval_examples=12)  # fmt: skip

    def in_blocks(run):
        return {
            "measured by": f"windows of {recipe.max_length} tokens that overlap by half, of "
                           "passages of 1,000 characters behind what stands before them",
            IN_BLOCKS: _in_blocks(run.model_path, part),
            f"{IN_BLOCKS} of untuned": _in_blocks(catalog.model_folder(recipe.model), part),
        }  # fmt: skip

    figures, goals = _written(recipe, "perplexity", scale, beside=in_blocks, held=True)
    tuned, before = (figures[name] for name in (IN_BLOCKS, f"{IN_BLOCKS} of untuned"))
    return figures, [Goal(IN_BLOCKS, tuned, at_most=75),
                     Goal(f"{SHARE}, in blocks", tuned / before, at_most=0.6), *goals]  # fmt: skip


def _in_blocks(folder: Path, text: str, most: int = 40) -> float:
    """Perplexity of a text in blocks that begin with nothing; their first tokens do not count."""
    import torch
    import transformers as hf

    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    model = hf.AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = tokenizer(text)["input_ids"]
    starts = range(0, min(len(ids) - BLOCK, most * BLOCK), BLOCK)
    blocks = torch.tensor([ids[start : start + BLOCK] for start in starts])
    with torch.no_grad():
        nats = [float(model(input_ids=part, labels=part).loss) * len(part)
                for part in blocks.split(4)]  # fmt: skip
    return math.exp(sum(nats) / len(blocks))


def phonemes(scale: str):
    """Spelling to phonemes from nothing, 275 steps: phoneme error rate against the nearest word."""
    words = next(iter(sources.load("sample:cmudict").values())).to_pandas()
    words = words[words["word"].str.fullmatch("[a-z]{3,12}")]
    plain = words["phonemes"].str.replace(r"[012]", "", regex=True)
    words = words.assign(phonemes=plain).drop_duplicates("word")  # a word's first pronunciation
    with tempfile.TemporaryDirectory() as folder:
        symbols = {symbol for said in words["phonemes"] for symbol in said.split()}
        recipe = wb.Recipe(
            task="text-to-text", dataset=words, model=speller.make(Path(folder), symbols),
            columns={"source": "word", "target": "phonemes"}, writes="pronunciation",
            learning_rate=2e-3, batch_size=128, max_steps=275, max_length=24, warmup=100,
            max_train_examples=275 * 128, max_eval_examples=200,
            length_grouping=False,  # words are short: little is padded
            generation={"kind": "greedy", "max_new_tokens": 20},
        )  # fmt: skip
        return _written(recipe, "phoneme_error_rate", scale, at_most=0.30)


def found_replies(scale: str):
    """Replies found among 100 by a bi-encoder, 35 steps: said as it is, which is little."""
    recipe = wb.Recipe(task="sentence-similarity", dataset="sample:chitchat-replies",
                       columns={"anchor": "prompt", "positive": "completion"}, batch_size=32,
                       max_steps=35, max_eval_examples=1000)  # fmt: skip
    return _written(recipe, "recall_1", scale)


def _written(recipe: wb.Recipe, metric: str, scale: str, *, at_most: float | None = None,
             share: float | None = None, beside=lambda run: {}, held: bool = False):  # fmt: skip
    """A recipe's run; ``share`` is the goal of its metric as a share of that before tuning,
    ``beside(run)`` gives more figures; ``held``: it has goals of other figures."""
    if scale == "small":
        recipe = recipe.replace(max_train_examples=64, max_eval_examples=8, max_steps=2)
    run = wb.start(recipe).wait()  # a process of its own: its memory is that of this run alone
    results, measured = run.results(), run.metrics("test")
    steps = run.history().query("kind == 'step'")
    precision = json.loads((run.path / "environment.json").read_text("utf-8"))["precision"]
    seconds = float(results["training_seconds"])
    figures = {
        "training examples": run.data_info()["examples"]["train"],
        "steps, batch, learning rate": [
            recipe.max_steps, recipe.batch_size, recipe.learning_rate
        ],
        "number format": precision,
        **{name: value for name, value in measured.items() if name != "loss"},
        **{f"{metric} of {name}": values[metric]
           for name, values in results["baselines"].items() if metric in values},
        "training seconds": seconds,
        "seconds of the steps alone": float(steps["seconds"].sum()),
        "memory of the process, MB": float(steps["memory_mb"].max()),
        **beside(run),
    }  # fmt: skip
    shutil.rmtree(run.path)
    goals = []
    if at_most is not None:
        goals.append(Goal(metric, measured[metric], at_most=at_most))
    if share is not None:
        before = results["baselines"]["untuned"][metric]
        goals.append(Goal(SHARE, measured[metric] / before, at_most=share))
    if (goals or held) and precision == "bf16":
        goals.append(Goal("training seconds", seconds, at_most=SECONDS))
    return figures, goals
