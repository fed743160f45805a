"""Numbers, names and negations: what is found, what is invented, what is lost, what is unsure."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.measures.invented import compare_facts, fact_measures
from workbench.measures.names_in_texts import names
from workbench.measures.negations import negations
from workbench.measures.number_words import word_values
from workbench.measures.numbers_in_texts import numbers


@pytest.mark.parametrize(("language", "text", "wanted"), [
    pytest.param("en", "1,234,567.89", ["1234567.89"], id="point"),
    pytest.param("de", "1.234.567,89", ["1234567.89"], id="comma"),
    pytest.param("de", "1'234.50", ["1234.5"], id="swiss"),
    pytest.param("fr", "12\u202f345,6", ["12345.6"], id="thin-blanks"),
    pytest.param("en", "1,00,000", ["100000"], id="india"),
    pytest.param("en", "1,000", ["1000"], id="thousand-english"),
    pytest.param("de", "1,000", ["1"], id="one-german"),
    pytest.param("", "1,000", ["1", "1000"], id="unknown"),
    pytest.param("", "1,5", ["1.5"], id="unknown-and-clear"),
    pytest.param("", "0,500", ["0.5", "500"], id="zero-first"),
    pytest.param("de-CH", "2,5", ["2.5"], id="region"),
    pytest.param("en", "007 and 5.0 and 0.10", ["7", "5", "0.1"], id="plain-forms"),
    pytest.param("en", ".5 or 5.", ["0.5", "5"], id="no-zero"),
    pytest.param("ar", "١٢٣ ٣٫٥", ["123", "3.5"], id="arabic-digits"),
    pytest.param("zh", "共３．５公里", ["3.5"], id="wide-digits"),
    pytest.param("en", "26.11.2024 10:30", ["26", "11", "2024", "10", "30"], id="date"),
    pytest.param("en", "192.168.0.1 and 1,2,3", ["192", "168", "0", "1", "1", "2", "3"],
                 id="lists"),
    pytest.param("en", "MP3, H2O, v2.3.1, B2B", [], id="in-words"),
    pytest.param("en", "5km 3rd 20s #42 $7 7%", ["5", "3", "20", "42", "7", "7"], id="attached"),
    pytest.param("en", "-5, (−5), 3-5, x-7", ["-5", "-5", "3", "5", "7"], id="minus-or-hyphen"),
    pytest.param("en", "$5bn, 2 million", ["5000000000", "2000000"], id="scales"),
    pytest.param("en", "$3.5m, € 2k, £1B, 3.5m, 2k", ["3500000", "2000", "1000000000", "3.5", "2"],
                 id="money"),
    pytest.param("de", "3,5 Mrd. und 2 Mio.", ["3500000000", "2000000"], id="german-scales"),
    pytest.param("de", "5 Billionen", ["5000000000000"], id="german-billion"),
    pytest.param("zh", "3万元,1.2亿", ["30000", "120000000"], id="chinese-scales"),
    pytest.param("en", "12 345 people", ["12345"], id="blank"),
    pytest.param("en", "in 2019 300 people", ["2019", "300"], id="no-group"),
    pytest.param("en", "9" * 50, ["9" * 50], id="long"),
    pytest.param("en", "none at all ½ x²", [], id="none"),
])  # fmt: skip
def test_numbers(language, text, wanted):
    found = numbers(text, language)
    assert [value for one in found for value in sorted(one.values)] == wanted
    for one in found:
        assert text[one.start : one.end] == one.text and one.values <= one.possible


@pytest.mark.parametrize(("language", "text", "wanted"), [
    pytest.param("en", "two hundred and five", {2, 5, 100, 200, 205}, id="and"),
    pytest.param("en", "Twenty-three, third, twice", {3, 20, 23, 2}, id="hyphen"),
    pytest.param("en", "the fifteenth, twentieth, thirty-first, hundredth",
                 {15, 20, 30, 1, 31, 100}, id="ordinals"),
    pytest.param("en", "two dozen", {2, 12, 24}, id="dozens"),
    pytest.param("en", "nineteen eighty-four", {4, 19, 80, 84, 1980, 1984}, id="year"),
    pytest.param("en", "three thousand four hundred", {3, 4, 100, 1000, 3000, 3004, 3400},
                 id="runs"),
    pytest.param("de", "zweitausenddreihundertfünf", {2305}, id="compound"),
    pytest.param("de", "dritte, siebzehn, neunten, Eine", {3, 17, 9, 1}, id="german"),
    pytest.param("de", "hundert", {100}, id="bare-scale"),
    pytest.param("zh", "一百零五 二〇二四 三万五千 两", {105, 2024, 35000, 2}, id="chinese"),
    pytest.param("fr", "trois three 三", set(), id="unknown-language"),
])  # fmt: skip
def test_number_words(language, text, wanted):
    assert word_values(text, language) == wanted


@pytest.mark.parametrize(("language", "text", "wanted"), [
    pytest.param("en", "I don’t, can't and cannot; NOT without.",
                 ["don’t", "can't", "cannot", "NOT", "without"], id="english"),
    pytest.param("en", "No. 5, not only, knot, notable, nonetheless", [], id="english-none"),
    pytest.param("en", "No, nobody is", ["No", "nobody"], id="english-no"),
    pytest.param("en", "no 2nd one; no longer; No 5; no. 5", ["no", "no"], id="english-no-number"),
    pytest.param("en", "I dont, he ca n't, it does n`t, noone", ["dont", "n't", "n`t", "noone"],
                 id="english-written-otherwise"),
    pytest.param("en", "a want, the font, an ant, paint", [], id="english-nt"),
    pytest.param("de", "Keine Nichte kam nie, ohne Not, nicht nur kleine, niemandem",
                 ["Keine", "nie", "ohne", "niemandem"], id="german"),
    pytest.param("zh", "不得不走,不过非常特别,是否未来?别人没收了", [], id="chinese-none"),
    pytest.param("zh", "不客气,不用谢,没关系,不幸的是,说不定", [], id="chinese-set-phrases"),
    pytest.param("zh", "不适合,不便宜,不满意,不安排,不足够,不利用,不幸福,不同意,不错过,没准备",
                 ["不"] * 9 + ["没"], id="chinese-begins-like-a-set-phrase"),
    pytest.param("zh", "没有人。别走!请勿吸烟,未完成,无法打开,并非如此",
                 ["没有", "别", "请勿", "未", "无法", "并非"], id="chinese"),
    pytest.param("zh-Hans", "否", ["否"], id="chinese-no"),
    pytest.param("fr", "ne pas", None, id="unknown-language"),
    pytest.param("", "not", None, id="no-language"),
])  # fmt: skip
def test_negations(language, text, wanted):
    found = negations(text, language)
    assert wanted == (found if found is None else [one.text for one in found])
    assert all(text[one.start : one.end] == one.text for one in found or ())


@pytest.mark.parametrize(("language", "text", "wanted"), [
    pytest.param("en", "Yesterday Ann met Mr. Bell in New York. Then she left.",
                 ["Ann", "Mr", "Bell", "New", "York"], id="english"),
    pytest.param("en", "I said I'm OK.", [], id="english-i"),
    pytest.param("en", "\"Go,\" he said. \"Stop!\" Who? We do.", [], id="quotes"),
    pytest.param("en", "Breaking News of the Day From Rome", [], id="title"),
    pytest.param("en", "the new iPhone and GPT-4 by McDonald's",
                 ["iPhone", "GPT-4", "McDonald's"], id="mixed"),
    pytest.param("de", "Die NASA und der iPhone-Nutzer im A380", ["NASA", "iPhone", "A380"],
                 id="german"),
    pytest.param("zh", "我用 PyTorch 和C++训练,得到3个A", ["PyTorch", "C++"], id="chinese"),
    pytest.param("fr", "Hier, Marie alla à l'Opéra.", ["Marie", "Opéra"], id="elision"),
    pytest.param("ru", "Вчера Иван уехал в Москву.", ["Иван", "Москву"], id="russian"),
    pytest.param("ko", "Python 3", None, id="unknown-language"),
])  # fmt: skip
def test_names(language, text, wanted):
    found = names(text, language)
    assert wanted == (found if found is None else [one.text for one in found])
    assert all(text[one.start : one.end] == one.text for one in found or ())


@pytest.mark.parametrize(("languages", "source", "output", "invented", "lost", "unsure"), [
    pytest.param("en de", "Sales rose by 1,000.5 to 2 million in May.",
                 "Der Umsatz stieg im Mai um 1.000,5 auf 2.000.000.", [], [], [], id="notations"),
    pytest.param("en de", "It is 1,000.", "Es sind 1,000.", [], [], ["1,000"], id="left-as-it-was"),
    pytest.param(" ", "It is 1,000.", "It is 1000.", [], [], ["1000"], id="no-language"),
    pytest.param(" ", "It is 1,000.", "It is 1,000!", [], [], [], id="the-same-writing"),
    pytest.param("en en", "It is 5.", "It is 50.", ["50"], ["5"], [], id="another-number"),
    pytest.param("en en", "It paid $3.5m.", "3,500,000 dollars were paid.", [], [], [], id="money"),
    pytest.param("en en", "It is worth 3.5m.", "It is worth 3,500,000.", [], [], ["3,500,000"],
                 id="millions-or-metres"),
    pytest.param("en en", "It was three times.", "3 times", [], [], [], id="word-to-figure"),
    pytest.param("en zh", "twenty-three files of 1.2 million", "23个文件,共120万", [], [], [],
                 id="chinese-scale"),
    pytest.param("zh en", "三十五人", "35 people in 2020", ["2020"], [], [], id="from-chinese"),
    pytest.param("en en", "At -5 degrees", "At 5 degrees", [], [], ["5"], id="lost-minus"),
    pytest.param("en en", "Dogs bark.", "Dogs do not bark.", ["not"], [], [], id="negation"),
    pytest.param("en zh", "It is not open.", "它开着。", [], ["not"], [], id="negation-lost"),
    pytest.param("de en", "Nie ohne Helm.", "Never drive without one.", [], [], [], id="negations"),
    pytest.param("en en", "Yesterday Ann Lee met Bob.", "It was Ann Cole who came.", ["Cole"],
                 ["Lee", "Bob"], [], id="names"),
    pytest.param("en en", "We like Apple's phones.", "Why Apple and Apples?", [], [], [],
                 id="genitive"),
    pytest.param("en en", "They went to Germany.", "They spoke German.", [], [], ["German"],
                 id="alike"),
    pytest.param("zh en", "我用 PyTorch", "I use PyTorch on Windows", ["Windows"], [], [],
                 id="latin-in-chinese"),
    pytest.param("en de", "We meet on Monday in May.", "Wir treffen uns am Montag im Mai.", [], [],
                 [], id="calendar"),
    pytest.param("en zh", "It opens on May 3.", "5月3日开放。", [], [], [], id="month-by-number"),
    pytest.param("en en", "on 2020-05-03", "on 4 June 2020", ["4", "June"], ["05", "03"], [],
                 id="another-month"),
    pytest.param("en en", "on 2020-05-03", "on May 3rd, 2020", [], [], [], id="date"),
    pytest.param("en en", "Tom has 5 dogs.", "Tom has 5 dogs since May.", ["May"], [], [],
                 id="a-number-is-no-month"),
    pytest.param("en en", "May I bring dogs? It is June.", "5 dogs on 6/3", ["5", "3"],
                 [], [], id="a-month-is-no-number"),
    pytest.param("en de", "They flew with NASA.", "Sie flogen mit der NASA-Rakete der ESA.",
                 ["ESA"], [], [], id="compound"),
    pytest.param("fr en", "Les trois rois ont mille soldats.", "3 kings, 1000 men, 7 of 1998.",
                 ["1998"], [], ["3", "1000", "7"], id="words-not-known"),
    pytest.param("en es", "3 kings, 12 men, 1,234 dogs", "Tres reyes y doce hombres.", [],
                 ["1,234"], [], id="words-not-known-of-the-output"),
    pytest.param("fr fr", "12 rois", "douze rois, 13 reines", [], [], ["13"], id="in-french"),
    pytest.param("ja en", "三人の王", "3 kings, 5 men", ["5"], [], [], id="japanese"),
    pytest.param(" ", "3 4", "3 5", ["5"], ["4"], [], id="no-word-no-language"),
    pytest.param("en en", "", "", [], [], [], id="empty"),
    pytest.param("en en", "Ann has 5.", "", [], ["5"], [], id="empty-output"),
])  # fmt: skip
def test_what_is_invented_and_lost(languages, source, output, invented, lost, unsure):
    there, here = languages.split(" ")
    found = compare_facts(source, output, source_language=there, output_language=here)
    assert [one.text for one in found.invented] == invented
    assert [one.text for one in found.lost] == lost
    assert [one.text for one in found.unsure] == unsure
    assert all(output[one.start : one.end] == one.text for one in found.invented + found.unsure)
    assert all(source[one.start : one.end] == one.text for one in found.lost)


def test_what_is_not_looked_for_is_said():
    found = compare_facts("Ann", "安", source_language="en", output_language="zh")
    assert found.unlooked == ("lost name",)
    found = compare_facts("a", "b", source_language="", output_language="en")
    assert found.unlooked == ("name", "lost name", "negation", "lost negation")
    found = compare_facts("Анна", "Ann", source_language="ru", output_language="en")
    assert found.unlooked == ("name", "lost name", "negation", "lost negation")


def test_measures_of_facts():
    sources = ["We sold 5 to Ann.", "No dogs.", "It rains."]
    outputs = ["We sold 5 and 6.", "Dogs bark at 7.", "It rains."]
    found = fact_measures(sources, outputs, source_language="en", output_language="en")
    assert found["invented_numbers"].rows.tolist()[:2] == [0.5, 1.0]
    assert found["invented_numbers"].value == 2 / 3 and found["invented_numbers"].undefined == 1
    assert found["lost_numbers"].value == 0.0 and found["lost_names"].value == 1.0
    assert found["lost_negations"].value == 1.0 and math.isnan(found["invented_negations"].value)
    assert found["lost_names"].signature == "source:en|output:en|facts:4"


def test_numbers_that_may_be_there_in_words_are_counted_nowhere():
    found = fact_measures(["3 rois, 1998"], ["Three kings, 12, 50"], source_language="fr",
                          output_language="en")  # fmt: skip
    assert found["invented_numbers"].value == 0 and found["unsure_numbers"].value == 1
    assert found["lost_numbers"].value == 0.5  # 1998: that "three" is there is known
    found = fact_measures(["3 kings, 1998"], ["Trois rois"], source_language="en",
                          output_language="fr")  # fmt: skip
    assert found["lost_numbers"].value == 1 and found["lost_numbers"].rows.tolist() == [1.0]


def test_languages_are_told_from_the_texts():
    sources = ["Das Wetter ist heute leider nicht so schön wie gestern."] * 2
    outputs = ["今天天气不如昨天好，真可惜。"] * 2
    found = fact_measures(sources, outputs)
    assert found["lost_negations"].signature == "source:de|output:zh|facts:4"
    assert fact_measures(["x"], ["y"])["lost_names"].signature == "source:?|output:?|facts:4"


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="0123456789.,' -\u00a0k万a", max_size=16),
    st.sampled_from(["", "en", "de", "zh"]),
)
def test_a_text_invents_nothing_over_itself(text, language):
    found = compare_facts(text, text, source_language=language, output_language=language)
    assert found.invented == found.lost == found.unsure == ()
    for one in numbers(text, language):
        assert text[one.start : one.end] == one.text


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 99))
def test_a_number_is_the_same_in_each_notation(whole, cents):
    english, german = f"{whole:,}.{cents:02d}", f"{whole:,}".replace(",", ".") + f",{cents:02d}"
    for one, two, first, second in [(english, german, "en", "de"), (german, english, "de", "zh")]:
        found = compare_facts(one, two, source_language=first, output_language=second)
        assert found.invented == found.lost == found.unsure == ()
