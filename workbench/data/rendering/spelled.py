"""Token ids as the text that they were made from, a piece for each."""

from __future__ import annotations

from os.path import commonprefix
from typing import Any

UNDONE = "\ufffd"  # what stands for a character of which tokens are missing
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
