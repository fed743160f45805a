"""Measures by hand, and what must hold whatever the texts are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measures.texts import drawn_texts
from workbench.errors import DataError
from workbench.measures.asked import texts_of
from workbench.measures.language import wrong_language
from workbench.measures.likelihood import bits_per_character, perplexity
from workbench.measures.measure import mean_of, share_of
from workbench.measures.overlap import longest_common, rouge
from workbench.measures.sameness import edit_distance, error_rate, exact_match, loose, plain
from workbench.measures.shape import copied, distinct, length_ratio, repetition
from workbench.measures.translation import bleu, chrf
from workbench.measures.words import words
from workbench.measures.written import KINDS, of_symbols, written_measures

SHORT = st.text(alphabet="ab 你好é.", max_size=12)
TOKENS = st.lists(st.sampled_from("abc"), max_size=70)


@pytest.mark.parametrize(("text", "wanted"), [
    pytest.param("Don't STOP, x_1!", ["don", "t", "stop", "x", "1"], id="ascii"),
    pytest.param("我用 NLP 2次。", ["我", "用", "nlp", "2", "次"], id="chinese"),
    pytest.param("हिन्दी में", ["हिन्दी", "में"], id="marks"),
    pytest.param("Größe—straße", ["größe", "straße"], id="german"),
    pytest.param("🙂 ... ，\u0301", [], id="signs"),
    pytest.param("น้ำ 2_x", ["น้", "ำ", "2", "x"], id="thai"),
    pytest.param("", [], id="empty"),
])  # fmt: skip
def test_words(text, wanted):
    assert words(text) == wanted


def test_shapes_by_hand():
    outputs, references = ["a b a b a", "", "x"], ["a b", "c d", ""]
    ratio = length_ratio(outputs, references)
    assert ratio.rows.tolist()[:2] == [2.5, 0.0] and math.isnan(ratio.rows[2])
    assert ratio.value == 6 / 4 and ratio.undefined == 1
    again = repetition(outputs, n=2)  # a b, b a, a b, b a: two of four stood before
    assert again.rows[0] == 0.5 and again.value == 0.5 and again.undefined == 2
    same = copied(["a b c d", "x y z"], ["z a b c", "x y"], n=2)
    assert same.rows.tolist() == pytest.approx([2 / 3, 1 / 2]) and same.value == 3 / 5
    one = distinct(["a b a", "b c"], n=1)  # a, b, c of five words
    assert one.value == 3 / 5 and one.rows.tolist() == pytest.approx([2 / 3, 1])
    # without the first b, c of two; without the second a, b of three
    assert one.left_out.tolist() == pytest.approx([1.0, 2 / 3])
    assert repetition(["我 我 我"], n=1).value == pytest.approx(2 / 3)


def test_likelihood_by_hand():
    nats, tokens = np.log([8.0, 2.0, 5.0]), np.array([3.0, 1.0, 0.0])
    found = perplexity(nats, tokens)
    assert found.value == pytest.approx(2.0) and found.rows[0] == pytest.approx(2.0)
    assert math.isnan(found.rows[2]) and found.undefined == 1
    bits = bits_per_character(nats, np.array([6.0, 2.0, 0.0]))
    assert bits.value == pytest.approx(0.5) and bits.rows[1] == pytest.approx(0.5)
    unknown = perplexity(np.array([np.nan, 0.0]), np.array([2.0, 2.0]))
    assert unknown.value == 1.0 and unknown.undefined == 1
    assert math.isfinite(perplexity(np.array([1e6]), np.array([1.0])).value)
    with pytest.raises(ValueError, match="Shapes"):
        perplexity(np.zeros(2), np.zeros(3))


@pytest.mark.parametrize(("output", "reference", "strict", "easy"), [
    pytest.param("Yes.", "yes", False, True, id="case-and-stop"),
    pytest.param("a  b\n", "a b", True, True, id="blanks"),
    pytest.param("e\u0301", "é", True, True, id="composed"),
    pytest.param("１２，３", "12,3", False, True, id="wide"),
    pytest.param("1.5", "15", False, False, id="point-of-a-number"),
    pytest.param("-3", "3", False, False, id="minus"),
    pytest.param("(a)", "a", False, True, id="brackets"),
    pytest.param("50%", "50", False, False, id="percent"),
    pytest.param("", "", True, True, id="empty"),
    pytest.param("", "。", False, True, id="signs-alone"),
    pytest.param("ß", "SS", False, True, id="folded"),
    pytest.param("well-known", "well known", False, True, id="hyphen"),
])  # fmt: skip
def test_exact_match(output, reference, strict, easy):
    assert exact_match([output], [reference]).value == strict
    assert exact_match([output], [reference], without_signs=True).value == easy


def test_error_rates_by_hand():
    found = error_rate(["K AE T", ""], ["K AE T S", "D AO G"], unit="blanks")
    assert found.rows.tolist() == [0.25, 1.0] and found.value == 4 / 7
    assert error_rate(["the cat"], ["A cat!"]).value == 0.5
    assert error_rate(["你号"], ["你好"], unit="characters").value == 0.5
    empty = error_rate(["abc", "a"], ["", "a"], unit="characters")
    assert math.isnan(empty.rows[0]) and empty.value == 3.0
    with pytest.raises(ValueError, match="letters"):
        error_rate([], [], unit="letters")


@settings(max_examples=150, deadline=None)
@given(TOKENS, TOKENS)
def test_distances_are_those_of_the_whole_table(one, two):
    same = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    edits = [[max(i, j) for j in range(len(two) + 1)] for i in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            same[i + 1][j + 1] = same[i][j] + 1 if a == b else max(same[i][j + 1], same[i + 1][j])
            around = edits[i][j] + (a != b), edits[i][j + 1] + 1, edits[i + 1][j] + 1
            edits[i + 1][j + 1] = min(around)
    assert longest_common(one, two) == same[-1][-1]
    assert edit_distance(one, two) == edits[-1][-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SHORT, SHORT, SHORT), max_size=4), st.sampled_from(KINDS))
def test_all_measures_hold_for_any_texts(rows, kind):
    outputs, references, sources = ([row[side] for row in rows] for side in range(3))
    found = written_measures(outputs, references, sources, kind=kind)
    assert list(found)[0] == {"translation": "chrf", "summarisation": "rougeL",
                              "pronunciation": "phoneme_error_rate", "other": "chrf"}[kind]
    for name, one in found.items():
        assert one.name == name and one.signature and len(one) == len(rows)
        most = {"bleu": 100, "chrf": 100}.get(name, 1)
        known = one.rows[~np.isnan(one.rows)]
        assert (known >= 0).all(), name
        if name not in ("length_ratio", "character_error_rate", "phoneme_error_rate"):
            assert (known <= most + 1e-9).all(), name
            assert math.isnan(one.value) or -1e-9 <= one.value <= most + 1e-9


def test_a_perfect_output_is_perfect():
    texts = ["The cat sat on the mat.", "我爱机器学习", "привет мир снова и снова", "一つの本です"]
    found = written_measures(texts, texts, texts, kind="translation", language="en")
    for name in ("exact_match", "loose_match", "rouge1", "rougeL", "length_ratio", "copied_3"):
        assert found[name].value == 1.0, name
    assert found["chrf"].value == found["bleu"].value == pytest.approx(100.0)
    assert found["character_error_rate"].value == 0.0
    assert {name for name in found if name.startswith(("invented", "lost"))} >= {"lost_numbers"}


def test_one_row_is_its_own_whole():
    outputs, references = drawn_texts(40, seed=4)
    for output, reference in zip(outputs, references, strict=True):
        for one in (chrf([output], [reference]), *rouge([output], [reference]).values(),
                    copied([output], [reference]), length_ratio([output], [reference]),
                    repetition([output]), distinct([output])):  # fmt: skip
            assert one.value == pytest.approx(one.rows[0], nan_ok=True), one.name


def test_no_rows_have_no_value():
    for one in written_measures([], [], [], kind="summarisation").values():
        assert math.isnan(one.value) and len(one) == 0, one.name


def test_a_language_is_told_as_the_check_tells_it():
    german = "Das Wetter ist heute leider sehr schlecht und kalt."
    english = "The weather is unfortunately rather cold and bad today."
    found = wrong_language([german, english, "ok"], "de")
    assert found.rows.tolist()[:2] == [0.0, 1.0] and math.isnan(found.rows[2])
    assert found.value == 0.5 and found.undefined == 1 and "lang:de" in found.signature
    assert wrong_language(["今天天气很好，我们去公园"], "zh").value == 0.0


@pytest.mark.parametrize("measured", [
    pytest.param(bleu, id="bleu"), pytest.param(chrf, id="chrf"), pytest.param(rouge, id="rouge"),
    pytest.param(exact_match, id="exact"), pytest.param(written_measures, id="all"),
])  # fmt: skip
@pytest.mark.parametrize(("outputs", "references", "said"), [
    pytest.param(["a"], [], "The two sides have not as many rows: outputs 1, references 0.",
                 id="unequal"),
    pytest.param(["a", None], ["a", "b"], "Row 1 of the outputs is None and no text.", id="none"),
    pytest.param(["a"], [3.5], "Row 0 of the references is 3.5 and no text.", id="number"),
])  # fmt: skip
def test_what_cannot_be_measured_is_said(measured, outputs, references, said):
    with pytest.raises(DataError) as error:
        measured(outputs, references)
    assert error.value.message == said and error.value.remedy


def test_what_is_asked_for_wrongly_is_said():
    with pytest.raises(DataError, match="kind of writing 'poem'. Allowed: 'other', 'translation'"):
        written_measures(["a"], ["a"], kind="poem")
    with pytest.raises(ValueError, match="part='f2'"):
        rouge(["a"], ["a"], part="f2")
    assert texts_of(outputs="one text") == [["one text"]]


def test_means_and_shares():
    mean = mean_of("m", np.array([1.0, np.nan, 0.0]), "s")
    share = share_of("s", np.array([1.0, 0.0]), np.array([4.0, 0.0]), "s")
    assert mean.value == 0.5 and mean.undefined == 1 and share.value == 0.25
    assert repr(mean) == "<Measure m: 0.5000, 3 rows, s>"
    assert plain("A\u3000 b") == "A b" and loose("A—b") == "a b"


def test_phonemes_are_counted_as_symbols_between_blanks():
    said, wanted = ["K AE T", "HH AH L OW", ""], ["K AA T S", "HH AH L OW", "D AO G"]
    found = written_measures(said, wanted, kind="pronunciation")
    assert next(iter(found)) == "phoneme_error_rate"
    one = found["phoneme_error_rate"]
    assert one.value == pytest.approx(5 / 11) and one.rows.tolist() == [0.5, 0.0, 1.0]
    assert written_measures(["A B"], ["A  B"])["phoneme_error_rate"].value == 0.0


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["HH AH L OW", "K AE T"], True), (["1 2 3", "4 5 6"], True),
        (["h \u0259 l o\u028a"], True), (["a cat sat on the mat", "yes it was"], False),
        (["\u6211\u7231\u4f60"], False), (["AA", "B"], False), ([], False), ([""], False),
    ],
    ids=["arpabet", "digits", "ipa", "english", "chinese", "one_symbol", "none", "empty"],
)
def test_rows_of_symbols_are_told_from_words(texts, expected):
    assert of_symbols(texts) is expected
