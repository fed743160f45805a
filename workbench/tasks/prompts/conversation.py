"""A conversation by a chat template: the tokenizer's own, or one by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.data.rendering.named import NAMED, SYSTEMS
from workbench.settings import setting

if TYPE_CHECKING:
    from workbench.data.rendering.template import Template
    from workbench.tasks.shared.encoding import Encoded

AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What ``prompt: {kind: conversation}`` may say."""

    template: str = setting(AUTO, "name", kinds=(str,), choices=(AUTO, "own", *NAMED))
    """Template by its name; ``own`` is the tokenizer's, ``auto`` as well, or where it has none the
    named one that fits it."""

    system: str = setting("own", "name", kinds=(str,), choices=SYSTEMS)
    """``own`` leaves a system prompt to the template; ``first_user`` puts it in front of the user's
    first turn, for templates that refuse the role."""

    cut: str = setting("start", "name", kinds=(str,), choices=("start", "end"))
    """Where a conversation that is too long is cut: ``start`` keeps the last reply whole as far as
    it fits, ``end`` keeps what was said first."""

    @property
    def max_target_length(self) -> None:
        """Replies are cut with their conversation, by ``max_length`` alone."""
        return None


def template_of(settings: Settings, tokenizer: Any, *, control: bool = False) -> Template:
    """The template that a conversation is rendered with; ``control``: whether control tokens that
    it spells out are such.

    Raises
    ------
    DataError
        If the tokenizer has none of its own, and that was asked for.
    ModelError
        If the tokenizer has nothing that ends a reply.
    """
    from workbench.data.rendering.template import Template

    name = None if settings.template == AUTO else settings.template
    return Template(tokenizer, name, control=control, system=settings.system)


def encode(
    settings: Settings, tokenizer: Any, texts: Any, max_length: int, control: bool = False
) -> Encoded:
    """Token ids of what is read when each text is said and a reply is asked for."""
    import numpy as np

    from workbench.data.conversations.messages import Conversation, Message
    from workbench.data.rendering.asking import asked
    from workbench.tasks.shared.encoding import Encoded

    template = template_of(settings, tokenizer, control=control)
    rows = [
        asked(Conversation((Message("user", text),)), template, max_length)[0] for text in texts
    ]
    lengths = [len(ids) for ids in rows]
    flat = np.fromiter((token for ids in rows for token in ids), np.int32, sum(lengths))
    return Encoded({"input_ids": flat}, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
