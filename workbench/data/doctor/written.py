"""What is asked and what is to be written: copies, leaks, lengths, languages, secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from statistics import median

from ...i18n import t
from .. import fixes
from .findings import Case, Finding
from .secrets import SECRETS, masked
from .sides import ROWS, Pair, odd_languages, odd_scripts
from .texts import check_near, check_personal

FAR = 5  # times the usual ratio of lengths
LONG = 200  # characters of a reply that can be far too long
_WORDS = 5  # of a question that a reply can repeat


def check_pairs(
    case: Case, pairs: list[Pair], *, same: list[Pair] | None = None
) -> Iterator[Finding]:
    """All findings on pairs; texts are shown by their place only where they may be secret.

    Of ``same``, pairs of a text with itself that are named elsewhere, secrets are counted alone.
    """
    every = [*pairs, *(same or [])]
    secret = [p for p in every if SECRETS.search(p.asked) or SECRETS.search(p.reply)]
    yield from _said("secrets", secret, len(every))
    pairs = [pair for pair in pairs if pair.asked.strip() and pair.reply.strip()]
    if not pairs:
        return
    found = {"repeats": [p for p in pairs if _repeats(p)],
             "echoes": [p for p in pairs if _plain(p.asked) == _plain(p.reply)],
             "far": _far(pairs), **_leaked(pairs)}  # fmt: skip
    for kind, members in found.items():
        yield from _said(kind, members, len(pairs))
    foreign: set[int] = set()
    for side in ("asked", "reply"):
        script, odd = odd_scripts(pairs, side)
        foreign |= set(map(id, odd))
        yield from _said(f"script_{side}", odd, len(pairs), script=script)
    left = [pair for pair in pairs if id(pair) not in foreign]
    looked = min(len(left), ROWS)
    for side, (language, odd, which) in odd_languages(left, seed=case.recipe.seed).items():
        shown = ", ".join(f"{code} {count}" for code, count in which.most_common(3))
        of = t("writing.of_rows", rows=looked) if looked < len(left) else ""
        for one in _said(f"language_{side}", odd, looked, language=language, which=shown):
            yield dataclasses.replace(one, what=f"{one.what}{of}")
    yield from _of_texts(case, pairs)


def check_twice(
    case: Case, items: list[tuple[str, str, str, str]], *, drop: bool = False, group: str = ""
) -> Iterator[Finding]:
    """What is asked and written twice in a split, and what has several answers.

    Texts that are asked are the same by :func:`workbench.data.fixes.plain`, answers sign by sign:
    so do fixes leave out copies.

    Parameters
    ----------
    case : Case
    items : list of (split, place, what is asked, what is to be written)
    drop : bool
        Whether a fix leaves copies out.
    group : str
        The column of what is asked, by which splits can be drawn; "" where there is none.
    """
    import pandas as pd

    seen: set[tuple[str, str, str]] = set()
    answers: dict[str, set[str]] = {}
    asked = fixes.plain(pd.Series([one for *_, one, _ in items], dtype=object))
    twice, keys = [], [(item[0], one, item[3]) for item, one in zip(items, asked, strict=True)]
    for key, (_, place, *_) in zip(keys, items, strict=True):
        if key in seen:
            twice.append(place)
        seen.add(key)
        answers.setdefault(key[1], set()).add(key[2])
    many = [place for key, (_, place, *_) in zip(keys, items, strict=True)
            if len(answers[key[1]]) > 1]  # fmt: skip
    drawn = case.recipe.split not in ("group", "time") and len(case.splits) < 3
    together = {"split": "group", "split_column": group} if drawn and group else {}
    several = sum(len(one) > 1 for one in answers.values())
    for kind, places, count in (("twice", twice, len(twice)), ("many", many, several)):
        if not places:
            continue
        far = " " + t("writing.drawn") if drawn else ""
        yield Finding(
            "warning" if kind == "twice" else "info", kind,
            t(f"writing.{kind}.what", n=count, rows=len(places)) + far, count,
            tuple(places[:3]), t(f"writing.{kind}.remedy"),
            {"fixes": ["drop_duplicates"]} if kind == "twice" and drop else together,
        )  # fmt: skip


def _said(kind: str, members: list[Pair], whole: int, **values: str) -> Iterator[Finding]:
    if members:
        key = f"writing.{kind}"
        yield Finding(
            "info" if kind == "far" else "warning", kind.replace("_", " "),
            t(f"{key}.what", n=len(members), share=len(members) / whole, **values), len(members),
            tuple(dict.fromkeys(pair.place for pair in members))[:3], t(f"{key}.remedy"),
        )  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _repeats(pair: Pair) -> bool:
    """Whether a reply says the whole question again, and more."""
    asked, reply = _plain(pair.asked), _plain(pair.reply)
    return _long(asked) and asked != reply and asked in reply


def _far(pairs: list[Pair]) -> list[Pair]:
    """Replies that are longer than all others, measured by what is asked."""
    usual = median(len(pair.reply) / len(pair.asked) for pair in pairs)
    return [p for p in pairs if len(p.reply) > max(LONG, FAR * usual * len(p.asked))]


def _leaked(pairs: list[Pair]) -> dict[str, list[Pair]]:
    """Pairs of other splits that stand in train as well; those of which one side does.

    Of one side only texts of some words count: greetings and short replies come again and again.
    """
    train = [(_plain(p.asked), _plain(p.reply)) for p in pairs if p.split == "train"]
    known, asked, replies = set(train), {one for one, _ in train}, {other for _, other in train}
    found: dict[str, list[Pair]] = {"leaked": [], "leaked_asked": [], "leaked_reply": []}
    for pair in pairs:
        one, other = _plain(pair.asked), _plain(pair.reply)
        if pair.split == "train":
            continue
        if (one, other) in known:
            found["leaked"].append(pair)
        elif one in asked and _long(one):
            found["leaked_asked"].append(pair)
        elif other in replies and _long(other):
            found["leaked_reply"].append(pair)
    return found


def _long(text: str) -> bool:
    return len(text.split()) >= _WORDS or (not text.isascii() and len(text) >= 2 * _WORDS)


def _of_texts(case: Case, pairs: list[Pair]) -> Iterator[Finding]:
    """Personal data, and pairs that are nearly the same, by the checks of single texts."""
    import pandas as pd

    frame = pd.DataFrame(
        [(p.split, p.row, f"{p.asked}\n{p.reply}", None) for p in pairs],
        columns=["split", "row", "text", "label"], dtype=object,
    )  # fmt: skip
    of_texts = dataclasses.replace(case, frame=frame, memo={})
    yield from check_personal(of_texts)
    yield from _near(of_texts)
    if len({pair.split for pair in pairs}) > 1:
        only = frame.assign(text=[pair.asked for pair in pairs])
        for one in _near(dataclasses.replace(case, frame=only, memo={}, tables={})):
            if one.severity == "warning":  # in two splits
                what = t("writing.near", what=one.what)
                yield dataclasses.replace(one, check="near sources", what=what)


def _near(case: Case) -> Iterator[Finding]:
    """Texts that are nearly the same; nothing secret is shown of them."""
    for one in check_near(case):
        shown = tuple(map(masked, one.examples))
        yield dataclasses.replace(
            one, fix={}, remedy=t("writing.near_back"), drops=0, examples=shown
        )
