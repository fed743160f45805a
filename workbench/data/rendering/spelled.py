"""Token ids as the text that they were made from, a piece for each."""

from __future__ import annotations

import re
from functools import cache
from os.path import commonprefix
from typing import Any

UNDONE = "\ufffd"  # what stands for a character of which tokens are missing
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
MOST_TOKENS = 8  # of a character, which has four bytes at most; behind them it is no character


def pieces(tokenizer: Any, ids: list[int], most: int | None = None) -> list[str]:
    """Each token as the text has it, blanks kept; special ones by their names.

    A character that lies in several tokens stands with the last of them; those before are "".
    Decoded are a token and what was spelled right before it, so the time is linear in the tokens.

    Parameters
    ----------
    most : int, optional
        Spell no further token once there are so many characters: fewer pieces than ids.
    """
    special = set(tokenizer.all_special_ids)
    said = [one for one in ids if one not in special]
    found: list[str] = []
    start = done = now = length = 0  # said[start:done] is spelled, and what said[done:now] begins
    before = ""  # what of said[start:now] is spelled

    def decoded() -> str:
        return tokenizer.decode(said[start:now], clean_up_tokenization_spaces=False)

    for number in ids:
        if most is not None and length >= most:
            break
        if number in special:
            found.append(str(tokenizer.convert_ids_to_tokens(number)))
        else:
            now += 1
            whole = decoded()
            goes_on = whole.endswith(UNDONE) and now < len(said) and now - done < MOST_TOKENS
            whole = whole.rstrip(UNDONE) if goes_on else whole
            if goes_on and not whole.startswith(before):  # bytes before it wait for it too
                whole = before
            found.append(whole[len(commonprefix([before, whole])) :])
            before = whole
            if not goes_on:
                start, done = done, now
                before = decoded()
        length += len(found[-1])
    return found


def readable(tokenizer: Any, ids: list[int]) -> list[str]:
    """The pieces of a text without blanks around them; where one has no letter, see :func:`alone`.

    Of a character that lies in several tokens the last one has it, the others name their bytes.
    """
    found = pieces(tokenizer, ids)
    return [_seen(one) or alone(tokenizer, number)
            for one, number in zip(found, ids, strict=True)]  # fmt: skip


def alone(tokenizer: Any, number: int) -> str:
    """A token by itself, as a person reads it: without blanks around it, or by its name.

    Blanks that are all of it are signs (``␣``, ``↵``, ``⇥``), what shows nothing is its number
    (``<U+200D>``); bytes of a character that it does not hold whole are ``<0xE4><0xBD>``.
    """
    name = str(tokenizer.convert_ids_to_tokens(number))
    if number in set(tokenizer.all_special_ids):
        return name
    said = tokenizer.decode([number], clean_up_tokenization_spaces=False)
    if UNDONE in said:
        if _BYTE.fullmatch(name):  # a tokenizer of sentences calls its bytes so
            return name
        found = [_byte_signs().get(sign) for sign in name]
        known = all(one is not None for one in found)
        return "".join(f"<0x{one:02X}>" for one in found) if known else name
    shown = said.replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥")
    return _seen(said) or shown or name


def _seen(text: str) -> str:
    """A text without blanks around it; what shows nothing, such as what joins emoji, by number."""
    text = text.strip()
    if any(map(str.isprintable, text)):
        return text
    return "".join(f"<U+{ord(one):04X}>" for one in text)


@cache
def _byte_signs() -> dict[str, int]:
    """The signs by which byte-level tokenizers write bytes: those that print are themselves."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): b for n, b in enumerate(others)}
