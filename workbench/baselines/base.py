"""What all baselines that write have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from ..errors import DataError
from ..i18n import t
from ..measures.asked import texts_of


class Baseline:
    """Learns from pairs, then writes a text for each source.

    One of its own says ``name`` and :meth:`_write`, and what it learns in :meth:`_fit`.
    """

    #: Its key in tables.
    name = ""
    _fitted = False

    def fit(self, sources: Iterable[str], targets: Iterable[str]) -> Self:
        """Learn from the training pairs alone.

        Raises
        ------
        DataError
            If there is no pair, or the sides differ in length.
        """
        sources, targets = texts_of(sources=sources, targets=targets)
        if not sources:
            raise DataError(t("baselines.nothing", n=0), t("baselines.nothing_back"))
        self._fit(sources, targets)
        self._fitted = True
        return self

    def write(self, sources: Iterable[str]) -> list[str]:
        """A text for each source, in their order.

        Raises
        ------
        DataError
            If it was not fitted.
        """
        (sources,) = texts_of(sources=sources)
        if not self._fitted:
            raise DataError(
                t("baselines.not_fitted", name=self.name), t("baselines.not_fitted_back")
            )
        return self._write(sources) if sources else []

    def _fit(self, sources: list[str], targets: list[str]) -> None:
        """Learn; nothing where there is nothing to learn."""

    def _write(self, sources: list[str]) -> list[str]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<Baseline {self.name}{'' if self._fitted else ', not fitted'}>"
