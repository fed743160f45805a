"""One doubtful label at a time, decided by a button or a key: keep, change, leave out, undo."""

from __future__ import annotations

from collections.abc import Callable

import traitlets

from ..base import View, as_text, module

ACTIONS = ("accept", "relabel", "drop", "undo", "train", "find")


class QueueCard(View):
    """The example that is asked about, and the buttons; ``on_action(action, label)`` decides.

    A press counts for the example that its page showed: what was pressed twice while the kernel was
    busy does not decide about the next one, and nothing is pressed while a search or run is on.
    """

    TEXTS = "queue"
    _esm = module("keys.js", "elements/queue_card.js")
    current = traitlets.Dict().tag(sync=True)  # text, label, suggestion, reason
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    total = traitlets.Int(-1).tag(sync=True)  # -1: nobody looked yet
    decided = traitlets.Int(0).tag(sync=True)
    corrected = traitlets.Int(0).tag(sync=True)  # of these, changed or left out
    busy = traitlets.Bool(False).tag(sync=True)
    training = traitlets.Bool(False).tag(sync=True)
    saved = traitlets.Unicode("").tag(sync=True)

    def __init__(self, *, on_action: Callable[[str, str], None], **traits):
        super().__init__(**traits)
        self._on_action = on_action
        self.on_msg(self._message)

    def show(self, queue) -> None:
        """Show where a :class:`workbench.inspection.LabelQueue` is; None for none."""
        row = None if queue is None else queue.current
        names = ("text", "pair", "label", "suggestion", "reason")
        with self.hold_sync():
            self.total = -1 if queue is None else len(queue)
            self.decided = 0 if queue is None else queue.decided
            self.corrected = 0 if queue is None else queue.corrected
            self.labels = [] if queue is None else queue.labels
            self.current = {} if row is None else {n: as_text(row.get(n))[:20_000] for n in names}

    def _message(self, _widget, content: dict, _buffers) -> None:
        here = content.get("decided") == self.decided and not (self.busy or self.training)
        if here and content.get("action") in ACTIONS:
            self._on_action(content["action"], str(content.get("label") or ""))
