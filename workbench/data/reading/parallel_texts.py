"""Texts in two languages, a file each, line by line: ``train.en`` beside ``train.de``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t
from .parallel_files import lines_of
from .reports import FileReport
from .split_names import split_of

if TYPE_CHECKING:
    import pyarrow as pa

_SOURCES = ("source", "src", "original", "document", "article")
_TARGETS = ("target", "tgt", "trg", "translation", "summary", "reference", "ref")
_LANGUAGES = frozenset(
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu ha he hi hr hu "
    "hy id ig is it ja ka kk km kn ko ky lo lt lv mg mk ml mn mr ms my nb ne nl nn no pa pl ps pt "
    "ro ru rw si sk sl so sq sr st sv sw ta te tg th tl tr uk ur uz vi xh yo zh zu "
    "eng deu ger fra fre spa ita por rus zho chi jpn kor ara".split()
)
_ENDINGS = (".txt", ".text", ".tok", ".clean")
_WORD = re.compile(r"[.\-_ ]+")
#: Behind a language, however they are written: places and letters that are nothing else.
_REGIONS = frozenset("cn tw hk hans hant us gb br".split())
#: Behind a language in capitals; ``en-de`` are two languages.
_COUNTRIES = frozenset(
    "AE AR AT AU BE BR CA CH CL CN CO CZ DE DK EG ES FI FR GB GR HK IE IL IN IR IT JP KR MX NL NO "
    "NZ PE PH PL PT RU SA SE SG TR TW UA UK US ZA".split()
)
_SCRIPTS = frozenset(
    "Arab Armn Beng Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hans Hant Hebr Jpan Khmr Knda Kore "
    "Laoo Latn Mlym Mymr Orya Sinh Taml Telu Thai Tibt".split()
)

Sides = dict[str, Path]


def side_of(name: str) -> tuple[str, str] | None:
    """What a file's name says beside its language or side, and that; None where it says none.

    Examples
    --------
    >>> side_of("train.de"), side_of("news.en.txt"), side_of("source.txt"), side_of("notes.txt")
    (('train', 'de'), ('news', 'en'), ('', 'source'), None)
    >>> side_of("dev.zh_CN"), side_of("eng_Latn.dev"), side_of("news.en-de.de")
    (('dev', 'zh-cn'), ('dev', 'eng-latn'), ('news-en-de', 'de'))
    """
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    written = [word for word in _WORD.split(name) if word]
    words = [word.lower() for word in written]
    for at in (len(words) - 2, 0):
        alone = "." in name or len(words) == 2 or at  # as a language is, below
        if 0 <= at < len(words) - 1 and alone and _has_region(written, at):
            return "-".join(words[:at] + words[at + 2 :]), "-".join(words[at : at + 2])
    for at in (len(words) - 1, 0):
        if not words:
            return None
        word = words[at]
        side = next((names[0] for names in (_SOURCES, _TARGETS) if word in names), None)
        is_language = word in _LANGUAGES and ("." in name or len(words) == 1 or at)
        if side is not None or is_language:
            return "-".join(words[:at] + words[at + 1 :]), side or word
    return None


def _has_region(written: list[str], at: int) -> bool:
    """Whether a language stands there, and behind it where or in which letters it is written."""
    language, said = written[at], written[at + 1]
    if language.lower() not in _LANGUAGES:
        return False
    if said.lower() in _REGIONS or said in _SCRIPTS:
        return True
    if said not in _COUNTRIES or said.lower() not in _LANGUAGES:
        return said in _COUNTRIES
    same = language.lower() == said.lower()  # EN-DE are two languages, corpus.EN-DE.DE says one
    two = at > 0 and written[at - 1].lower() in _LANGUAGES
    return not two and (same or not language.isupper())


def find(files: list[Path], readable: set[str]) -> dict[str, Sides]:
    """Files of two sides by what else they are called; nothing where they do not come in twos.

    Parameters
    ----------
    files : list of Path
    readable : set of str
        Endings of files that are tables: those are not read line by line.
    """
    found: dict[str, Sides] = {}
    for file in files:
        ending = file.suffix.lower()
        if ending in readable and ending not in _ENDINGS:
            continue
        if (named := side_of(file.name)) is not None:
            found.setdefault(named[0], {}).setdefault(named[1], file)
    return {rest: sides for rest, sides in found.items() if len(sides) > 1}


def read(
    found: dict[str, Sides], reading: dict[str, Any], report: FileReport
) -> dict[str, pa.Table]:
    """``source`` and ``target`` of each split; lines without a text are left out and counted.

    Raises
    ------
    DataError
        If the two files have not as many lines, or there are more than two of them.
    """
    import pyarrow as pa

    pairs: dict[str, list[tuple[str, str]]] = {}
    shown: dict[str, str] = {}
    for rest, sides in found.items():
        if len(sides) > 2:
            raise DataError(
                t("parallel.several", files=", ".join(file.name for file in sides.values())),
                t("parallel.several_back"),
            )
        first, second = _order(rest, list(sides))
        one, other = (lines_of(sides[side], reading, report) for side in (first, second))
        if len(one) != len(other):
            raise DataError(
                t("data_notes.parallel_uneven", one=sides[first], n=len(one), other=sides[second],
                  m=len(other)),
                t("data_notes.parallel_uneven_back"),
            )  # fmt: skip
        named = split_of(rest)
        split = named[0] if named is not None else "train"
        pairs.setdefault(split, []).extend(zip(one, other, strict=True))
        shown[split] = f"{sides[first].name} → {sides[second].name}"
    tables = {}
    for split, lines in pairs.items():
        kept = [(a, b) for a, b in lines if a and b]
        report.note("info", "parallel texts",
                    t("parallel.read", n=len(kept), files=shown[split], split=split),
                    t("tmx.turn"), len(kept))  # fmt: skip
        halves = sum(bool(a) != bool(b) for a, b in lines)
        if halves:
            report.note("warning", "parallel texts", t("parallel.left", n=halves, split=split),
                        t("parallel.left_back"), halves)  # fmt: skip
        tables[split] = pa.table({
            "source": pa.array([a for a, _ in kept], pa.string()),
            "target": pa.array([b for _, b in kept], pa.string()),
        })  # fmt: skip
    return tables


def _order(rest: str, sides: list[str]) -> tuple[str, str]:
    """Which side is the source: as it is called, as ``de-en`` in the name says, or English."""
    for first, second in (sides, sides[::-1]):
        said = f"-{first}-{second}-" in f"-{rest}-"
        if first == _SOURCES[0] or second == _TARGETS[0] or said:
            return first, second
    first, second = sorted(sides, key=lambda side: (side[:3].strip("-") not in ("en", "eng"), side))
    return first, second
