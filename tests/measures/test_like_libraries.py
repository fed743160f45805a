"""BLEU and chrF against sacrebleu, ROUGE against what rouge-score 0.1.2 gave, nDCG and more.

``rouge_scores.json`` holds F1, precision and recall without stemming: of ASCII texts as the library
cuts them, of others with a cutting of its own (letters, digits and their marks; Chinese characters
and kana each by itself) that was written apart from ours.
"""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from tests.measures.texts import drawn_texts
from workbench.measures.overlap import PARTS, rouge
from workbench.measures.translation import bleu, chrf

ROUGE = json.loads(Path(__file__).with_name("rouge_scores.json").read_text("utf-8"))
TOKENIZERS = {"en": "13a", "de": "13a", "zh": "zh", "ja": "char", "ko": "char"}


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)


@pytest.mark.parametrize("language", TOKENIZERS)
def test_bleu_of_all_and_of_each_row_is_sacrebleus(language):
    outputs, references = drawn_texts(150, seed=1)
    found, whole = bleu(outputs, references, language=language), BLEU(tokenize=TOKENIZERS[language])
    wanted = whole.corpus_score(outputs, [references])
    assert found.value == pytest.approx(wanted.score, abs=1e-9) and 0 < found.value < 100
    assert found.signature == str(whole.get_signature())
    single = BLEU(tokenize=TOKENIZERS[language], effective_order=True)
    each = [single.sentence_score(output, [reference]).score
            for output, reference in zip(outputs, references, strict=True)]  # fmt: skip
    assert found.rows == pytest.approx(each, abs=1e-9)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_bleu_of_few_rows_is_sacrebleus(size):
    """Orders without a match are smoothed, orders that no text is long enough for are none."""
    outputs, references = drawn_texts(140, seed=2, longest=9)
    for start in range(0, 140, size):
        some = outputs[start : start + size], references[start : start + size]
        wanted = BLEU().corpus_score(some[0], [some[1]]).score
        assert bleu(*some, language="en").value == pytest.approx(wanted, abs=1e-9)


def test_chrf_is_sacrebleus():
    outputs, references = drawn_texts(300, seed=3)
    found, whole = chrf(outputs, references), CHRF()
    assert found.value == pytest.approx(whole.corpus_score(outputs, [references]).score, abs=1e-9)
    assert found.signature == str(whole.get_signature())
    each = [whole.sentence_score(output, [reference]).score
            for output, reference in zip(outputs, references, strict=True)]  # fmt: skip
    assert found.rows == pytest.approx(each, abs=1e-9)
    assert {0.0, 100.0} < set(found.rows.round(9))


@pytest.mark.parametrize("kind", ["ascii", "mixed"])
def test_rouge_is_that_of_rouge_score(kind):
    rows = [row for row in ROUGE if row["kind"] == kind]
    assert len(rows) == 60
    texts = [[row[side] for row in rows] for side in ("output", "reference")]
    for place, part in enumerate(PARTS):
        found = rouge(*texts, part=part)
        for column, name in enumerate(("rouge1", "rouge2", "rougeL")):
            wanted = [row["scores"][column][place] for row in rows]
            assert found[name].rows == pytest.approx(wanted, abs=1e-8), name
            assert found[name].value == pytest.approx(np.mean(wanted), abs=1e-8)


def test_the_tokenizer_follows_from_the_letters_where_no_language_is_said():
    for text, cut in [("你好世界", "zh"), ("これは本です", "char"), ("hello", "13a"), ("", "13a")]:
        assert f"tok:{cut}|" in bleu([text], [text]).signature
