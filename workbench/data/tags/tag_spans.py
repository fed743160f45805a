"""Entities of a tagged sentence: where they are, and how a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from .tag_schemes import are_entities
from .words_in_text import joined

_FIRST, _LAST = set("BSU"), set("ESLU")  # prefixes of a word that begins, that ends an entity


def entity_spans(tags: list[str]) -> list[tuple[str, int, int]]:
    """Type, first word and the word after the last of each entity; an I- of its own begins one.

    Tags of BIO, IOB1, IOE, BIOES or BILOU.

    Examples
    --------
    >>> entity_spans(["B-per", "I-per", "O", "I-loc", "B-loc"])
    [('per', 0, 2), ('loc', 3, 4), ('loc', 4, 5)]
    """
    spans: list[tuple[str, int, int]] = []
    for number, tag in enumerate(tags):
        if tag == "O":
            continue
        kind = tag[2:]
        open_still = number and tags[number - 1][0] not in _LAST and tag[0] not in _FIRST
        if open_still and spans and spans[-1][0] == kind and spans[-1][2] == number:
            spans[-1] = (kind, spans[-1][1], number + 1)
        else:
            spans.append((kind, number, number + 1))
    return spans


def tag_spans(tags: Sequence[str], *, plain: bool | None = None) -> list[tuple[str, int, int]]:
    """As :func:`entity_spans`; of tags of words, such as parts of speech, each word by itself.

    Parameters
    ----------
    plain : bool, optional
        Whether they are of words; by default found from these tags alone. An empty tag (of a word
        that was cut off) is no span.

    Examples
    --------
    >>> tag_spans(["NOUN", "NOUN", ""]), tag_spans(["B-per", "I-per"])
    ([('NOUN', 0, 1), ('NOUN', 1, 2)], [('per', 0, 2)])
    """
    if plain is None:
        plain = not are_entities([tags])
    if plain:
        return [(tag, i, i + 1) for i, tag in enumerate(tags) if tag]
    return entity_spans(list(tags))


def entities_text(tokens: list[str], tags: list[str]) -> str:
    """The entities of a sentence for people to read: ``Ada Lovelace (per); London (loc)``.

    Tags of words stand behind each word: ``She/PRON runs/VERB``.
    """
    if not are_entities([tags]):
        return " ".join(f"{word}/{tag or '?'}" for word, tag in zip(tokens, tags, strict=True))
    spans = entity_spans(list(tags))
    return "; ".join(f"{joined(tokens[start:end])} ({kind})" for kind, start, end in spans)
