"""Where training examples have their texts, and what of an example follows a changed text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tags.words_in_text import joined
from ._text import Text

if TYPE_CHECKING:
    import pandas as pd


class TextColumns:
    """Examples with whole texts: ``text``, and ``pair`` where an example is two.

    Answers that stand in ``pair`` stay word for word, and their places move with what is before
    them. What texts become (``target``), or what belongs to them (``positive``), stays.
    """

    def __init__(self, frame: pd.DataFrame):
        self.frame = frame
        self.names = [name for name in ("text", "pair") if name in frame.columns]
        self.answered = {"answers", "starts"} <= set(frame.columns)

    def text(self, name: str, place: int) -> Text:
        """The text of an example."""
        value, fixed = self.frame[name].iloc[place], []
        if self.answered and name == "pair":
            answers, starts = (self.frame[n].iloc[place] for n in ("answers", "starts"))
            fixed = [(at, at + len(one)) for one, at in zip(answers, starts, strict=True)]
        return Text.of(value, fixed)

    def changed(
        self, name: str, place: int, text: Text, words: list[tuple[str, ...]]
    ) -> dict[str, Any]:
        """The columns of an example with other words."""
        found: dict[str, Any] = {name: text.with_words(words)}
        if self.answered and name == "pair":
            starts = self.frame["starts"].iloc[place]
            found["starts"] = [text.moved(int(at), words) for at in starts]
        return found


class TaggedColumns(TextColumns):
    """Examples with lists of words: ``tokens``, ``tags`` and their ``ids``."""

    def __init__(self, frame: pd.DataFrame, label_names: list[str]):
        super().__init__(frame)
        self.names = ["tokens"]
        self.ids = {name: number for number, name in enumerate(label_names)}

    def text(self, name: str, place: int) -> Text:
        """The words of an example, with their tags."""
        return Text.of_words(*(list(self.frame[n].iloc[place]) for n in ("tokens", "tags")))

    def changed(
        self, name: str, place: int, text: Text, words: list[tuple[str, ...]]
    ) -> dict[str, Any]:
        """The columns of an example; of several words in place of one the others go on its tag."""
        tokens: list[str] = []
        tags: list[str] = []
        for new, tag in zip(words, text.tags or (), strict=True):
            inside = f"I-{tag[2:]}" if tag.startswith("B-") else tag
            tokens += new
            tags += [tag, *[inside] * (len(new) - 1)][: len(new)]
        return {"text": joined(tokens), "tokens": tokens, "tags": tags,
                "ids": [self.ids[tag] for tag in tags]}  # fmt: skip


def columns_of(frame: pd.DataFrame, label_names: list[str]) -> TextColumns | None:
    """The columns of texts that training examples have; None where they have none."""
    if {"tokens", "tags", "ids"} <= set(frame.columns):
        return TaggedColumns(frame, label_names)
    return TextColumns(frame) if "text" in frame.columns else None
