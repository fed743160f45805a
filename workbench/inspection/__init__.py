"""What a model does, as tables: errors of a run, attention of a text."""

from .attention import Attention, attention
from .errors import (
    class_names,
    confusion,
    metric_intervals,
    per_class_errors,
    top_losses,
    wilson_interval,
)

__all__ = [
    "Attention",
    "attention",
    "class_names",
    "confusion",
    "metric_intervals",
    "per_class_errors",
    "top_losses",
    "wilson_interval",
]
