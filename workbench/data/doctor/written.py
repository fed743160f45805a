"""What is asked and what is to be written: copies, leaks, lengths, scripts, secrets."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from statistics import median

from ...i18n import t
from .findings import Case, Finding
from .texts import check_near, check_personal

FAR = 5  # times the usual ratio of lengths
LONG = 200  # characters of a reply that can be far too long
_WORDS = 5  # of a question that a reply can repeat
_MOST = 0.9  # share of a side that says its script
_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|"
    r"\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bhf_[A-Za-z0-9]{30,}|"
    r"(?i:\b(?:password|passwd|api[_-]?key|secret)\b\s*[:=]\s*['\"]?[^\s'\"]{8,})"
)
_SCRIPTS = {"Latin": r"[A-Za-zÀ-ɏ]", "Chinese or Japanese": r"[぀-ヿ一-鿿]", "Cyrillic": r"[Ѐ-ӿ]",
            "Arabic": r"[؀-ۿ]", "Greek": r"[Ͱ-Ͽ]", "Hangul": r"[가-힯]",
            "Devanagari": r"[ऀ-ॿ]"}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Pair:
    """What is asked and what is to be written, and where it stands."""

    split: str
    row: int
    asked: str
    reply: str

    @property
    def place(self) -> str:
        """As findings name it."""
        return f"{self.split} row {self.row}"


def check_pairs(case: Case, pairs: list[Pair]) -> Iterator[Finding]:
    """All findings on pairs; texts are shown by their place only where they may be secret."""
    pairs = [pair for pair in pairs if pair.asked.strip() and pair.reply.strip()]
    if not pairs:
        return
    found = {"repeats": [p for p in pairs if _repeats(p)], "far": _far(pairs),
             "leaked": _leaked(pairs)}  # fmt: skip
    for kind, members in found.items():
        yield from _said(kind, members, len(pairs))
    for side in ("asked", "reply"):
        script, odd = _scripts(pairs, side)
        yield from _said(f"script_{side}", odd, len(pairs), script=script)
    secret = [p for p in pairs if _SECRETS.search(p.asked) or _SECRETS.search(p.reply)]
    yield from _said("secrets", secret, len(pairs))
    yield from _of_texts(case, pairs)


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
    long = len(asked.split()) >= _WORDS or (not asked.isascii() and len(asked) >= 2 * _WORDS)
    return long and asked != reply and asked in reply


def _far(pairs: list[Pair]) -> list[Pair]:
    """Replies that are longer than all others, measured by what is asked."""
    usual = median(len(pair.reply) / len(pair.asked) for pair in pairs)
    return [p for p in pairs if len(p.reply) > max(LONG, FAR * usual * len(p.asked))]


def _leaked(pairs: list[Pair]) -> list[Pair]:
    """Pairs of other splits that stand in train as well."""
    train = {(_plain(p.asked), _plain(p.reply)) for p in pairs if p.split == "train"}
    return [
        p for p in pairs if p.split != "train" and (_plain(p.asked), _plain(p.reply)) in train
    ]


def _scripts(pairs: list[Pair], side: str) -> tuple[str, list[Pair]]:
    """The script of a side, and the rows that have nothing of it but of another one."""
    of = [_script(getattr(pair, side)) for pair in pairs]
    counts = Counter(filter(None, of))
    if not counts:
        return "", []
    script, most = counts.most_common(1)[0]
    if most < _MOST * sum(counts.values()):
        return script, []
    return script, [p for p, one in zip(pairs, of, strict=True) if one and one != script]


def _script(text: str) -> str:
    counts = {name: len(re.findall(signs, text)) for name, signs in _SCRIPTS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= 3 or counts[best] == len(text.strip()) else ""


def _of_texts(case: Case, pairs: list[Pair]) -> Iterator[Finding]:
    """Personal data, and pairs that are nearly the same, by the checks of single texts."""
    import pandas as pd

    frame = pd.DataFrame(
        [(p.split, p.row, f"{p.asked}\n{p.reply}", None) for p in pairs],
        columns=["split", "row", "text", "label"], dtype=object,
    )  # fmt: skip
    of_texts = dataclasses.replace(case, frame=frame, memo={})
    yield from check_personal(of_texts)
    for finding in check_near(of_texts):
        remedy = t("writing.near_back")
        yield dataclasses.replace(finding, fix={}, remedy=remedy, drops=0)
