"""A text as its words, and what it is with other words in their places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..tags.word_cutting import Cutting

#: A character of a script without blanks is a word, as in the measures of written texts.
_CUTTING = Cutting(before="", inner="'’-", inner_digits=".,:")


@dataclass(frozen=True)
class Text:
    """Words of a text that can be changed.

    Parameters
    ----------
    text : str
    spans : list of (int, int)
        First character of each word and the one after its last.
    free : list of int
        Numbers of the words that may become others, move or go.
    spelt : list of int
        Numbers of those that may be spelt otherwise where they stand.
    tags : list of str, optional
        Of words that have one each.
    """

    text: str
    spans: list[tuple[int, int]]
    free: list[int]
    spelt: list[int]
    tags: list[str] | None = None

    @classmethod
    def of(cls, text: str, fixed: list[tuple[int, int]] | None = None) -> Text:
        """A plain text; a word that ``fixed`` spans touch stays as it is.

        >>> Text.of("It's 3.5 km, 你好!").words
        ["It's", '3.5', 'km', '你', '好']
        """
        spans = [(a, b) for a, b in _CUTTING.spans(text) if any(map(str.isalnum, text[a:b]))]
        free = [
            number for number, (a, b) in enumerate(spans)
            if not any(a < end and start < b for start, end in fixed or ())
        ]  # fmt: skip
        return cls(text, spans, free, free)

    @classmethod
    def of_words(cls, words: list[str], tags: list[str]) -> Text:
        """Words with tags; one of an entity may be spelt otherwise, and nothing else."""
        spans, at = [], 0
        for word in words:
            spans.append((at, at + len(word)))
            at += len(word) + 1
        spelt = [n for n, word in enumerate(words) if any(map(str.isalnum, word))]
        return cls(" ".join(words), spans, [n for n in spelt if tags[n] == "O"], spelt, tags)

    @cached_property
    def words(self) -> list[str]:
        """The words themselves."""
        return [self.text[a:b] for a, b in self.spans]

    def same(self) -> list[tuple[str, ...]]:
        """Each word as it is."""
        return [(word,) for word in self.words]

    def edits(self, changed: list[tuple[str, ...]]) -> list[tuple[int, int, str]]:
        """First character, the one after the last, and what stands there then, in order.

        With a word goes one of the blanks around it.
        """
        found, last = [], 0
        for (start, end), old, new in zip(self.spans, self.words, changed, strict=True):
            if new == (old,):
                continue
            if not new:
                led = start == 0 or self.text[start - 1].isspace()
                if led and self.text[end : end + 1].isspace():
                    end += 1
                elif led and start:
                    start -= 1
            found.append((max(start, last), end, " ".join(new)))
            last = end
        return found

    def with_words(self, changed: list[tuple[str, ...]]) -> str:
        """The text with other words, signs and blanks as they are.

        >>> one = Text.of("A dull, long film.")
        >>> one.with_words([("A",), (), ("very", "long"), ("film",)])
        'A, very long film.'
        """
        made, at = "", 0
        for start, end, new in self.edits(changed):
            made, at = made + self.text[at:start] + new, end
        return made + self.text[at:]

    def moved(self, at: int, changed: list[tuple[str, ...]]) -> int:
        """Where a character that stays stands in the text with other words."""
        return at + sum(
            len(new) - (end - start) for start, end, new in self.edits(changed) if end <= at
        )
