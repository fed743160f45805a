"""Names that columns usually have, and what they say about a column's role."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .known_columns import TEXT_NAMES

LABEL_NAMES = (
    "label labels class category sentiment intent target topic rating stars score emotion y "
    "标签 类别 情感 分类 topics categories classes genres intents emotions themes "
    "polarity stance quality classe clase categoria categoría catégorie kategorie klasse bewertung "
    "sterne stimmung note etikett étiquette etiqueta sentimiento estrellas étoiles thema"
).split()
#: Text names of other languages; the names of one's own language come first.
MORE_TEXT_NAMES = (
    "texto texte testo kommentar comentario commentaire commento rezension reseña avis recensione "
    "nachricht mensaje messaggio inhalt contenido contenu satz frase phrase beschreibung"
).split()
PAIRS = (
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("question1", "question2"),
    ("text1", "text2"), ("text_a", "text_b"), ("sentence_a", "sentence_b"), ("query", "passage"),
    ("question", "sentence"), ("q1", "q2"),
)  # fmt: skip
TOKEN_NAMES = "tokens words token word tokenized_text characters chars sentence text".split()
TAG_NAMES = (
    "tags ner_tags ner tag ner_tag pos_tags chunk_tags labels label entities upos xpos pos"
).split()
LIST_NAMES = "tags tag keywords subjects".split()  # where there are no tokens
#: Texts that do not belong to another one; the last two say it only beside such a pair.
NEGATIVES = ("negative", "negatives", "neg", "negs", "hard_negative", "hard_negatives", "hard_neg",
             "hard_negs", "negative_passages", "neg_docs", "negative_text", "negative_sentence",
             "negative_passage", "negative_document", "negative_doc", "negative_ctxs",
             "hard_negative_ctxs", "contradiction", "n")  # fmt: skip
_NUMBERS = (("1", "2"), ("a", "b"), ("one", "two"), ("first", "second"), ("left", "right"))
_PIECE = re.compile(r"[^\W\d_]+|\d+")


def pieces(name: str) -> list[str]:
    """Words and numbers of a column's name.

    Examples
    --------
    >>> pieces("#1 String"), pieces("gold_label"), pieces("questionB")
    (['1', 'string'], ['gold', 'label'], ['question', 'b'])
    """
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return [piece.lower() for piece in _PIECE.findall(split)]


def ends_with(names: Iterable[str], wanted: list[str]) -> list[str]:
    """Names whose last word is a wanted one, in the order of the wanted words.

    Examples
    --------
    >>> ends_with(["star_rating", "gold_label", "label_id"], ["label", "rating"])
    ['gold_label', 'star_rating']
    """
    last = {name: found[-1] for name in names if len(found := pieces(name)) > 1}
    return [name for want in wanted for name, word in last.items() if word == want]


def twins(names: list[str]) -> tuple[str, str] | None:
    """Two names that differ in a number or letter alone: ``#1 String`` and ``#2 String``.

    None where there are no such two, or there are more than two of their kind.

    Examples
    --------
    >>> twins(["id", "text_1", "text_2"]), twins(["a1", "a2", "a3"]), twins(["questionA", "label"])
    (('text_1', 'text_2'), None, None)
    """
    kinds: dict[tuple, dict[str, str]] = {}
    for name in names:
        found = pieces(name)
        for place, piece in enumerate(found):
            rest = (*found[:place], None, *found[place + 1 :])
            if piece.isdecimal() or any(piece in pair for pair in _NUMBERS):
                kinds.setdefault(rest, {})[piece] = name
    for members in kinds.values():
        for one, two in _NUMBERS:
            if set(members) == {one, two}:
                return members[one], members[two]
    return None


def text_named(by_lower: dict[str, str]) -> list[str]:
    """Columns that are called as texts usually are, exactly first, then by their last word."""
    wanted = [*TEXT_NAMES, *MORE_TEXT_NAMES]
    exact = [by_lower[name] for name in wanted if name in by_lower]
    rest = ends_with([n for n in by_lower.values() if n not in exact], wanted)
    return [*exact, *rest]
