"""Columns of one text for another: by usual names, or by the languages that they are named after.

A third column may say of each row what is to be done with its text, which is read before it.
"""

from __future__ import annotations

from typing import Any

from .role_names import MORE_TEXT_NAMES, TEXT_NAMES, pieces
from .texts_in_order import ASKING, by_place, in_order, is_answering

Roles = dict[str, tuple[str, str]]
NAMES = (
    ("source", "target"), ("src", "tgt"), ("src", "trg"), ("source_text", "target_text"),
    ("input_text", "target_text"), ("input_text", "output_text"), ("src_text", "tgt_text"),
    ("inputs", "targets"), ("input", "target"), ("inputs", "outputs"), ("source", "translation"),
    ("original", "translation"), ("source", "reference"), ("document", "summary"),
    ("article", "highlights"), ("article", "summary"), ("article", "abstract"),
    ("dialogue", "summary"), ("text", "summary"), ("content", "summary"),
    ("body", "summary"), ("body", "headline"),
    ("original", "simplified"), ("text", "translation"), ("text", "headline"), ("input", "output"),
    ("prompt", "completion"), ("instruction", "output"), ("instruction", "response"),
    ("question", "answer"),
    ("原文", "译文"), ("原文", "摘要"), ("正文", "摘要"),
)  # fmt: skip
_CALLED = (
    "en eng english anglais englisch 英文 英语", "de deu ger german deutsch 德文 德语",
    "fr fra fre french français 法文 法语", "es spa spanish español 西班牙语",
    "it ita italian italiano", "pt por portuguese português", "nl nld dutch nederlands",
    "ru rus russian русский 俄语", "zh zho chi chinese 中文 汉语 cmn",
    "ja jpn japanese 日文 日语", "ko kor korean 韩语", "ar ara arabic", "tr tur turkish",
    "pl pol polish", "cs ces czech", "sv swe swedish", "da dan danish", "fi fin finnish",
    "el ell greek", "he heb hebrew", "hi hin hindi", "vi vie vietnamese", "uk ukr ukrainian",
    "ro ron romanian", "hu hun hungarian", "id ind indonesian", "th tha thai", "fa fas persian",
    "la latin", "ca cat catalan", "bg bul bulgarian", "hr hrv croatian", "sr srp serbian",
    "sk slk slovak", "sl slv slovenian", "lt lit lithuanian", "lv lav latvian", "et est estonian",
    "no nor nb nn norwegian", "is isl icelandic", "sw swa swahili",
)  # fmt: skip
#: Names and codes of languages, and the code of each.
LANGUAGES = {word: words.split()[0] for words in _CALLED for word in words.split()}
#: Behind a language: countries, and how it is written. Alone ``uk`` and ``thai`` are languages.
_REGIONS = frozenset("cn tw hk us gb uk br mx at ch hans hant latn cyrl arab deva grek hebr jpan "
                     "kore hang thai".split())  # fmt: skip
_WORDS_TOO = {"id", "is", "no", "it", "la"}  # that are languages only beside a word: text_it
_SIDES = 3  # columns of texts that may be two sides and a note on them, where no task is said
_SAYING = 2  # words on average of a column that is named so, and holds no ids: text_id


def recognise(guess: Any, task: Any = None) -> Roles | None:
    """Source and target, and the prefix where there is one, each with the reason.

    Parameters
    ----------
    guess : workbench.data.columns.column_roles.Guess
    task : TaskSpec or None
        The task, where it is settled.
    """
    roles: Roles = {role: (name, "It was given.") for role, name in guess.given.items()}
    for role, found in (pair(guess) or {}).items():
        if found[0] not in {name for name, _ in roles.values()}:
            roles.setdefault(role, found)
    if not {"source", "target"} <= set(roles):
        placed = in_order(guess, "source", "target", NAMES, rather=_before(task),
                          longest=True)  # fmt: skip
        if placed is None or (task is None and not _is_told(guess, placed)):
            return None
        roles = placed
    taken = {name for name, _ in roles.values()}
    for name in guess.named("prefix", *_before(task)):
        if "prefix" not in roles and name not in taken and guess.kind(name) in ("text", "class"):
            roles["prefix"] = (name, f"Its name is {name!r}; it is read before the source.")
    return roles


def _is_told(guess: Any, placed: Roles) -> bool:
    """Whether columns say that they are a text and what is written for it, where no task is said.

    One of two or three columns of texts is called as what is written is, or none has any name. A
    text that is called a text is learnt alone, unless the other's name says nothing else.
    """
    texts = [c for c in guess.texts(set()) if c.kind == "text" and not c.repeats]
    if not 2 <= len(texts) <= _SIDES or not {name for name, _ in placed.values()} <= {
        c.name for c in texts
    }:
        return False
    unnamed = all(name.startswith("column_") for name in guess.columns)
    guessed = by_place({role: said for role, (_, said) in placed.items()})
    source, target = placed["source"][0], placed["target"][0]
    if source.lower().strip() in {*TEXT_NAMES, *MORE_TEXT_NAMES} - ASKING - {"input"}:
        return "target" not in guessed and is_answering(target, wholly=True)
    return "target" not in guessed or unnamed


def _before(task: Any) -> tuple[str, ...]:
    from ... import task_registry

    known = [task] if task is not None else task_registry.specs()
    return next((role.names for one in known for role in one.roles if role.kind == "prefix"), ())


def pair(guess: Any) -> Roles | None:
    """Source and target as columns are named, without what is given."""
    for names in NAMES:
        found = [guess.named(name) for name in names]
        if all(found) and all(guess.kind(one[0]) in ("text", "class") for one in found):
            return {
                role: (one[0], f"Its name is {one[0]!r}.")
                for role, one in zip(("source", "target"), found, strict=True)
            }
    found = languages(guess)
    if len(found) < 2:
        return None
    return {
        role: (name, f"{name!r} is named after a language; it is the {which} of them.")
        for role, which, name in zip(("source", "target"), ("first", "second"), found, strict=False)
    }


def languages(guess: Any) -> list[str]:
    """Columns of texts that are named after languages, and alike beside that; in their order."""
    groups: dict[tuple, dict[str, str]] = {}
    for name in guess.columns:
        if guess.kind(name) not in ("text", "class") or guess.columns[name].words < 1:
            continue
        few = guess.columns[name].words < _SAYING
        words = pieces(name)
        if len(words) > 1 and words[-1] in _REGIONS and words[-2] in LANGUAGES:
            words = words[:-1]
        for at in (len(words) - 1, 0):
            if not words or words[at] not in LANGUAGES:
                continue
            if words[at] not in _WORDS_TOO or (len(words) > 1 and not few):
                rest = (*words[:at], None, *words[at + 1 :])
                groups.setdefault(rest, {}).setdefault(LANGUAGES[words[at]], name)
                break
    return next((list(names.values()) for names in groups.values() if len(names) > 1), [])


def rivals(guess: Any, roles: Roles) -> list[str]:
    """Columns of further languages, that could as well be the target."""
    found, taken = languages(guess), {name for name, _ in roles.values()}
    return [name for name in found if name not in taken] if roles["target"][0] in found else []
