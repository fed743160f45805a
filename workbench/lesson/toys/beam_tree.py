"""Beam search, step by step: a tree of tokens of which the likeliest beginnings go on."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import DataError, WorkbenchError, shown
from workbench.i18n import t
from workbench.widgets.base import View, module

from .beams import Node, greedily, likeliest, search
from .next_token import logits_row, token_names

if TYPE_CHECKING:
    import pandas as pd

MOST_BEAMS = 6


class BeamTree(View):
    """The tree of a beam search, with greedy decoding beside it.

    At each step every beam is written on; of the ``2 * beams`` likeliest beginnings the first
    ``beams`` go on and the others are dropped. One that writes the end among the first ``beams`` is
    a text. Texts are compared by their log-probability divided by their number of new tokens to the
    power of the length penalty. That is beam search as ``transformers`` has it:
    ``model.generate(num_beams=beams, max_new_tokens=steps, length_penalty=length_penalty)``.

    Parameters
    ----------
    model : callable
        From the ids so far, a list of int, to the logits or log-probabilities of the next token,
        shape (V,).
    prompt : sequence of int
        The ids that are written on.
    tokens : sequence of str, length V, or callable from int to str, optional
        What the ids are called (``tokenizer.decode``, say); the ids themselves unless given.
    beams : int from 1 to 6
    steps : int from 1 to max_new_tokens
        How far the tree has grown.
    length_penalty : float from 0 to 2
    max_new_tokens : int >= 1
    end_id : int, optional
        The token that ends a text.

    Raises
    ------
    DataError
        If the prompt is no row of ids, or the model's answer no row of numbers.
    WorkbenchError
        If a setting is out of its range, when it is set.

    Examples
    --------
    >>> table = {0: [0.0, 0.6, 0.4], 1: [0.4, 0.3, 0.3], 2: [0.9, 0.1, 0.0]}
    >>> tree = BeamTree(lambda ids: np.log(np.array(table[ids[-1]]) + 1e-9), [0], "abc", steps=2)
    >>> print(tree)
    2 steps at width 3: the best text is 'ca' (log-probability -1.02); greedy decoding writes \
