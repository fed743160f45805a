"""What a model reads of what is asked: its tokens, cut to what there is room for, which is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..catalog.loading.judging import positions
from ..data.conversations.examples import example
from ..data.conversations.messages import Conversation, Message
from ..data.conversations.stored import from_line
from ..i18n import t
from ..tasks.shared.encoding import Encoded
from .seats import CONVERSATION, TEXT

MOST_READ = 4096  # tokens, where the model has places for more: what is kept of them takes memory
_ALL = 10**9
_AROUND = 8  # tokens about a message, to be on the safe side


@dataclass
class Read:
    """Token ids that a model reads, and sentences on what they leave out."""

    ids: list[int]
    notes: list[str] = field(default_factory=list)


def read(
    task: Any, tokenizer: Any, config: Any, asked: dict[str, Any], *, way: str, max_length: int,
    new: int,
) -> Read:  # fmt: skip
    """The tokens of what is asked.

    Parameters
    ----------
    task : Task
        Configured for the model.
    asked : dict
        ``line`` (a conversation as :mod:`workbench.data.conversations.stored` has it) or ``text``.
    way : str
        See :mod:`.seats`.
    max_length : int
        Tokens that are read at most; a text for a text is cut there as in training.
    new : int
        Tokens that are to be written, and those that a text begins with, for which a decoder
        needs places too.
    """
    if way == TEXT:
        encoded = task.encode(tokenizer, _frame(asked["text"]), max_length)
        return Read(_prompt(encoded), list(encoded.notes))
    room = max_length
    places = positions(config.to_dict())
    if places is not None:
        room = max(1, min(room, places - new))
    if way == CONVERSATION:
        return _conversation(task, tokenizer, asked["line"], room)
    encoded = task.encode(tokenizer, _frame(asked["text"]).assign(prompt=True), _ALL)
    ids, notes = _prompt(encoded), list(encoded.notes)
    if len(ids) > room:
        notes.append(t("talking.text_dropped", n=len(ids) - room, room=room))
        ids = ids[-room:]
    return Read(ids, notes)


def _conversation(task: Any, tokenizer: Any, line: str, room: int) -> Read:
    """Of a conversation that is too long the oldest turns go whole; what the system says stays.

    As many go as leave a quarter of the room: the next turns begin alike, and are read on.
    """
    whole, _ = from_line(line)
    left = len(whole.messages) and whole.messages[0].role == "system"
    fixed, rest = whole.messages[: int(left)], list(whole.messages[int(left) :])
    task.room = None  # cut here, with a sentence on what went
    encoded = _encoded(task, tokenizer, whole, _ALL)
    ids = _prompt(encoded)
    if len(ids) <= room:
        return Read(ids, list(encoded.notes))
    full, gone = len(ids), _first_kept(tokenizer, fixed, rest, room)
    while True:
        kept = Conversation((*fixed, *rest[gone:]), whole.tools)
        encoded = _encoded(task, tokenizer, kept, _ALL)
        ids = _prompt(encoded)
        further = next((n for n in range(gone + 1, len(rest)) if rest[n].role == "user"), None)
        if len(ids) <= room or further is None:
            break
        gone = further
    notes = list(encoded.notes)
    if gone:
        notes.append(t("talking.turns_dropped", n=gone, tokens=full - len(ids), room=room))
    if len(ids) > room:  # a single question is too long
        notes.append(t("talking.text_dropped", n=len(ids) - room, room=room))
        ids = _prompt(_encoded(task, tokenizer, kept, room))
    return Read(ids, notes)


def _first_kept(tokenizer: Any, fixed: tuple, rest: list[Message], room: int) -> int:
    """Number of the first message that is read, found as if each question had been asked in turn:
    so what is read begins alike until it is too long once more."""
    sizes = [len(tokenizer(one.content, add_special_tokens=False, verbose=False)["input_ids"])
             + _AROUND for one in (*fixed, *rest)]  # fmt: skip
    about, sizes = sum(sizes[: len(fixed)]), sizes[len(fixed) :]
    users = [n for n, one in enumerate(rest) if one.role == "user"]
    first = 0
    for asked in users:
        if about + sum(sizes[first : asked + 1]) <= room:
            continue
        wanted = [n for n in users if first < n <= asked]
        fits = (n for n in wanted if about + sum(sizes[n : asked + 1]) <= room * 3 // 4)
        first = next(fits, wanted[-1] if wanted else first)
    return first


def _encoded(task: Any, tokenizer: Any, one: Conversation, most: int) -> Encoded:
    import pandas as pd

    made = pd.DataFrame([example(one, len(one.messages))],
                        columns=["text", "reply", "conversation", "row"])  # fmt: skip
    return task.encode(tokenizer, made.drop(columns=["row", "reply"]), most)


def _frame(text: str) -> Any:
    import pandas as pd

    return pd.DataFrame({"text": pd.Series([text], dtype=object)})


def _prompt(encoded: Encoded) -> list[int]:
    found = encoded[0]["input_ids"] if encoded.prompts is None else encoded.prompts[0]
    return np.asarray(found).tolist()
