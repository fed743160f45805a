"""How a configuration says that it is one of our own nets."""

from __future__ import annotations

MODEL_TYPE = "workbench-bert"
