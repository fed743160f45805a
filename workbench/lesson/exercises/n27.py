"""Tokenisers: merges on paper, bytes, counting cuts, bits a character, pieces to words."""

from __future__ import annotations

import math

from ..exercise import Holds, Value, Written


def ways(word, vocabulary):
    """In how many ways a word is cut into pieces of a vocabulary."""
    known, found = set(vocabulary), [1]
    for end in range(1, len(word) + 1):
        found.append(sum(found[start] for start in range(end) if word[start:end] in known))
    return found[-1]


def word_and_vocabulary(rng):
    """Up to nine letters of two kinds, and some of the pieces of at most three."""
    letters = ("a", "b")
    pieces = [*letters, *(x + y for x in letters for y in letters), "aba", "bab", "abb"]
    kept = [piece for piece in pieces if rng.random() < 0.7] or ["a"]
    return "".join(rng.choice(letters, int(rng.integers(1, 10)))), kept


def _is_cut(word, vocabulary):
    return int(ways(word, vocabulary) > 0)


def _every_place(word, vocabulary):
    return 2 ** (len(word) - 1)


def bits_a_character(perplexity, tokens, characters):
    """log2 of the perplexity, times the tokens that a character is."""
    return tokens / characters * math.log2(perplexity)


def a_text_measured(rng):
    """A perplexity, tokens, and more characters than tokens."""
    tokens = int(rng.integers(10, 1000))
    return float(rng.uniform(2, 300)), tokens, int(tokens * rng.uniform(1.5, 5))


def _a_token(perplexity, tokens, characters):
    return math.log2(perplexity)


def _in_nats(perplexity, tokens, characters):
    return tokens / characters * math.log(perplexity)


def cut_small(answer, cut):
    """Whether at most 8 small letters become five pieces or more."""
    small = answer.isascii() and answer.isalpha() and answer.islower() and len(answer) <= 8
    return small and len(cut("WordPiece", answer)) >= 5


def whole_words(pieces):
    """WordPiece's pieces as words."""
    words = []
    for piece in pieces:
        if piece.startswith("##") and words:
            words[-1] += piece[2:]
        else:
            words.append(piece)
    return words


def some_pieces(rng):
    """Between 1 and 8, of which the first begins a word."""
    parts = ["un", "put", "down", "able", "s", "book", "read"]
    count = int(rng.integers(1, 9))
    marks = ["", *("##" if rng.random() < 0.5 else "" for _ in range(count - 1))]
    return ([mark + str(rng.choice(parts)) for mark in marks],)


def _one_word(pieces):
    return ["".join(pieces).replace("##", "")]


def _without_marks(pieces):
    return [piece.replace("##", "") for piece in pieces]


EXERCISES = {
    "1": Value(("lo", 7)),
    "2": Value(len("naïve 猫 🐱".encode())),
    "3": Written(ways, word_and_vocabulary, wrong=(_is_cut, _every_place)),
    "4": Written(bits_a_character, a_text_measured, wrong=(_a_token, _in_nats)),
    "5": Value("A"),
    "6": Holds(cut_small, ("zqxjkvw",), wrong=("the", "zqxjkvwzq", "ZQXJKVW"), needs=("cut",)),
    "7": Written(whole_words, some_pieces, wrong=(_one_word, _without_marks)),
}
