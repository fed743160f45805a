"""What of the Trainer is another's where processes share weights or the optimizer's state."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..errors import RecipeError
from ..i18n import t
from .parallel import Alone
from .step_loss import StepLoss, plainly


class InParts:
    """Laid over the Trainer: the steps move a copy in parts, all else sees the whole model.

    See :mod:`workbench.training.parallel.beside_whole`. Where each process has all of both, or
    there is one process, nothing here does anything.
    """

    ranks: Alone
    step_loss: StepLoss
    parts: Any = None  # BesideWhole, while steps are made with it
    idle = False  # whether other processes have all rows of this micro-batch

    @property
    def known_model(self) -> Any:
        """The whole model, which evaluations ask: up to date within :meth:`whole_weights`."""
        return self.model if self.parts is None else self.parts.whole

    def whole_weights(self) -> AbstractContextManager:
        """In which the model that the run knows has the weights of now; a collective call."""
        return nullcontext() if self.parts is None else self.parts.gathered()

    def optimizer_state(self) -> dict:
        """The optimizer's state as it is kept: the first process's whole; a collective call."""
        if self.parts is None:
            return self.optimizer.state_dict()  # type: ignore[attr-defined]
        return self.parts.state_of(self.optimizer, keep=self.ranks.first)  # type: ignore[attr-defined]

    def stand_in(self) -> dict:
        """What a process without rows goes through, as all must; {} where nothing is shared."""
        if self.parts is None:
            return {}
        batch = self.data_collator([self.train_dataset[0]])  # type: ignore[attr-defined]
        if draw := getattr(self.data_collator, "for_step", None):  # type: ignore[attr-defined]
            draw(batch, self._seed_of_row)  # type: ignore[attr-defined]
        return batch

    def counted(self, loss: Any) -> Any:
        """A micro-batch's loss, of which a :meth:`stand_in`'s is nothing, its slopes included."""
        if not self.idle:
            return loss
        self.step_loss.figures = {}
        return loss * 0.0

    def _inner_training_loop(self, *args: Any, **kwargs: Any) -> Any:
        whole, kind = self.model, self.args.device.type  # type: ignore[attr-defined]
        parts = self.ranks.in_parts(whole, kind)
        if parts is None:
            return super()._inner_training_loop(*args, **kwargs)  # type: ignore[misc]
        if self.args.fp16:  # type: ignore[attr-defined]  # each would scale by its own parts
            way = self.ranks.way
            raise RecipeError(t("hardware.parts_fp16", way=way), t("hardware.parts_fp16_remedy"),
                              field="precision")  # fmt: skip
        self.parts, self.step_loss.around = parts, parts.computed
        self.model = self.model_wrapped = parts.model
        accelerator = self.accelerator  # type: ignore[attr-defined]
        accelerator.backward = functools.partial(_backward, parts, accelerator)
        try:
            with self.ranks.connected():
                found = super()._inner_training_loop(*args, **kwargs)  # type: ignore[misc]
                parts.fill()
        finally:
            del accelerator.backward
            self.model = self.model_wrapped = whole
            self.parts, self.step_loss.around = None, plainly
        whole.to(kind)
        return found

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """The library's, or what makes its steps where the state is in parts."""
        fresh = self.optimizer is None  # type: ignore[has-type]
        super().create_optimizer(*args, **kwargs)  # type: ignore[misc]
        if fresh and self.parts is not None:
            norm = self.args.max_grad_norm  # type: ignore[attr-defined]
            self.optimizer = self.parts.laid_on(self.optimizer, norm)
        return self.optimizer

    def _clip_grad_norm(self, model: Any) -> Any:
        if self.parts is not None and self.parts.clips:
            return None
        return super()._clip_grad_norm(model)  # type: ignore[misc]

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        ask = functools.partial(super()._get_grad_norm, model, grad_norm=grad_norm)  # type: ignore[misc]
        return ask() if self.parts is None else self.parts.norm(ask)


def _backward(parts: Any, accelerator: Any, loss: Any, **_: Any) -> None:
    """In place of Accelerate's, which divides nothing and scales nothing here."""
    parts.backward(loss, last=accelerator.sync_gradients)
