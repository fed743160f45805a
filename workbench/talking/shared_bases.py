"""Several runs with adapters on one base: the base is loaded once, and the adapters are switched.

A run of LoRA or IA3 leaves a whole model, and beside it its adapter, which is small. A conversation
in which two such runs of one base speak needs one model in memory then, not two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..atomic_files import read_json
from ..catalog.loading.safe_loading import load_model
from ..catalog.model_folders import adapters
from ..catalog.model_folders.weight_files import judge_numbers
from ..errors import ModelError, WorkbenchError
from ..i18n import t
from .seats import Seat

SWITCHED = ("LORA", "IA3")  # kinds of which peft has several in a model


def adapter_of(seat: Seat, seats: list[Seat]) -> str:
    """Folder of a seat's adapter, where another run of the conversation has one on the same base.

    "" where there is nothing to share: that run's whole model is loaded.
    """
    own = _shareable(seat)
    others = (_shareable(one) for one in seats if one.run != seat.run)
    return str(own[0]) if own and any(one and one[1] == own[1] for one in others) else ""


def _shareable(seat: Seat) -> tuple[Path, tuple] | None:
    """Adapter of a finished run, and what has to be the same of two that share their base."""
    if not seat.run or not seat.tuned:
        return None
    folder = Path(seat.run) / "adapter"
    if not adapters.is_adapter(folder):
        return None
    settings, noted = (read_json(folder / name) for name in (adapters.ADAPTER, adapters.BASE))
    kind = settings.get("peft_type") if isinstance(settings, dict) else None
    if kind not in SWITCHED or not isinstance(noted, dict) or noted.get(adapters.QUANTISED):
        return None
    try:
        if seat.weights().folder != str(Path(seat.run) / "model"):
            return None
        base = adapters.base_of(folder, seat.name)
        return folder, (str(base), kind, seat.recipe().task)
    except WorkbenchError:  # the base is gone or changed: the run's whole model needs none
        return None


class SharedBase:
    """A base model with adapters, one of which is at work.

    Parameters
    ----------
    base : Path
        Its folder.
    auto_class : str or mapping
        See :func:`workbench.catalog.loading.safe_loading.load_model`.
    """

    def __init__(self, base: Path, auto_class: Any):
        self.base = base
        self.model = load_model(base, auto_class)
        self._wrapped: Any = None
        self._names: dict[str, str] = {}  # by folder

    def add(self, folder: Path) -> None:
        """Lay another adapter on the base.

        Raises
        ------
        ModelError
            If it is damaged, or for another base.
        """
        import peft

        what = t("adapter.of_run", name=folder.parent.name)
        judge_numbers(folder, what, [adapters.TENSORS])
        adapters.check_base(folder, self.base, what)
        settings = peft.PeftConfig.from_pretrained(folder)
        name = f"adapter_{len(self._names)}"
        if self._wrapped is None:
            self._wrapped = adapters.wrap(self.model, settings, name)
        else:
            self._wrapped.add_adapter(name, settings)
        try:
            adapters.put(self._wrapped, adapters.read_tensors(folder), what, name)
        except ModelError:
            self._wrapped.delete_adapter(name)
            raise
        self._names[str(folder)] = name
        self._wrapped.eval()

    def use(self, folder: Path) -> None:
        """Let the model be that of an adapter that was added."""
        self._wrapped.set_adapter(self._names[str(folder)], inference_mode=True)

    def has(self, folder: Path) -> bool:
        """Whether an adapter was added."""
        return str(folder) in self._names
