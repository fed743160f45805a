"""Fields of a recipe that choose between kinds."""

from __future__ import annotations

from dataclasses import dataclass

from .settings import Kinds, setting

AVERAGING = Kinds("averaging", "workbench.training.averaging", "none")  # of weights over steps
GENERATION = Kinds("generation", "workbench.training.generation", "greedy")  # of choosing words
PROMPTS = Kinds("prompt", "workbench.tasks.prompts", "plain")  # of asking for a text
ROWS = Kinds("rows", "workbench.tasks.rows", "blocks")  # of laying texts into rows
MASKING = Kinds("masking", "workbench.tasks.masking", "tokens")  # of choosing what is masked
MATCHING = Kinds("matching", "workbench.tasks.matching", "bi_encoder")  # of finding texts


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Read by :mod:`workbench.training.predicting.writing`."""

    generation: dict = setting({"kind": "greedy"}, "kind and its settings", kinds=(dict,))
    """How a model that writes chooses words, ``{"kind": "greedy", "max_new_tokens": 64}`` or
    ``{"kind": "sampling", "temperature": 0.8}``; a kind's settings are the fields of its
    ``Settings`` in :mod:`workbench.training.generation`."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Read by :mod:`workbench.tasks.prompts`."""

    prompt: dict = setting(None, "kind and its settings", kinds=(dict,))
    """How a model is asked for a text, ``{"kind": "plain", "prefix": "summarize: "}`` or ``{"kind":
    "conversation", "template": "chatml"}``, and how long that may be; empty is as usual for the
    task. A kind's settings are the fields of its ``Settings`` in :mod:`workbench.tasks.prompts`."""


@dataclass(frozen=True, kw_only=True)
class Laying:
    """Read by :mod:`workbench.tasks.rows`."""

    rows: dict = setting(None, "kind and its settings", kinds=(dict,))
    """How texts are laid into rows of ``max_length`` tokens: ``{"kind": "blocks"}`` one behind the
    other, ``{"kind": "texts"}`` each by itself, ``{"kind": "packed"}`` several in a row that cannot
    see each other; empty is as usual for the task."""


@dataclass(frozen=True, kw_only=True)
class Masking:
    """Read by :mod:`workbench.tasks.masking`."""

    masking: dict = setting({"kind": "tokens"}, "kind and its settings", kinds=(dict,))
    """Which tokens are masked and are to be found again: ``{"kind": "tokens", "share": 0.15}`` each
    by itself, ``{"kind": "words"}`` all pieces of a word together. Each step draws anew; an
    evaluation has the same gaps always."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Read by :mod:`workbench.tasks.matching`."""

    matching: dict = setting({"kind": "bi_encoder"}, "kind and its settings", kinds=(dict,))
    """How texts that belong together are found: ``{"kind": "bi_encoder", "temperature": 0.05}`` by
    a vector of each, ``{"kind": "cross_encoder"}`` by a score of each pair. A kind's settings are
    the fields of its ``Settings`` in :mod:`workbench.tasks.matching`."""


@dataclass(frozen=True, kw_only=True)
class Averages:
    """Read by :mod:`workbench.training.averaging`."""

    averaging: dict = setting({"kind": "none"}, "kind and its settings", kinds=(dict,))
    """Whether evaluations and the finished model have averages of the weights: ``{"kind": "ema",
    "decay": 0.999}`` an exponential moving average, ``{"kind": "swa", "start": 0.75}`` the mean of
    the last steps. Training goes on with the weights as they are. A kind's settings are the fields
    of its ``Settings`` in :mod:`workbench.training.averaging`."""

    def _check(self) -> None:
        """Refuse an average that begins after the last step (RecipeError)."""
        steps = getattr(self, "max_steps", None)
        if steps is not None:
            AVERAGING.module(self.averaging["kind"]).shares(
                AVERAGING.settings(self.averaging), steps
            )
