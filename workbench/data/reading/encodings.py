"""How the characters of a text file are written: found out from its bytes, and said."""

from __future__ import annotations

import codecs
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError
from ...i18n import t
from .alphabets import by_kana, by_letters, by_words, is_readable
from .expected import expected
from .reports import FileReport

CHUNK = 8 * 2**20
#: A line longer than this is taken for a file that is no table.
MAX_LINE = 64 * 2**20
#: Encodings that are told apart when a file is not Unicode, the likelier ones first.
CANDIDATES = (
    "cp1252", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1250",
    "cp1253", "cp1254", "cp1255", "cp1256",
)  # fmt: skip

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)", "Unpack it, or name it .xlsx"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it"),
    (b"BZh", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it"),
    (b"7z\xbc\xaf", "a 7-zip archive", "Unpack it"),
    (b"Rar!", "a rar archive", "Unpack it"),
    (b"PAR1", "a parquet file", "Name it .parquet"),
    (b"ARROW1", "an Arrow file", "Name it .arrow"),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "Name it .xls if it is a workbook"),
    (b"%PDF", "a PDF", "Copy its text out"),
    (b"\x89PNG", "a picture", "Give a table of texts"),
    (b"\xff\xd8\xff", "a picture", "Give a table of texts"),
    (b"SQLite format 3", "an SQLite database", "Export the table as csv"),
)


@dataclasses.dataclass(frozen=True)
class TextShape:
    """What the bytes of a text file are: codec, bytes of quotes, lines.

    ``lone`` are the carriage returns that no line feed follows, where lines end with line feeds.
    """

    encoding: str
    quotes: int
    lines: int
    lone: int = 0


def refuse_other_kinds(path: Path, head: bytes) -> None:
    """Raise DataError when a file that should be text is an archive, a picture, a database."""
    for magic, kind, remedy in _MAGIC:
        if head.startswith(magic):
            raise DataError(
                f"{path} is called {path.suffix or 'text'} and is {kind}.", f"{remedy}, and retry."
            )


def look(path: Path, report: FileReport, encoding: str | None = None, *, lines=True) -> TextShape:
    """Find out how a text file is encoded, reading it once in bounded memory.

    Order: what ``encoding`` says; a byte-order mark; UTF-16 by its zero bytes; UTF-8 when the whole
    file is valid; otherwise the likeliest of :data:`CANDIDATES`, which is noted as a guess.

    Parameters
    ----------
    lines : bool
        Whether lines mean something in the format, so that an endless one is refused.

    Raises
    ------
    DataError
        If it is binary, has a line without end, or is UTF-8 with a few damaged places.
    """
    with open(path, "rb") as stream:
        head = stream.read(65536)
    refuse_other_kinds(path, head)
    chosen = encoding or _marked(head) or "utf-8"
    try:
        shape = _scan(path, chosen, lines)
    except UnicodeDecodeError as error:
        if encoding or chosen != "utf-8":
            raise DataError(
                f"{path} is not {chosen}: {error.reason} {_place(path, error.start)}.",
                "Name the right one with reading={'encoding': ...}, or save the file as UTF-8.",
            ) from error
        chosen = _guess(path, report, error.start)
        shape = _scan(path, chosen, lines)
    if chosen.startswith(("utf-16", "utf-32")):
        report.note("info", "encoding", f"{path.name} is {chosen.upper()}.")
    report.encoding = chosen
    return shape


def open_text(path: Path, encoding: str):
    """The file as a text stream; line ends are left as they are."""
    return open(path, encoding=encoding, newline="")


def _marked(head: bytes) -> str | None:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    sample = head[:4096]
    if len(sample) >= 4 and b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        # Latin letters, digits, separators and line ends have a zero byte each
        if odd > 4 * even and odd >= 0.15 * len(sample) and even <= 0.05 * len(sample):
            return "utf-16-le"
        if even > 4 * odd and even >= 0.15 * len(sample) and odd <= 0.05 * len(sample):
            return "utf-16-be"
        for name, here, there in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
            if here > 1 and not there and is_readable(sample, name):
                return name  # of another script only blanks and line ends have a zero byte
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _scan(path: Path, encoding: str, lines: bool) -> TextShape:
    """Decode it all; UnicodeDecodeError carries the position in the file."""
    wide = encoding.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding)()
    done = quotes = n_lines = since = feeds = returns = 0
    before = ""
    for chunk in _chunks(path):
        if not wide and (at := chunk.find(b"\0")) >= 0:
            raise DataError(
                f"{path} holds a zero byte at byte {done + at:,} (line "
                f"{n_lines + chunk[:at].count(10) + 1:,}), so it is no text.",
                "Give a text file; if a program wrote it, write it again.",
            )
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            error.start += done - pending
            raise
        quotes += chunk.count(b'"')
        n_lines += chunk.count(b"\n") or chunk.count(b"\r")
        feeds += text.count("\n")
        returns += text.count("\r") - text.count("\r\n")
        returns -= before == "\r" and text[:1] == "\n"
        before = text[-1:] or before
        last = max(text.rfind("\n"), text.rfind("\r"))
        since = len(text) - last - 1 if last >= 0 else since + len(text)
        if lines and since > MAX_LINE:
            raise DataError(
                f"{path} has a line of more than {MAX_LINE // 2**20} MB (line {n_lines + 1:,}).",
                "Give a file with one row a line.",
            )
        done += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        error.start = done - 1
        raise
    return TextShape(encoding, quotes, n_lines, returns if feeds else 0)


