"""What the library says while it loads: errors in one sentence, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from workbench import libraries
from workbench.errors import ModelError, WorkbenchError
from workbench.memory import is_out_of_memory


@contextlib.contextmanager
def in_one_sentence(what: str, part: str) -> Iterator[None]:
    """What the library raises, of whatever kind, as one sentence without its advice."""
    try:
        yield
    except (WorkbenchError, MemoryError):
        raise
    except BaseException as error:
        # the tokenizers library panics with a class that is no Exception
        if not isinstance(error, Exception) and "Panic" not in type(error).__name__:
            raise
        if is_out_of_memory(error):
            raise
        raise ModelError(
            f"The {part} of the {what} cannot be loaded: {_reason(error)}.".replace(
                f"The model of the {what}", f"The {what}"
            ),
            "It needs config.json, safetensors weights and tokenizer.json that belong together, "
            "as save_pretrained() writes them.",
        ) from error


def _reason(error: BaseException) -> str:
    """The first line of what the library says, short; never its advice to take a risk."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = next((line for line in lines if not line.endswith(":")), lines[0] if lines else "")
    if not line or any(word in str(error) for word in ("trust_remote_code", "weights_only")):
        return type(error).__name__
    line = line if len(line) <= 200 else line[:199] + "…"
    return (line if isinstance(error, OSError | ValueError) else f"{type(error).__name__}: {line}"
            ).rstrip(".")  # fmt: skip


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without the library's bars and reports: they would land in whatever cell runs."""
    logging = libraries.transformers("utils.logging")
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
