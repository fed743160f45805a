"""Changed copies of training examples, and the file of a run that holds them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_files import write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Copies:
    """Changed copies of training examples.

    Parameters
    ----------
    of : list of int, length n_copies
        Places of their examples among the training examples.
    columns : dict of str to list, length n_copies
        What they have otherwise.
    unchanged : int
        Copies that were to be made of examples in which nothing could be changed.
    """

    of: list[int]
    columns: dict[str, list]
    unchanged: int = 0

    def beside(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Training examples, then their copies."""
        import pandas as pd

        if not self.of:
            return frame
        made = frame.iloc[self.of].reset_index(drop=True)
        for name, values in self.columns.items():
            made[name] = pd.Series(values, dtype=frame[name].dtype)
        return pd.concat([frame, made], ignore_index=True)

    def told(self) -> dict[str, dict[str, int]]:
        """What ``data/info.json`` of a run has of them."""
        return {"augmentation": self.info()} if self.of else {}

    def info(self) -> dict[str, int]:
        """Examples that have copies, copies, and those that there are not."""
        return {"examples": len(set(self.of)), "copies": len(self.of), "unchanged": self.unchanged}

    def write(self, path: Path) -> None:
        """A line a copy: the place of its example, and what it has otherwise; first the counts."""
        lines = [json.dumps({"columns": list(self.columns), **self.info()})]
        for number, place in enumerate(self.of):
            row = {name: _plain(values[number]) for name, values in self.columns.items()}
            lines.append(json.dumps({"of": place, **row}))
        path.parent.mkdir(exist_ok=True)
        write_text(path, "\n".join(lines) + "\n")

    @classmethod
    def read(cls, path: Path, examples: int) -> Copies | None:
        """What :meth:`write` wrote of so many examples; None where it is not there or not whole."""
        try:
            head, *rows = map(json.loads, path.read_text("utf-8").splitlines())
            columns = {name: [row[name] for row in rows] for name in head["columns"]}
            found = cls([row["of"] for row in rows], columns, head["unchanged"])
            sound = all(isinstance(at, int) and 0 <= at < examples for at in found.of)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if sound and len(found.of) == head.get("copies") else None


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
