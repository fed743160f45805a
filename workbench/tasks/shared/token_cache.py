"""Token ids of many texts, kept on disk under the content that they were made from.

The key is a hash of every text, of the tokenizer itself and of ``max_length``: another text or
another vocabulary can never meet old tokens. What is kept is mapped into memory, not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ... import disk_cache, libraries
from ...paths import cache_dir

log = logging.getLogger("workbench")

WORTH = 20_000  # texts; fewer are tokenised in less than a second
ROOM = 4_000_000_000  # bytes that the folder may hold

Tokens = tuple[dict[str, np.ndarray], np.ndarray]


def remembered(
    tokenizer: Any,
    columns: tuple[Sequence[str], Sequence[str] | None],
    max_length: int,
    make: Callable[[], Tokens],
) -> Tokens:
    """What ``make`` returns, from disk where the same was made before.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    columns : sequence of columns of texts; None for one that is not there
    max_length : int
    make : callable
        Returns a dict of int32 arrays, shape (n_tokens,), and int64 offsets, shape (n_rows + 1,).
    """
    if len(columns[0]) < WORTH or not getattr(tokenizer, "is_fast", False):
        return make()
    try:
        folder = cache_dir() / "tokens" / _key(tokenizer, columns, max_length)
    except UnicodeEncodeError:  # half of a surrogate pair: such a text has no bytes to be hashed
        return make()
    names = disk_cache.read_about(folder)
    if names is not None:
        with contextlib.suppress(OSError, ValueError):  # thrown out by another process meanwhile
            found = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
            return found, np.load(folder / "offsets.npy")
    arrays, offsets = make()
    try:
        _keep(folder, arrays, offsets)
    except OSError as error:  # without it the next time takes as long as this one
        log.warning("Tokens could not be kept in %s: %s", folder, error)
    return arrays, offsets


def _key(tokenizer, columns, max_length: int) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc
    import tokenizers

    state = json.loads(tokenizer.backend_tokenizer.to_str())
    state["truncation"] = state["padding"] = None  # set anew by every call
    about = [state, tokenizer.model_input_names, tokenizer.truncation_side, max_length,
             tokenizers.__version__, libraries.transformers().__version__]  # fmt: skip
    digest = hashlib.blake2b(json.dumps(about).encode(), digest_size=20)
    for column in columns:
        if column is None:
            digest.update(b"no column")
            continue
        texts = pa.array(column, type=pa.large_string())
        if isinstance(texts, pa.ChunkedArray):
            texts = texts.combine_chunks()
        lengths = pc.call_function("binary_length", [texts])
        digest.update(lengths.to_numpy(zero_copy_only=False).tobytes())
        ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :]
        content = memoryview(texts.buffers()[2] or b"")
        digest.update(content[ends[0] : ends[len(texts)]])
    return digest.hexdigest()


def _keep(folder: Path, arrays: dict[str, np.ndarray], offsets: np.ndarray) -> None:
    def fill(stage: Path) -> list[str]:
        for name, values in {**arrays, "offsets": offsets}.items():
            np.save(stage / f"{name}.npy", values)
        return list(arrays)

    disk_cache.keep(folder, fill, room=ROOM)
