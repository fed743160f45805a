"""What a model reads when a reply is asked for: the same text that the reply is learnt behind."""

from __future__ import annotations

from ...errors import DataError
from ..conversations.messages import Conversation
from . import control
from .rendered import KEPT
from .template import Template


def asked(
    conversation: Conversation, template: Template, max_length: int | None = None
) -> tuple[list[int], bool]:
    """Token ids of a conversation whose next turn is to be written, and whether they were cut.

    Of one that is too long the beginning goes, but for the token that begins every text.

    Raises
    ------
    DataError
        If the template refuses the messages, or cannot ask.
    """
    dicts, tools = conversation.as_dicts(), list(conversation.tools)
    sign = control.free_sign(control.texts_in([dicts, tools]))
    pattern = template.parted
    messages = control.marked(dicts, pattern, sign, kept=KEPT)
    schemas = control.marked(tools, pattern, sign, kept=KEPT) or None
    known = None if template.goes_on else template.turns(messages, schemas)
    slowly = conversation.replies
    try:
        text = template.text(messages, schemas, ask=True) if known is None \
            else known[0] + template.opening  # fmt: skip
    except DataError:
        if messages or not template.opening:
            raise
        text = template.opening
    breaks = [at for at, char in enumerate(text) if char == sign]
    if known is not None:
        ends = [0, *known[1]]
        breaks += [ends[n] + len(template.opening) for n in slowly if n and text.startswith(
            template.opening, ends[n])]  # fmt: skip
        slowly = [n for n in slowly if not n]
    for number in slowly:  # where earlier replies begin, as in what is learnt
        try:
            before = template.text(messages[:number], schemas, ask=True)
        except DataError:
            continue
        if text.startswith(before):
            breaks.append(len(before))
    breaks = [at - text[:at].count(sign) for at in breaks]
    ids, _ = template.tokens.encode(text.replace(sign, ""), breaks)
    return shortened(ids, template, max_length)


def shortened(
    ids: list[int], template: Template, most: int | None
) -> tuple[list[int], bool]:
    """At most so many token ids, the last ones behind what begins every text; whether some went."""
    if most is None or len(ids) <= most:
        return ids, False
    first = ids[:1] if ids[0] == template.tokenizer.bos_token_id and most > 1 else []
    return first + ids[len(ids) - most + len(first) :], True