'ba' (-1.43). They part at token 1.
    """

    TEXTS = "toy_beams"
    _esm = module("../lesson/toys/beam_tree.js")
    beams = traitlets.TraitType(1).tag(sync=True)
    steps = traitlets.TraitType(1).tag(sync=True)
    length_penalty = traitlets.TraitType(1.0).tag(sync=True)
    most = traitlets.Dict().tag(sync=True)  # the sliders' ends
    heading = traitlets.Unicode("").tag(sync=True)
    levels = traitlets.List().tag(sync=True)  # a step: [token, parent, p, log p, fate, marks]

    def __init__(
        self,
        model: Callable[[list[int]], Any],
        prompt: Sequence[int],
        tokens: Sequence[str] | Callable[[int], str] | None = None,
        *,
        beams: int = 3,
        steps: int = 1,
        length_penalty: float = 1.0,
        max_new_tokens: int = 6,
        end_id: int | None = None,
    ):
        self._prompt, self._model, self._end = _ids(prompt), model, end_id
        if type(max_new_tokens) is not int or max_new_tokens < 1:
            raise WorkbenchError(t("toy_beams.most_bad", value=shown(max_new_tokens)))
        if not callable(model):
            raise DataError(t("toy_beams.no_model", value=shown(model)))
        first = logits_row(model(list(self._prompt)))
        self._name = token_names(tokens, len(first))
        self._known = {(): likeliest(first, 2 * MOST_BEAMS)}
        most = {"beams": MOST_BEAMS, "steps": max_new_tokens, "length_penalty": 2}
        super().__init__(most=most)
        with self.hold_sync():
            self.beams, self.steps, self.length_penalty = beams, steps, length_penalty
            self._grow()
        self.observe(self._grow, ["beams", "steps", "length_penalty"])

    @traitlets.validate("beams", "steps", "length_penalty")
    def _allowed(self, proposal: Any) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        least, kinds = (0, int | float) if name == "length_penalty" else (1, int)
        number = isinstance(value, kinds) and not isinstance(value, bool)
        if not number or not least <= value <= self.most[name]:
            allowed = t(f"toy_beams.allowed.{name}", most=self.most[name])
            raise WorkbenchError(t("toy_beams.bad", name=name, value=shown(value), allowed=allowed))
        return value

    def frame(self) -> pd.DataFrame:
        """A row a node: ``step``, ``text`` (all its new tokens), ``token``, ``p``, ``log_p``.

        ``log_p`` is the sum over its tokens; ``fate`` is "kept", "dropped" or "ended"; ``greedy``
        says whether greedy decoding came by.
        """
        import pandas as pd

        rows = [
            (step, self._text(one.ids), self._name(one.ids[-1]), float(np.exp(one.log_p)),
             one.total, one.fate, one.ids == self.greedy[1][:step])
            for step, level in enumerate(self._nodes, 1) for one in level
        ]  # fmt: skip
        columns = ["step", "text", "token", "p", "log_p", "fate", "greedy"]
        return pd.DataFrame(rows, columns=columns)

    def _text(self, ids: Sequence[int]) -> str:
        return "".join(map(self._name, ids))

    def _next(self, ids: tuple[int, ...]) -> list[tuple[float, int]]:
        if ids not in self._known:
            row = logits_row(self._model([*self._prompt, *ids]))
            self._known[ids] = likeliest(row, 2 * MOST_BEAMS)
        return self._known[ids]

    def _grow(self, change: Any = None) -> None:
        self._nodes, texts = search(
            self._next, self.beams, self.steps, self.length_penalty, self._end
        )
        #: (log-probability, ids) of greedy decoding
        self.greedy = greedily(self._next, self.steps, self._end)
        #: (score, ids) of the texts that were found, the best first
        self.found = [(score, list(ids)) for score, _, ids in texts]
        with self.hold_sync():
            self.levels = [[self._shown(one) for one in level] for level in self._nodes]
            self.heading = self._said(*texts[0][1:])

    def _shown(self, one: Node) -> list:
        n, best = len(one.ids), tuple(self.found[0][1])
        marks = [name for name, ids in (("greedy", self.greedy[1]), ("best", best))
                 if ids[:n] == one.ids]  # fmt: skip
        p = float(np.exp(one.log_p))
        return [self._name(one.ids[-1]), one.parent, p, one.total, one.fate, marks]

    def _said(self, log_p: float, ids: tuple[int, ...]) -> str:
        its_log_p, greedy = self.greedy
        values = {"best": shown(self._text(ids)), "log_p": round(log_p, 2) + 0.0}  # no "-0.00"
        said = t("toy_beams.heading", n=len(self._nodes), beams=self.beams, **values)
        if greedy == ids:
            said += " " + t("toy_beams.same")
        else:
            part = sum(np.cumprod([a == b for a, b in zip(ids, greedy, strict=False)])) + 1
            its = {"greedy": shown(self._text(greedy)), "log_p": round(its_log_p, 2) + 0.0}
            said += " " + t("toy_beams.other", part=int(part), **its)
        alive = {one.ids for level in self._nodes for one in level if one.fate != "dropped"}
        steps = range(1, min(len(greedy), len(self._nodes)) + 1)
        lost = next((step for step in steps if greedy[:step] not in alive), None)
        if lost:
            said += " " + t("toy_beams.lost", step=lost)
        if len(self._nodes) < self.steps:
            said += " " + t("toy_beams.over")
        return said

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__


def _ids(prompt: Any) -> list[int]:
    try:
        return [operator.index(i) for i in prompt]
    except TypeError:
        raise DataError(t("toy_beams.no_ids", value=shown(prompt))) from None
