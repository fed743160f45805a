"""What a written text says that its source does not, and what it leaves out.

Numbers, names and negations: what a reader is hurt by most, and what can be told without a model.
A number stands in both texts if one of its values does, however it is written; how often, and of
what it is said, is not looked at. Numbers in words are read in English, German and Chinese, and in
the Chinese signs of Japanese; months by name are those of dates in numbers (:mod:`.months`). A
number that a text of another language may say in words is unsure, and is not looked for where it
would be lost (:func:`.number_words.may_be_said`). The limits of each kind stand in
:mod:`.numbers_in_texts`, :mod:`.names_in_texts` and :mod:`.negations`. A summary leaves out much on
purpose: ``lost`` is for translations and for reading, and no fault by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .asked import texts_of
from .facts import KINDS, Fact
from .measure import Measure, share_of
from .months import Dates, dated, months_named, names_of
from .names_in_texts import CAPITALS, LATIN_IN, folded_words, is_of_calendar, names
from .negations import negations
from .number_words import may_be_said, word_values
from .numbers_in_texts import numbers
from .writing_systems import main_language

_OTHER_LETTERS = frozenset("ru uk be bg mk sr el hy ka".split())


@dataclass(frozen=True)
class Compared:
    """What two texts do not have in common.

    Attributes
    ----------
    invented : tuple of Fact
        Of the output, with their places in it, that the source has not.
    lost : tuple of Fact
        Of the source, with their places in it, that the output has not.
    unsure : tuple of Fact
        Of the output: in the source only if a number is read in another notation or said there in
        words that are not known, or a name is another form of a word there. They are not in
        ``invented``.
    unlooked : tuple of str
        Of ``kind`` or ``"lost kind"``: what could not be looked for in these languages.
    counts : dict of str to int
        Facts that were looked at: ``"output number"``, ``"source name"``, ...
    """

    invented: tuple[Fact, ...]
    lost: tuple[Fact, ...]
    unsure: tuple[Fact, ...]
    unlooked: tuple[str, ...]
    counts: dict[str, int]


def compare_facts(
    source: str, output: str, *, source_language: str, output_language: str
) -> Compared:
    """Numbers, names and negations of an output against its source.

    Parameters
    ----------
    source_language, output_language : str
        ISO 639-1 codes; "" where one is not known: then every notation of numbers is possible, and
        no names or negations are looked for.

    >>> found = compare_facts("It sold 1,000 in May.", "Es wurden 1.000 im Jahr 2020 verkauft.",
    ...                       source_language="en", output_language="de")
    >>> [one.text for one in found.invented], found.lost
    (['2020'], ())
    """
    there, here = _code(source_language), _code(output_language)
    unlooked: list[str] = []
    counts: dict[str, int] = {}

    theirs, mine = numbers(source, there), numbers(output, here)
    new, doubtful = _new_numbers(mine, theirs, word_values(source, there))
    gone, _ = _new_numbers(theirs, mine, word_values(output, here))
    dates = [dated(text) for text in (source, output)]
    invented, unsaid = _parted(_unnamed(new, dates[1], months_named(source)), source, there)
    lost, unknown = _parted(_unnamed(gone, dates[0], months_named(output)), output, here)
    unsure = [*doubtful, *unsaid]
    counts["source number"], counts["output number"] = len(theirs) - len(unknown), len(mine)

    found = names(output, here)
    if found is None or not there or (there in _OTHER_LETTERS) != (here in _OTHER_LETTERS):
        unlooked.append("name")
    else:
        counts["output name"] = len(found)
        words = folded_words(source) | names_of(dates[0])
        new, doubtful = _new_names(found, words, same=there == here)
        invented, unsure = [*invented, *new], [*unsure, *doubtful]
    found = names(source, there)
    if found is None or not _one_script(there, here):
        unlooked.append("lost name")
    else:
        counts["source name"] = len(found)
        words = folded_words(output) | names_of(dates[1])
        lost += _new_names(found, words, same=there == here)[0]

    theirs, mine = negations(source, there), negations(output, here)
    if theirs is None or mine is None:
        unlooked += ["negation", "lost negation"]
    else:
        counts["source negation"], counts["output negation"] = len(theirs), len(mine)
        invented += [] if theirs else mine
        lost += [] if mine else theirs
    return Compared(
        *(tuple(sorted(facts, key=lambda one: one.start)) for facts in (invented, lost, unsure)),
        tuple(unlooked), counts,
    )  # fmt: skip


def fact_measures(
    sources: Iterable[str],
    outputs: Iterable[str],
    *,
    source_language: str | None = None,
    output_language: str | None = None,
) -> dict[str, Measure]:
    """Shares of what is invented and lost, of each kind.

    Parameters
    ----------
    source_language, output_language : str or None
        ISO 639-1 code of all texts of a side; None tells the main one from the texts. The signature
        has both; "?" is one that could not be told.

    Returns
    -------
    dict of str to Measure
        ``invented_numbers``, ``invented_names``: of the outputs' numbers (names) the share that
        the source has not; ``lost_numbers``, ``lost_names``: of the sources'.
        ``invented_negations``: of the outputs with a negation the share whose source has none;
        ``lost_negations`` the other way round. ``unsure_numbers``, ``unsure_names``: in the source
        only by another reading; not in ``invented``. A row without such a fact, or where it cannot
        be looked for, has no value.
    """
    sources, outputs = texts_of(sources=sources, outputs=outputs)
    there = main_language(sources) if source_language is None else source_language
    here = main_language(outputs) if output_language is None else output_language
    found = [
        compare_facts(source, output, source_language=there, output_language=here)
        for source, output in zip(sources, outputs, strict=True)
    ]
    signature = f"source:{there or '?'}|output:{here or '?'}|facts:4"
    measures: dict[str, Measure] = {}
    for kind in KINDS:
        once = kind == "negation"  # a text says no, however often
        for word, side in (("invented", "output"), ("lost", "source"), ("unsure", "output")):
            if once and word == "unsure":
                continue
            tops = [sum(fact.kind == kind for fact in getattr(one, word)) for one in found]
            bottoms = [one.counts.get(f"{side} {kind}", 0) for one in found]
            top, bottom = (np.array(counts, float) for counts in (tops, bottoms))
            if once:
                top, bottom = np.minimum(top, 1), np.minimum(bottom, 1)
            name = f"{word}_{kind}s"
            measures[name] = share_of(name, top, bottom, signature)
    return measures


def _code(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]


def _new_numbers(
    mine: list[Fact], theirs: list[Fact], words: set[int]
) -> tuple[list[Fact], list[Fact]]:
    """Numbers that the other side has not, and those that it has by another reading only."""
    sure = {one.values if len(one.values) == 1 else (one.text, one.values) for one in theirs}
    possible = {value for one in theirs for value in one.possible} | {str(word) for word in words}
    said = {frozenset({str(word)}) for word in words}
    new, doubtful = [], []
    for one in mine:
        key = one.values if len(one.values) == 1 else (one.text, one.values)
        if key in sure or key in said:
            continue
        (doubtful if one.possible & possible else new).append(one)
    return new, doubtful


def _parted(facts: list[Fact], text: str, language: str) -> tuple[list[Fact], list[Fact]]:
    """Numbers that the text has not, and those that it may say in words that are not known."""
    said = [any(may_be_said(value, text, language) for value in one.values) for one in facts]
    return ([one for one, may in zip(facts, said, strict=True) if not may],
            [one for one, may in zip(facts, said, strict=True) if may])  # fmt: skip


def _unnamed(facts: list[Fact], dates: Dates, named: set[int]) -> list[Fact]:
    """Numbers that are no month of a date which the other side calls by its name."""
    return [one for one in facts if dates.get((one.start, one.end)) not in named]


def _new_names(mine: list[Fact], words: set[str], *, same: bool) -> tuple[list[Fact], list[Fact]]:
    """Names that no word of the other side is, and those that are like one of them."""
    new, doubtful = [], []
    bare = {word.removesuffix("s") for word in words}
    for one in mine:
        (name,) = one.values
        parts = re.split(r"[-.&+'’]", name)
        known = name in words or name.removesuffix("s") in bare or words.issuperset(parts)
        if known or (not same and is_of_calendar(one)):
            continue
        (doubtful if any(_alike(name, word) for word in words) else new).append(one)
    return new, doubtful


def _alike(name: str, word: str) -> bool:
    """Whether they may be forms of one word: they begin alike and differ at the end."""
    shared = 0
    for one, two in zip(name, word, strict=False):
        if one != two:
            break
        shared += 1
    return shared >= 4 and shared >= 0.7 * max(len(name), len(word))


def _one_script(one: str, two: str) -> bool:
    """Whether names of both languages are written in the same letters."""
    known = CAPITALS | {"de"}
    if one == two:
        return one in known | LATIN_IN
    return {one, two} <= known and (one in _OTHER_LETTERS) == (two in _OTHER_LETTERS)
