"""The one process of a run that shares it with nobody: each question is answered by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

T = TypeVar("T")


class Alone:
    """What :class:`.ranks.Ranks` is for several processes."""

    rank, size = 0, 1
    first = True
    way = ""  # as the recipe calls it

    def sum(self, value: T) -> T:
        """A number, or a tensor of one, summed over all processes."""
        return value

    def of_first(self, work: Callable[[], T]) -> T:
        """What the first process's work gives; the others do not work and are given the same."""
        return work()

    def by_first(self, work: Callable[[], T]) -> T | None:
        """What the first process's work gives; None for the others, who wait for it."""
        return work()

    def in_turn(self, work: Callable[[], T]) -> T:
        """What each one's own work gives; the others begin when the first one is done."""
        return work()

    def together(self, work: Callable[[], T]) -> T:
        """What each one's own work gives. An error of one is an error of all of them."""
        return work()

    def exchange(self, work: Callable[[], T]) -> list[T]:
        """What everybody's work gives, in their order. An error of one is an error of all."""
        return [work()]

    def share(self, parts: Sequence[T]) -> Sequence[T]:
        """Which of the parts of a work are this process's."""
        return parts

    def batches(self, batches: Any) -> Any:
        """This process's rows of each batch."""
        return batches

    def collated(self, collate: Callable) -> Callable:
        """A collator that is also given no rows."""
        return collate

    def sum_gradients(self, weights: Iterable[Any]) -> None:
        """Sum the gradients of weights over all processes, in place."""

    def in_parts(self, model: Any, kind: str) -> Any:
        """A model of which all processes hold parts (:class:`.beside_whole.BesideWhole`); None
        where each has all of it."""

    def same(self, model: Any) -> None:
        """Give all processes the first one's weights."""

    def same_rows(self, digest: str) -> None:
        """Refuse rows that are not those of the first process (RunError)."""

    def saving(self, saving: T, whole: Callable[[], AbstractContextManager]) -> T:
        """Checkpoints as the first process writes them; ``whole()`` is a context in which the model
        can be written."""
        return saving

    def connected(self) -> AbstractContextManager:
        """In which a broken connection is the error that it is."""
        return nullcontext()

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error is another process's to tell."""
        return False

    def end(self) -> None:
        """Part from the others, once all have come to the end."""

    def seed_parts(self) -> tuple:
        """What the noise of this process is seeded by beside its position."""
        return ()

    def about(self) -> dict[str, Any]:
        """What a run's environment says of it."""
        return {}

    def said(self) -> str:
        """A few words for the panel; "" for one process."""
        return ""


ALONE = Alone()
