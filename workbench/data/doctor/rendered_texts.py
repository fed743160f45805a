"""Texts that are learnt whole although they are conversations: a template rendered them already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ... import task_registry
from ...i18n import t
from ...task_words import called
from ..conversations.turn_texts import form_of
from .findings import Case, Finding

_LOOKED_AT = 2000  # texts


def check_rendered(case: Case) -> Iterator[Finding]:
    """Conversations among the texts, and the task that learns their replies alone."""
    texts = case.frame["text"].iloc[:_LOOKED_AT]
    forms = [form_of(text) for text in texts]
    titles = Counter(form.title for form in forms if form is not None)
    count = sum(titles.values())
    chat = next((one.name for one in task_registry.specs() if one.role("messages")), None)
    if not count or chat is None:
        return
    mask = [form is not None for form in forms] + [False] * (len(case.frame) - len(texts))
    most = count >= 0.9 * len(texts)  # as data is read as conversations
    yield Finding(
        "warning" if most else "info", "rendered conversations",
        t("turn_texts.rendered", n=count, whole=len(texts),
          titles=", ".join(name for name, _ in titles.most_common(3))),
        count, case.places(mask), t("turn_texts.rendered_back", task=called(chat)),
        {"task": chat, "columns": {"messages": case.mapping.columns["text"]}} if most else {},
        asked=True,
    )  # fmt: skip
