"""BLEU and chrF, as sacrebleu measures them, from counts that can be summed.

One reference for each text. BLEU of all rows comes from the counts of all rows and is no mean of
the rows' BLEU. A row's own BLEU has "effective order": orders that a short text cannot have do not
count. Both run from 0 to 100, as they are printed everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from .asked import texts_of
from .measure import Measure, part_of
from .writing_systems import language_of

ORDERS = 4  # longest run of words of BLEU
CHARACTERS = 6  # longest run of characters of chrF
BETA = 2  # chrF counts recall so many times as much as precision

_CUT = {"zh": "zh"} | dict.fromkeys(("ja", "ko", "th", "lo", "my", "km"), "char")


def tokenizer_of(language: str) -> str:
    """sacrebleu's tokenizer for texts in a language, an ISO 639-1 code.

    Japanese and Korean are cut into characters: their own tokenizers need dictionaries that are not
    installed with sacrebleu. So are scripts without blanks.

    >>> tokenizer_of("de"), tokenizer_of("zh"), tokenizer_of("ja")
    ('13a', 'zh', 'char')
    """
    return _CUT.get(language, "13a")


def bleu(outputs: Iterable[str], references: Iterable[str], *, language: str = "") -> Measure:
    """BLEU (Papineni et al., 2002) with exponential smoothing, equal to sacrebleu's.

    Parameters
    ----------
    outputs, references : iterable of str, n_rows
    language : str
        ISO 639-1 code of the texts; "" takes what the letters of the references say. The signature
        has the tokenizer that follows from it.

    Returns
    -------
    Measure
        0 to 100. An empty output has 0.
    """
    from sacrebleu.metrics import BLEU

    outputs, references = texts_of(outputs=outputs, references=references)
    tokenizer = tokenizer_of(language or language_of(references))
    # of single rows: without effective order the library warns of each
    scorer = BLEU(tokenize=tokenizer, effective_order=True)
    parts = np.zeros((len(outputs), 2 * ORDERS + 2))
    for row, (output, reference) in enumerate(zip(outputs, references, strict=True)):
        one = scorer.sentence_score(output, [reference])
        parts[row] = [*one.counts, *one.totals, one.sys_len, one.ref_len]
    whole = BLEU(tokenize=tokenizer)
    whole.corpus_score(["a"], [["a"]])  # only then the signature knows the number of references
    signature = str(whole.get_signature())
    return Measure("bleu", _bleu(parts, effective=True), parts, _bleu, signature)


def _bleu(sums: np.ndarray, *, effective: bool = False) -> np.ndarray:
    """From matches and totals of each order, and both lengths, shape (draws, 10)."""
    matches, totals = sums[:, :ORDERS], sums[:, ORDERS : 2 * ORDERS]
    length, wanted = sums[:, -2], sums[:, -1]
    there, none = totals > 0, matches == 0
    # the first order without a match counts half a match, the next a quarter, ...
    smoothed = np.where(none, 0.5 ** np.cumsum(there & none, axis=1), matches)
    logs = np.log(np.divide(smoothed, totals, out=np.ones_like(totals), where=there))
    orders = there.sum(axis=1)
    precision = np.exp(logs.sum(axis=1) / np.maximum(orders if effective else ORDERS, 1))
    shortness = np.divide(wanted, length, out=np.full(len(sums), np.inf), where=length > 0)
    brevity = np.where(length < wanted, np.exp(np.minimum(0.0, 1 - shortness)), 1.0)
    counts = (matches.sum(axis=1) > 0) & (effective | (orders == ORDERS))
    return np.where(counts, 100 * brevity * precision, 0.0)


def chrf(outputs: Iterable[str], references: Iterable[str]) -> Measure:
    """chrF2 (Popović, 2015): characters in runs of up to 6, blanks left out, as sacrebleu's.

    Returns
    -------
    Measure
        0 to 100; 0 where one of both is empty.
    """
    import sacrebleu

    outputs, references = texts_of(outputs=outputs, references=references)
    parts = np.zeros((len(outputs), 3 * CHARACTERS))
    for row, pair in enumerate(zip(outputs, references, strict=True)):
        mine, theirs = ("".join(text.split()) for text in pair)
        for n in range(1, CHARACTERS + 1):
            found, wanted = _runs(mine, n), _runs(theirs, n)
            matches = sum(min(count, wanted[run]) for run, count in found.items() if run in wanted)
            # an order that the reference is too short for does not count
            parts[row, 3 * n - 3 : 3 * n] = (
                found.total() if wanted else 0, wanted.total(), matches,
            )  # fmt: skip
    signature = f"nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{sacrebleu.__version__}"
    return Measure("chrf", _chrf(parts), parts, _chrf, signature)


def _runs(text: str, n: int) -> Counter[str]:
    return Counter(text[start : start + n] for start in range(len(text) - n + 1))


def _chrf(sums: np.ndarray) -> np.ndarray:
    """From output's and reference's runs and those of both, of each order, shape (draws, 18)."""
    found, wanted, both = (sums[:, start::3] for start in range(3))
    counts = (found > 0) & (wanted > 0)
    orders = np.maximum(counts.sum(axis=1), 1)
    precision, recall = (
        np.where(counts, np.nan_to_num(part_of(both, over)), 0.0).sum(axis=1) / orders
        for over in (found, wanted)
    )
    bottom = BETA**2 * precision + recall
    return 100 * np.nan_to_num(part_of((1 + BETA**2) * precision * recall, bottom))
