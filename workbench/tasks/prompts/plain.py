"""The text itself, with a fixed beginning before it where a model wants one.

A decoder, which goes on with a text instead of reading it whole, gets an empty line behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.i18n import t
from workbench.settings import NONE, setting

if TYPE_CHECKING:
    from workbench.tasks.shared.encoding import Encoded


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every kind may say of the text that is to be written."""

    max_target_length: int | None = setting(
        None, "tokens", kinds=(int, NONE), low=1, high=100_000
    )
    """Tokens at which a text that is to be written is cut; empty is as ``max_length``."""


@dataclass(frozen=True, kw_only=True)
class Settings(Target):
    """What ``prompt: {kind: plain}`` may say."""

    prefix: str | None = setting(None, "text", kinds=(str, NONE), blank=True)
    """Put before each text as it stands, such as ``"summarize: "``, which T5 was trained with."""


def encode(
    settings: Settings, tokenizer: Any, texts: Any, max_length: int, control: bool = False
) -> Encoded:
    """Token ids of the texts behind the prefix; the end of one that is too long is cut."""
    from workbench.tasks.shared.control_texts import as_texts
    from workbench.tasks.shared.encoding import encode_texts, replaced

    prefix = settings.prefix or ""
    whole = [prefix + text for text in texts] if prefix else list(texts)
    found = encode_texts(tokenizer, whole, max_length=max_length)
    spelt = {} if control else as_texts(tokenizer, whole, before=len(prefix))
    full = [row for row in range(len(found)) if found.lengths[row] >= max_length]
    full = [row for row in full if row not in spelt]
    ids = tokenizer([whole[row] for row in full], verbose=False)["input_ids"] if full else []
    found.cut = cut = sum(len(one) > max_length for one in (*ids, *spelt.values()))
    if any(len(one) > max_length for one in spelt.values()):
        spelt = as_texts(tokenizer, whole, before=len(prefix), most=max_length)
    found = replaced(found, spelt)
    if cut:
        found.notes.append(t("written.source_cut", n=cut, max_length=max_length))
    return found
