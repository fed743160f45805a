"""Columns of texts that belong together, found by their names."""

from __future__ import annotations

import re
from typing import Any

from .role_names import NEGATIVES
from .texts_in_order import in_order

#: Names that say it alone: data with them are for finding texts, whatever else there is.
SURE = tuple(
    (asked, found)
    for asked in ("anchor", "query", "question", "sentence", "text", "premise", "queries", "a")
    for found in ("positive", "pos", "positives", "positive_passages", "pos_docs", "positive_text",
                  "positive_sentence", "positive_passage", "positive_document", "positive_doc",
                  "positive_ctxs", "p")
) + (("anchor_text", "positive_text"), ("sentence_a", "positive_text"),
     ("sent0", "sent1"))  # fmt: skip
PAIRS = (
    *SURE, ("query", "passage"), ("query", "document"), ("query", "doc"), ("query", "answer"),
    ("query", "text"), ("question", "answer"), ("question", "reply"), ("question", "passage"),
    ("question", "document"), ("question", "context"), ("prompt", "completion"),
    ("prompt", "response"), ("statement", "reply"), ("instruction", "response"),
    ("instruction", "output"), ("input", "output"), ("source", "target"), ("title", "body"),
    ("title", "abstract"), ("title", "text"), ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"), ("sent1", "sent2"),
    ("text1", "text2"), ("text_1", "text_2"), ("text_a", "text_b"), ("question1", "question2"),
    ("q1", "q2"), ("s1", "s2"), ("premise", "hypothesis"), ("premise", "entailment"),
    ("sentence", "paraphrase"), ("text", "paraphrase"), ("sentences_a", "sentences_b"),
    ("问题", "回答"), ("问题", "答案"), ("问", "答"),
)  # fmt: skip
_NUMBERED = re.compile(r"(hard_)?neg(ative)?s?_?\d+", re.IGNORECASE)
_LETTERS = ("a", "p", "n")  # a triplet only where all three are there
_SHORT = ("p", "pos")  # parts of speech as well, unless something is asked
_ASKED = ("anchor", "query", "queries", "a")
SCORES = ("score", "similarity", "similarity_score", "relevance", "relevance_score", "label",
          "is_duplicate", "gold_label", "relevant", "match")  # fmt: skip


def recognise(guess: Any, task: Any = None) -> dict[str, tuple[str, str]] | None:
    """Roles of the columns, each with the reason; ``task`` is what is settled.

    Parameters
    ----------
    guess : workbench.data.columns.column_roles.Guess
    task : TaskSpec or None
    """
    roles = {role: (name, "It was given.") for role, name in guess.given.items()}
    if not {"anchor", "positive"} <= set(roles):
        wrong = [n for n in guess.named(*NEGATIVES[:-2]) if guess.kind(n) in ("text", "texts")]
        found = _pair(guess, PAIRS if task is not None or wrong else SURE)
        if found is not None:
            named = zip(("anchor", "positive"), found, strict=True)
            more = {role: (name, f"Its name is {name!r}.") for role, name in named}
        elif "anchor" in roles:  # texts alone: what is named is not added to by its place
            return roles
        elif task is None:
            return None
        elif (talks := _messages(guess)) is not None:
            return talks
        else:
            wrong = [n for n in guess.columns if _NUMBERED.fullmatch(n.strip())]
            more = in_order(guess, "anchor", "positive", PAIRS, never=(*NEGATIVES, *wrong))
        if more is None:
            return roles or None
        roles = more | roles
    taken = {name for name, _ in roles.values()}
    numbered = [name for name in guess.columns if _is_numbered(guess, name) and name not in taken]
    if numbered and "negative" not in roles:
        first = [n for n in guess.named(*NEGATIVES) if n not in taken and _fits(guess, n)][:1]
        said = "They are called as several wrong texts of a row are."
        several = ", ".join([*first, *numbered])
        roles["negative"] = (several, said if "," in several else f"Its name is {several!r}.")
    for role, names in (("negative", NEGATIVES), ("score", SCORES)):
        for name in guess.named(*names):
            fits = guess.kind(name) in _KINDS[role]
            if role not in roles and fits and name not in taken:
                roles[role] = (name, f"Its name is {name!r}.")
    return roles


_KINDS = {
    "negative": ("text", "class", "texts", "other", "object"),
    "score": ("whole", "fraction", "boolean", "class"),
}


def _is_numbered(guess: Any, name: str) -> bool:
    plain = name == name.strip() and "," not in name  # else it cannot be named with others
    return plain and _NUMBERED.fullmatch(name) is not None and _fits(guess, name)


def _fits(guess: Any, name: str) -> bool:
    return guess.kind(name) in _KINDS["negative"]


def _pair(guess: Any, pairs: Any) -> tuple[str, str] | None:
    for names in pairs:
        found = [guess.named(name) for name in names]
        if names[0] == "a" and not all(map(guess.named, _LETTERS)):
            continue
        if pairs is SURE and names[1] in _SHORT and names[0] not in _ASKED:
            continue
        if not all(found) or guess.kind(found[0][0]) not in ("text", "class"):
            continue
        kinds = ("text", "texts", *(("other", "object") if names in SURE else ()))
        if guess.kind(found[1][0]) in (kinds if pairs is SURE else (*kinds, "class")):
            return found[0][0], found[1][0]
    return None


def _messages(guess: Any) -> dict[str, tuple[str, str]] | None:
    """Conversations: what was asked and each reply to it."""
    from ..conversations.recognised import recognise as conversations

    found = conversations(guess, None)
    if found is None or "messages" not in found:
        return None
    name, reason = found["messages"]
    return {"anchor": (name, f"{reason} Each reply belongs to what was said before it.")}
