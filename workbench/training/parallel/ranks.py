"""This process among those that train one run together."""

from __future__ import annotations

import contextlib
import datetime
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from ...errors import RunError, WorkbenchError
from ...i18n import t
from ...memory import is_out_of_memory
from .alone import Alone
from .batches import SharedBatches, collated
from .beside_whole import BesideWhole
from .connection import is_broken
from .gradients import sum_gradients
from .sharded import Sharded
from .shared_saving import SharedSaving
from .zero import Zero

T = TypeVar("T")
# as long as a pause may be and a model may write: who is killed is noticed by its closed connection
PATIENCE = datetime.timedelta(days=7)


class RankLost(WorkbenchError):
    """Another process of the run ended; its own word, if it left one, says why."""


class Ranks(Alone):
    """What all processes of a run must do at the same points, in the same order.

    Messages go through gloo, gradients of a GPU through NCCL.

    Parameters
    ----------
    rank : int
        Of this process, from 0: the first one has the run.
    size : int
        How many there are.
    way : str
        As the recipe calls it.
    """

    def __init__(self, rank: int, size: int, *, way: str = "ddp"):
        self.rank, self.size, self.way = rank, size, way
        self.first = rank == 0
        self._theirs: BaseException | None = None  # an error of another process, that all raise

    @classmethod
    def begin(cls, rank: int, size: int, *, meet: str = "env://", device: str = "cpu") -> Ranks:
        """Meet the others (``meet`` is where, as ``init_process_group`` takes it)."""
        backend = "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo"
        with _noticing():
            dist.init_process_group(
                backend, init_method=meet, rank=rank, world_size=size, timeout=PATIENCE
            )
        return cls(rank, size)

    def end(self) -> None:
        """Part once all have come to the end."""
        with _noticing():
            dist.barrier()
        dist.destroy_process_group()

    # messages ----------------------------------------------------------------------------------
    def sum(self, value: T) -> T:
        """See :meth:`.Alone.sum`; whole numbers stay whole."""
        tensor = torch.is_tensor(value)
        whole = tensor and not value.is_floating_point()
        made = torch.tensor([float(value), whole, tensor and not whole], dtype=torch.float64)  # type: ignore[arg-type]
        with _noticing():
            dist.all_reduce(made)
        total, wholes, others = made.tolist()
        if others:
            return torch.tensor(total, dtype=torch.float32)  # type: ignore[return-value]
        if wholes:
            return torch.tensor(round(total))  # type: ignore[return-value]
        return int(total) if total.is_integer() else total  # type: ignore[return-value]

    def of_first(self, work: Callable[[], T]) -> T:
        """See :meth:`.Alone.of_first`."""
        found: list[Any] = [work() if self.first else None]
        with _noticing():
            dist.broadcast_object_list(found, src=0)
        return found[0]

    def by_first(self, work: Callable[[], T]) -> T | None:
        """See :meth:`.Alone.by_first`."""
        found = work() if self.first else None
        with _noticing():
            dist.barrier()
        return found

    def in_turn(self, work: Callable[[], T]) -> T:
        """See :meth:`.Alone.in_turn`."""
        found = work() if self.first else None
        with _noticing():
            dist.barrier()
        return found if self.first else work()  # type: ignore[return-value]

    def together(self, work: Callable[[], T]) -> T:
        """See :meth:`.Alone.together`."""
        found: list[T] = []
        self.exchange(lambda: found.append(work()))
        return found[0]

    def exchange(self, work: Callable[[], T]) -> list[T]:
        """See :meth:`.Alone.exchange`."""
        found, wrong = None, None
        try:
            found = work()
        except RankLost:
            raise
        except Exception as error:
            wrong = error
        said: list[Any] = [None] * self.size
        with _noticing():
            dist.all_gather_object(said, (found, None if wrong is None else _portable(wrong)))
        if wrong is not None:
            raise wrong
        self._theirs = next((theirs for _, theirs in said if theirs is not None), None)
        if self._theirs is not None:
            raise self._theirs
        return [one for one, _ in said]

    # work --------------------------------------------------------------------------------------
    def share(self, parts: Sequence[T]) -> Sequence[T]:
        """See :meth:`.Alone.share`: every ``size``-th, so that long and short are dealt out."""
        return parts[self.rank :: self.size]

    def batches(self, batches: Any) -> SharedBatches:
        """See :meth:`.Alone.batches`."""
        return SharedBatches(batches, self.rank, self.size)

    def collated(self, collate: Callable) -> Callable:
        """See :meth:`.Alone.collated`."""
        return collated(collate)

    def sum_gradients(self, weights: Iterable[Any]) -> None:
        """See :meth:`.Alone.sum_gradients`."""
        with _noticing():
            sum_gradients(weights)

    def in_parts(self, model: Any, kind: str) -> BesideWhole | None:
        """See :meth:`.Alone.in_parts`."""
        if self.way == "fsdp":
            return Sharded(model, self.size, kind)
        return Zero(model, self.size, kind) if self.way == "deepspeed" else None

    def same(self, model: Any) -> None:
        """See :meth:`.Alone.same`."""
        with _noticing(), torch.no_grad():
            for one in [*model.parameters(), *model.buffers()]:
                data = one.data.contiguous()
                # as bytes, so that each number format can be sent
                dist.broadcast(data.reshape(-1).view(torch.uint8), src=0)
                one.data.copy_(data)

    def same_rows(self, digest: str) -> None:
        """See :meth:`.Alone.same_rows`."""
        if len(set(self.exchange(lambda: digest))) > 1:
            raise RunError(t("ranks.other_rows"), t("ranks.other_rows_remedy"))

    def saving(self, saving: T, whole: Callable[[], AbstractContextManager]) -> T:
        """See :meth:`.Alone.saving`."""
        return SharedSaving(saving, self, whole)  # type: ignore[return-value]

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """See :meth:`.Alone.connected`; of passes in which messages go round."""
        try:
            yield
        except RuntimeError as error:
            if is_broken(error):
                raise RankLost(t("ranks.lost"), t("ranks.lost_remedy")) from error
            raise

    def is_lost(self, error: BaseException) -> bool:
        """See :meth:`.Alone.is_lost`; who met an error tells it, and where it was met."""
        return isinstance(error, RankLost) or error is self._theirs

    # words -------------------------------------------------------------------------------------
    def seed_parts(self) -> tuple:
        """See :meth:`.Alone.seed_parts`: the first one's noise is that of a process alone."""
        return () if self.first else ("rank", self.rank)

    def about(self) -> dict[str, Any]:
        """See :meth:`.Alone.about`."""
        return {"processes": self.size}

    def said(self) -> str:
        """See :meth:`.Alone.said`."""
        return t("ranks.said", n=self.size, way=self.way)


@contextlib.contextmanager
def _noticing() -> Iterator[None]:
    """A broken connection as the error that it is (:class:`RankLost`); too little memory for a
    message stays what it is."""
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise RankLost(t("ranks.lost"), t("ranks.lost_remedy")) from error


def _portable(error: Exception) -> Exception:
    """An error that another process can be told, of its own kind where that can be."""
    try:
        return pickle.loads(pickle.dumps(error))  # our own, a moment ago
    except Exception:  # what cannot travel is told by its name and its words
        return RuntimeError(f"{type(error).__name__}: {error}")
