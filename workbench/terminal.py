"""What is printed to a terminal: labels, names and texts of others can command it nothing.

A terminal takes certain characters for orders: to change its title, to write the clipboard, to
move the cursor, to turn the direction of writing. They are shown as what they are instead.
"""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TextIO

#: Controls (but for new line and tab), what turns the direction of writing or ends a line or a
#: paragraph, what hides between letters without joining them, tags, halves of surrogate pairs.
_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def printable(text: object) -> str:
    r"""A text without anything that a terminal obeys, each such character written out.

    New lines and tabs stay, and so do letters of every script and what joins them.

    >>> print(printable("\x1b]0;owned\x07 caf\u00e9 \u202etxt"))
    \x1b]0;owned\x07 café \u202etxt
    """
    return _ORDERS.sub(_written_out, str(text))


def _written_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def say(text: object = "", *, file: TextIO | None = None, end: str = "\n") -> None:
    """Print a line that came from anywhere, on standard output or another stream.

    What the stream's encoding has no character for is written out as well. A reader that has gone
    (``| head``) ends the printing and nothing else; where a stream is closed nothing is printed.
    """
    stream = sys.stdout if file is None else file
    if stream is None:
        return
    line = printable(text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with contextlib.suppress(LookupError):
        line = line.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(line + end)
    stream.flush()
