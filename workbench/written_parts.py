"""What tasks that write declare in common: kinds of writing, their metrics, their baselines."""

from __future__ import annotations

from types import MappingProxyType

from .task_parts import LOSS, Baseline, Metric

#: What is written, as a recipe's ``writes`` says it, and the metric that decides.
DECIDES = MappingProxyType({
    "other": "chrf", "translation": "chrf", "summarisation": "rougeL",
    "pronunciation": "phoneme_error_rate",
})  # fmt: skip

PERPLEXITY = Metric("perplexity", "perplexity", "lower", short="perplexity", share=False,
                    overview=True)  # fmt: skip

#: Metrics of texts that are written for a text; which of them decides says :data:`DECIDES`.
TEXT_METRICS = (
    Metric("chrf", "chrF", "higher", short="chrF", share=False, overview=True),
    Metric("bleu", "BLEU", "higher", short="BLEU", share=False),
    Metric("rougeL", "ROUGE-L", "higher", short="ROUGE-L"),
    Metric("rouge1", "ROUGE-1", "higher"),
    Metric("rouge2", "ROUGE-2", "higher"),
    Metric("exact_match", "exact match", "higher", short="exact"),
    Metric("loose_match", "match without case and signs", "higher"),
    Metric("character_error_rate", "character error rate", "lower", short="CER", share=False),
    Metric("phoneme_error_rate", "phoneme error rate", "lower", short="PER", share=False),
)

#: All of a task that writes for a text: of the texts, and of their probability.
WRITTEN_METRICS = (*TEXT_METRICS, PERPLEXITY, LOSS)

MOST_FREQUENT = Baseline("most_frequent", "what is written most often, always", plain=True)
NEAREST = Baseline("nearest", "what was written for the nearest training text",
                   "the answer to the nearest training text")  # fmt: skip
TOKEN_NGRAMS = Baseline(
    "token_ngrams", "runs of up to 3 tokens, counted", "counted runs of tokens"
)
UNTUNED = Baseline("untuned", "the model before tuning")

#: What is printed beside a model that writes for a text; those that write the same are left out.
WRITTEN_BASELINES = (
    Baseline("copy", "the text itself, copied", plain=True),
    MOST_FREQUENT,
    Baseline("lead", "the first sentences of the text", plain=True),
    Baseline("centroid", "sentences nearest to the whole text", "its most central sentences"),
    Baseline("lexrank", "sentences that are most like the others (LexRank)", "LexRank's sentences"),
    NEAREST,
    Baseline("translation_memory", "translation memory: the target of the nearest by letters",
             "a translation memory"),
    TOKEN_NGRAMS,
    UNTUNED,
)  # fmt: skip
