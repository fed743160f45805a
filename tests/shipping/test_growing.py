"""Texts that are told as they grow: piece by piece, and nothing is taken back."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.shipping.serving.growing import Growing, Grown
from workbench.shipping.serving.refusals import Refused

STOPS = ["###", "\n\n", "ab"]


def cut(text, stops):
    places = [text.find(one) for one in stops if one in text]
    return text[: min(places)] if places else text


@given(st.lists(st.sampled_from(["a", "b", "#", "\n", " c", "é", "##"]), max_size=30))
def test_the_pieces_are_the_text_and_no_part_of_a_stop_is_told(pieces):
    """As :func:`write` tells a text: cut at a stop, and no further from there."""
    grown, told, whole, text = Grown(STOPS), "", "", ""
    for piece in pieces:
        whole += piece
        text = cut(whole, STOPS)
        told += grown.more(text)
        assert text.startswith(told)
        if text != whole:
            break
    assert told + grown.rest(text) == text


def test_half_characters_wait_for_their_rest():
    grown = Grown()
    assert [grown.more(text) for text in ("a\ufffd", "a\ufffd\ufffd", "aé", "aéb")] == [
        "a", "", "é", "b"
    ]  # fmt: skip
    assert grown.rest("aéb\ufffd") == "\ufffd"  # one that is really there


@pytest.mark.parametrize(
    "growth", [["do", "do n", "don't", "don't ."], ["Yes", "Yes .", "Yes. No"], ["a '", "a'b"]]
)
def test_blanks_that_a_tokenizer_takes_away_later_are_not_told(growth):
    grown, told = Grown(joins=True), ""
    for text in growth:
        told += grown.more(text)
    assert told + grown.rest(growth[-1]) == growth[-1]


def test_a_text_that_changes_behind_what_was_told_is_no_answer():
    grown = Grown()
    grown.more("one")
    assert grown.more("two") == ""
    with pytest.raises(Refused, match="changed behind"):
        grown.rest("two")


def test_whoever_leaves_waits_no_more():
    ends = []

    async def ask(on_text):
        try:
            on_text("begun")
            await asyncio.sleep(60)
        finally:
            ends.append("left")

    async def main():
        async with contextlib.aclosing(Growing(ask, Grown(), str).pieces()) as pieces:
            assert await anext(pieces) == "begun"
        await asyncio.sleep(0)
        return ends

    with ThreadPoolExecutor(1) as pool:  # a browser's loop may be at work in this thread
        assert pool.submit(asyncio.run, main()).result() == ["left"]
