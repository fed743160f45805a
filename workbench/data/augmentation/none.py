"""Training examples as they are."""

from __future__ import annotations

from dataclasses import dataclass

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings:
    """Nothing has no settings."""
