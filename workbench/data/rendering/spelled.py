"""Token ids as the text that they were made from, a piece for each."""

from __future__ import annotations

from typing import Any


def pieces(tokenizer: Any, ids: list[int]) -> list[str]:
    """Each token as the text has it, blanks kept; special ones by their names.

    A character that lies in several tokens stands with the last of them; those before are "".
    """
    special, found, before = set(tokenizer.all_special_ids), [], ""
    for place, number in enumerate(ids):
        if number in special:
            found.append(str(tokenizer.convert_ids_to_tokens(number)))
            continue
        said = [one for one in ids[: place + 1] if one not in special]
        whole = tokenizer.decode(said, clean_up_tokenization_spaces=False)
        whole = whole.rstrip("\ufffd") if place + 1 < len(ids) else whole
        found.append(whole[len(before) :] if whole.startswith(before) else whole)
        before = whole
    return found