def _place(path: Path, position: int) -> str:
    line = 1
    left = position
    for chunk in _chunks(path):
        line += chunk[:left].count(b"\n")
        left -= len(chunk)
        if left <= 0:
            break
    return f"at byte {position:,} in line {line:,}"


def _guess(path: Path, report: FileReport, position: int) -> str:
    """The likeliest encoding of a file that is not UTF-8; the guess is noted."""
    from charset_normalizer import from_bytes

    sample = _foreign_lines(path)
    place = _place(path, position)
    foreign = sum(byte > 127 for byte in sample)
    valid = sum(len(char.encode()) for char in sample.decode("utf-8", "ignore") if ord(char) > 127)
    if valid > 0.8 * foreign and foreign >= 20:
        raise DataError(
            f"{path} is UTF-8 except for damage {place}.",
            "Correct that line, or name another encoding with reading={'encoding': ...}.",
        )
    name = by_kana(sample)  # whose second bytes may be letters of ASCII
    if name is None and not _are_latin_words(sample):
        name = by_letters(sample)
    if name is None:
        name = _likeliest(from_bytes(sample, cp_isolation=list(CANDIDATES)), sample)
        name = by_words(sample, name)
    before = expected().encoding
    if before is not None and _decodes(path, before):
        if name != before:
            report.note("warning", "encoding", t("data_notes.encoding_before", file=path.name,
                        encoding=before, other=name), t("data_notes.encoding_before_back"))
        return before
    try:
        _scan(path, name, lines=False)
    except UnicodeDecodeError:
        name = "latin_1"  # every byte is a character there
    shown = next((ln for ln in sample.decode(name, "replace").splitlines() if ln.strip()), "")
    others = [other for other in ("gb18030", "cp1252", "cp1251") if other != name]
    report.note(
        "warning",
        "encoding",
        f"{path.name} is not UTF-8 ({place}); it was read as {name}, a guess: {shown[:60]!r}.",
        f"If that reads wrong, set reading={{'encoding': {others[0]!r}}} (or {others[1]!r}, ...).",
    )
    return name


def _decodes(path: Path, encoding: str) -> bool:
    """Whether a file that is not UTF-8 can be what the run's data are."""
    if encoding.startswith("utf"):
        return False
    try:
        _scan(path, encoding, lines=False)
    except UnicodeDecodeError:
        return False
    return True


_OTHER_ALPHABETS = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256")


def _are_latin_words(sample: bytes) -> bool:
    """Whether most words with bytes beyond ASCII have letters of ASCII beside them: café."""
    words = re.findall(rb"[A-Za-z\x80-\xff]{2,}", sample)
    words = [word for word in words if not word.isascii()]
    mixed = sum(bool(re.search(rb"[A-Za-z]", word)) for word in words)
    return mixed > 0.6 * len(words)


def _likeliest(matches, sample: bytes) -> str:
    """The best match; between Latin alphabets, and between Chinese ones, the commoner."""
    best = matches.best()
    if best is None:
        return "cp1252"
    if best.encoding in _OTHER_ALPHABETS and _are_latin_words(sample):
        return "cp1252"
    foreign = sum(byte > 127 for byte in sample)
    if best.encoding == "cp1250" and sample.count("ç".encode("cp1250")) >= 0.05 * foreign:
        return "cp1252"  # no language of Central Europe is so full of that letter
    if best.encoding in ("cp1250", "cp1254"):
        western = next((m for m in matches if m.encoding == "cp1252"), None)
        if western is None and "cp1252" in best.could_be_from_charset:
            western = best
        if western is not None and western.chaos <= best.chaos + 0.02:
            if best.coherence - western.coherence < 0.1:
                return "cp1252"
    if best.encoding == "big5":
        try:
            sample.decode("gb2312")  # Big5 has second bytes that are none of GB 2312
            return "gb18030"
        except UnicodeDecodeError:
            return "big5"
    return {"gbk": "gb18030", "gb2312": "gb18030"}.get(best.encoding, best.encoding)


def _foreign_lines(path: Path, limit: int = 65536) -> bytes:
    """The first lines that hold more than ASCII: what an encoding can be told by."""
    kept: list[bytes] = []
    size = 0
    with open(path, "rb") as stream:
        while size < limit and (line := stream.readline(limit)):
            if not line.isascii():
                kept.append(line)
                size += len(line)
    return b"".join(kept)
