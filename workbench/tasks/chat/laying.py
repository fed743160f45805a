"""Conversations as rows of tokens: rendered, cut, and several of them in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.conversations.messages import Conversation
from ...data.conversations.stored import from_line
from ...data.rendering.asking import asked, shortened
from ...data.rendering.examined import examine
from ...data.rendering.fitting import Fitted, fit, packs
from ...data.rendering.rendered import Rendered, render
from ...errors import DataError
from ...i18n import t
from ..shared.control_texts import told_of
from ..shared.encoding import IGNORED, Encoded, Targets

if TYPE_CHECKING:
    import pandas as pd

    from ...data.rendering.template import Template


def encode(
    template: Template, frame: pd.DataFrame, max_length: int, cut: str, room: int
) -> Encoded:
    """Rows of all conversations of a frame, each with what is asked at its last reply.

    Parameters
    ----------
    template : Template
    frame : pandas.DataFrame
        ``conversation`` (see :mod:`workbench.data.conversations.stored`) and, maybe, ``row``.
    max_length : int
        Tokens of a row at most.
    cut : {'start', 'end'}
    room : int
        Tokens of what is asked at most; its beginning is cut.

    Returns
    -------
    Encoded
        Labels of tokens where a frame has replies; ``examples`` says which conversation a row is
        of, ``prompts`` has one for each; notes say what :func:`.examine` finds.

    Raises
    ------
    DataError
        If the template refuses all of them.
    """
    fitted: list[Fitted] = []
    examples: list[int] = []
    prompts: list[list[int]] = []
    refused: list[str] = []
    spelt: list[set[str]] = []
    cut_prompts = 0
    numbers = frame["row"] if "row" in frame.columns else range(len(frame))
    known = "reply" in frame.columns
    for number, (line, row) in enumerate(zip(frame["conversation"], numbers, strict=True)):
        one, ask = from_line(line, row=int(row))
        spelt.append(template.spelt(one))
        rendered = render(one, template) if known else []
        fitted += [fit(each, max_length, cut=cut) for each in rendered]
        examples += [number] * len(rendered)
        ids, shorter = _prompt(one, ask, rendered, template, room, refused)
        prompts.append(ids)
        cut_prompts += shorter
    if refused and len(refused) == len(frame):
        raise DataError(refused[0], t("templates.refuses_back"))
    if not known:
        fitted = [Fitted(_bare(ids), 0, len(ids)) for ids in prompts]
        examples = [*range(len(prompts))]
    found = _flat([(one.input_ids, one.labels) for one in fitted], labelled=known)
    found.examples = np.asarray(examples, np.int64)
    found.prompts = Targets.of(prompts)
    found.cut = sum(one.cut > 0 for one in fitted) if known else cut_prompts
    said = examine(fitted, template, max_length) if known else []
    found.notes = [_sentence(one) for one in said if one.severity != "info" or one.kind in _SAID]
    if cut_prompts and not known:
        found.notes.append(t("chat.prompt_cut", n=cut_prompts, room=room))
    return told_of(found, spelt, kept=template.control)


_SAID = ("template", "asked_cut", "in_front")  # what is told of a run though it is no fault


def arranged(encoded: Encoded, max_length: int, *, packs: bool) -> Encoded:
    """Rows of which something is learnt; as many in a row as fit, in their order, with ``packs``.

    Raises
    ------
    DataError
        If nothing of any row is learnt.
    """
    pairs = [
        (item["input_ids"], item["token_labels"])
        for item in (encoded[row] for row in range(len(encoded)))
        if any(label != IGNORED for label in item["token_labels"])
    ]
    if not pairs:
        raise DataError(
            t("chat.nothing_learnt", n=len(encoded), max_length=max_length),
            " ".join(encoded.notes) or t("chat.nothing_learnt_back"),
        )
    found = in_packs(pairs, max_length) if packs else _flat(pairs)
    found.notes = encoded.notes
    found.spelt, found.spelt_rows = encoded.spelt, encoded.spelt_rows
    if left := len(encoded) - len(pairs):
        found.notes = [*found.notes, t("chat.left", n=left)]
    return found


def last_reply(encoded: Encoded) -> Encoded:
    """The last row of one conversation, of which only the last reply is learnt."""
    item = encoded[len(encoded) - 1]
    ids, labels = list(item["input_ids"]), list(item["token_labels"])
    end = len(labels)
    while end and labels[end - 1] == IGNORED:
        end -= 1
    start = end
    while start and labels[start - 1] != IGNORED:
        start -= 1
    only = [label if start <= at < end else IGNORED for at, label in enumerate(labels)]
    return _flat([(ids, only)])


def in_packs(rows: Sequence[tuple[list[int], list[int]]], width: int) -> Encoded:
    """Rows (ids, labels) laid into rows of ``width`` tokens; positions begin anew with each.

    The first token of each is not learnt: what stands before it is of another.
    """
    packed, places = [], []
    for members in packs([len(ids) for ids, _ in rows], width):
        packed.append((
            [token for one in members for token in rows[one][0]],
            [label for one in members for label in [IGNORED, *rows[one][1][1:]]],
        ))  # fmt: skip
        places += [at for one in members for at in range(len(rows[one][0]))]
    found = _flat(packed)
    found.arrays["position_ids"] = np.asarray(places, np.int32)
    return found


def _prompt(
    one: Conversation, ask: int | None, rendered: list[Rendered], template: Template,
    room: int, refused: list[str],
) -> tuple[list[int], bool]:  # fmt: skip
    """What the model reads before message ``ask``, and whether that was cut; [] if refused."""
    ask = len(one.messages) if ask is None else ask
    for row in rendered:
        for turn in row.turns:
            if turn.message == ask:  # as it is learnt, to the token
                ids = [i for i, (start, _) in zip(row.input_ids, row.places, strict=True)
                       if start < turn.start]  # fmt: skip
                return shortened(ids, template, room)
    try:
        before = type(one)(one.messages[:ask], one.tools, one.row, one.id, one.split)
        return asked(before, template, room)
    except DataError as error:
        refused.append(error.message)
        return [], False


def _bare(ids: list[int]) -> Rendered:
    return Rendered("", ids, [False] * len(ids), [(0, 0)] * len(ids), (), Conversation(()))


def _flat(pairs: Sequence[tuple[list[int], list[int]]], *, labelled: bool = True) -> Encoded:
    ids = Targets.of([one for one, _ in pairs])
    labels = Targets.of([one for _, one in pairs]).ids.astype(np.int64) if labelled else None
    return Encoded({"input_ids": ids.ids}, ids.offsets, labels, token_labels=labelled)


def _sentence(one: Any) -> str:
    where = f" ({', '.join(one.places)})" if one.places else ""
    return f"{one.what.rstrip('.')}{where}. {one.remedy}".strip()
