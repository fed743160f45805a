"""Translation memories (TMX): units with a text in each language, read by a parser that is safe.

No entity is expanded, no definition outside the file is fetched, and what is wrong with the file is
said with its line.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ...errors import DataError
from ...i18n import t
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 512 * 2**20  # bytes of a file, whose texts are held in memory
FEW = 0.1  # share of units with two regions of a language, below which those are one language
_CODES = frozenset({"bpt", "ept", "ph", "it", "ut", "sub"})  # hold marks of a layout, no text


def read(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool) -> list[pa.Table]:
    """``source`` and ``target`` of a memory of two languages, or a column a language.

    Units that lack a language are left out, and counted.

    Raises
    ------
    DataError
        If it is no XML (with the line), defines entities, is no TMX, or is too large.
    """
    import pyarrow as pa

    if path.stat().st_size > MOST:
        raise DataError(
            t("data_notes.parallel_large", file=path, mb=MOST // 2**20),
            t("data_notes.parallel_large_back"),
        )
    memory = _Memory(path)
    memory.parse()
    languages = memory.settled()
    if not languages:
        raise DataError(
            t("tmx.no_language", file=path, n=len(memory.units)), t("tmx.no_language_back")
        )
    if len(languages) < 2:
        raise DataError(
            t("tmx.one_language", file=path, found=languages[0]),
            t("tmx.one_language_back"),
        )
    rows = [[unit.get(name) for name in languages] for unit in memory.units]
    two = len(languages) == 2
    kept = [row for row in rows if sum(map(bool, row)) == 2] if two else rows
    names = ["source", "target"] if two else languages
    shown = " → ".join(languages) if two else ", ".join(languages)
    report.note("info", "tmx", t("tmx.read", n=len(kept), file=path.name, languages=shown),
                t("tmx.turn") if two else t("tmx.choose", one=languages[0], other=languages[1]),
                len(kept))  # fmt: skip
    for kind, count in (("left", len(rows) - len(kept)), ("twice", memory.twice),
                        ("codes", memory.coded)):  # fmt: skip
        if count:
            report.note("info" if kind == "codes" else "warning", "tmx",
                        t(f"tmx.{kind}", n=count), t(f"tmx.{kind}_back"), count)  # fmt: skip
    if memory.regions:
        report.note("warning", "tmx", t("tmx.regions", names=", ".join(memory.regions)),
                    t("tmx.regions_back"), len(kept))  # fmt: skip
    columns = zip(*kept, strict=True) if kept else [[] for _ in names]
    return [pa.table({
        name: pa.array(list(texts), pa.string())
        for name, texts in zip(names, columns, strict=True)
    })]  # fmt: skip


class _Memory:
    """A memory while it is parsed."""

    def __init__(self, path: Path):
        self.path = path
        self.units: list[dict[str, str]] = []
        self.twice = self.coded = 0
        self.regions: list[str] = []  # that were read as one language
        self.source = ""
        self._unit: dict[str, str] | None = None
        self._language = ""
        self._texts: list[str] | None = None
        self._deep = 0  # elements of marks that are open
        self._had_codes = self._is_tmx = False
        self.parser = parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def parse(self) -> None:
        try:
            with open(self.path, "rb") as stream:
                while block := stream.read(2**20):
                    self.parser.Parse(block, False)
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, str(error))
            raise DataError(
                t("tmx.no_xml", file=self.path, line=error.lineno, why=what), t("tmx.no_xml_back")
            ) from error

    def settled(self) -> list[str]:
        """The languages, that of the source first; regions of one language are one where few units
        have two of them, of which the first is taken."""
        counts = Counter(name for unit in self.units for name in unit)
        found = list(counts)
        bases = list(dict.fromkeys(map(_base, found)))
        both = sum(len(set(map(_base, unit))) < len(unit) for unit in self.units)
        if len(bases) == 2 < len(found) and both <= FEW * len(self.units):
            self.regions = [f"{name} ({n:,})" for name, n in counts.items()]
            self.units = list(map(self._based, self.units))
            found = bases
        first = [n for n in found if n == self.source or n == self.source.partition("-")[0]]
        return first + [name for name in found if name not in first]

    def _based(self, unit: dict[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for name, text in unit.items():
            self.twice += _base(name) in kept
            kept.setdefault(_base(name), text)
        return kept

    def _entity(self, name: str, *_: Any) -> None:
        raise DataError(
            t("tmx.entity", file=self.path, line=self.parser.CurrentLineNumber, name=name),
            t("tmx.entity_back"),
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.lower()
        if not self._is_tmx:
            if name != "tmx":
                raise DataError(t("tmx.other", file=self.path, name=name), t("tmx.other_back"))
            self._is_tmx = True
        if name == "header":
            self.source = _code(attributes.get("srclang", ""))
        elif name == "tu":
            self._unit = {}
        elif name == "tuv":
            self._language = _code(attributes.get("xml:lang") or attributes.get("lang") or "")
        elif name == "seg" and self._unit is not None:
            self._texts, self._deep, self._had_codes = [], 0, False
        elif self._texts is not None and (name in _CODES or self._deep):
            self._deep += 1
            self._had_codes = True

    def _end(self, name: str) -> None:
        name = name.lower()
        if name == "seg" and self._texts is not None and self._unit is not None:
            text = " ".join("".join(self._texts).split())
            if text and self._language:
                self.twice += self._language in self._unit
                self._unit.setdefault(self._language, text)
                self.coded += self._had_codes
            self._texts = None
        elif name == "tu" and self._unit is not None:
            self.units.append(self._unit)
            self._unit = None
        elif self._texts is not None and self._deep:
            self._deep -= 1

    def _characters(self, text: str) -> None:
        if self._texts is not None and not self._deep:
            self._texts.append(text)


def _base(code: str) -> str:
    """The language of a code that may say its region."""
    return code.partition("-")[0]


def _code(name: str) -> str:
    """A language's code as it is written here: ``en``, ``pt-br``."""
    return name.strip().lower().replace("_", "-")
