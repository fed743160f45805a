"""Nothing is added to the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings:
    """Nothing has no settings."""


def make(settings: Settings, predicts: str, loss: Any) -> None:
    """Nothing."""
