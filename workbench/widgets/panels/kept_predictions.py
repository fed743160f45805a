"""What comes over a page and what goes back, on the disk, so that no size of it fills memory."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

KEPT = "predictions.parquet"
SHOWN = 5  # rows of the predictions, below the button


class KeptPredictions:
    """The predictions of one file, and the file itself while it comes in.

    All lies in a folder of the cache that goes with this object, or when the process ends.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory | None = None

    @property
    def folder(self) -> Path:
        """Made when it is asked for."""
        from workbench.paths import cache_dir

        if self._folder is None:
            root = cache_dir() / "asked"
            root.mkdir(parents=True, exist_ok=True)
            self._folder = tempfile.TemporaryDirectory(
                prefix="file-", dir=root, ignore_cleanup_errors=True
            )
        return Path(self._folder.name)

    @property
    def begun(self) -> bool:
        """Whether anything was kept at all."""
        return self._folder is not None

    @property
    def place(self) -> Path:
        """Where the predictions are, once they are."""
        return self.folder / KEPT

    @property
    def incoming(self) -> Path:
        """Where a file is put together from its pieces."""
        return self.folder / "incoming"

    def add(self, piece: bytes) -> None:
        """A piece of a file that comes in, behind those before.

        Raises
        ------
        OSError
            If there is no room.
        """
        with open(self.incoming, "ab") as file:
            file.write(piece)

    def forget_incoming(self) -> None:
        """The file that came in lies elsewhere, or another one comes."""
        with contextlib.suppress(OSError):
            self.incoming.unlink(missing_ok=True)

    def forget(self) -> None:
        """Nothing was predicted: of another file, or not yet."""
        if self._folder is not None:
            for one in self.folder.glob("*.*"):
                with contextlib.suppress(OSError):
                    one.unlink()

    @property
    def table(self) -> pd.DataFrame | None:
        """All of them in memory, as a file holds them; None when there are none."""
        import pandas as pd

        if self._folder is None or not self.place.exists():
            return None
        return pd.read_parquet(self.place)

    def written(self, ending: str) -> Path:
        """A file of them that ends so, written when it is first asked for.

        Raises
        ------
        DataError
            If there is no room for it, or a workbook cannot hold them.
        """
        from workbench.training.predicting.prediction_writers import otherwise

        place = self.place.with_suffix(ending)
        return place if place.exists() else otherwise(self.place, place)


class SeenParts:
    """What of a file's predictions is said at once: how many, the first, and what they note."""

    def __init__(self) -> None:
        self.rows, self.notes, self.first = 0, dict[str, None](), None

    def add(self, part: pd.DataFrame) -> None:
        """The next part of them."""
        self.rows += len(part)
        self.notes |= dict.fromkeys(part.attrs.get("notes", []))
        if self.first is None:
            self.first = part.head(SHOWN)
