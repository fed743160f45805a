"""What the workbench raises: one sentence of what is wrong, one of what to do.

Every error that bad input can cause is a :class:`WorkbenchError`. Panels, the command line and the
run folder show its ``message`` and ``remedy``; nobody has to read a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .memory import is_out_of_memory


class WorkbenchError(Exception):
    """Something the user can mend.

    Parameters
    ----------
    message : str
        One sentence: what is wrong, with the offending value and what is allowed.
    remedy : str, optional
        One sentence: what to do about it.
    """

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class RecipeError(WorkbenchError):
    """A recipe field is unknown, ill-typed or out of range; ``field`` names it.

    ``setting`` names the part of a field that holds a kind and its settings.
    """

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        field: str | None = None,
        setting: str | None = None,
    ):
        super().__init__(message, remedy)
        self.field, self.setting = field, setting


class UnknownName(WorkbenchError):
    """A task, model, dataset or split that nobody knows."""


class SpecError(WorkbenchError):
    """The declaration of a task contradicts itself, or names code that cannot be loaded."""


class DataError(WorkbenchError):
    """The data cannot be used as it is."""


class ModelError(WorkbenchError):
    """The model cannot be used for this."""


class DownloadError(WorkbenchError):
    """Something could not be fetched, or what came is not what was pinned."""


class Cancelled(WorkbenchError):
    """Somebody stopped it before it was done; what was done so far is kept and goes on later."""


class RunError(WorkbenchError):
    """A run folder or its worker is not in the state that was asked for."""


class EngineError(WorkbenchError):
    """An engine that runs are sent to cannot be reached, or does not take this one."""


class TrainingError(WorkbenchError):
    """Training cannot go on (diverged, no memory, no room for the model)."""


def quoted(name: object) -> str:
    """A name as a message quotes it; of a very long one both ends.

    >>> quoted("a" * 300) == repr("a" * 90) + "..." + repr("a" * 90)
    True
    """
    text = str(name)
    return repr(text) if len(text) <= 200 else f"{text[:90]!r}...{text[-90:]!r}"


def shown(value: object, most: int = 60) -> str:
    """A value as a sentence may show it, in one line, whatever it is and however long."""
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except Exception:  # 6,000 digits, 5,000 lists in one another, a class with a faulty repr
        return kind_of(value)
    if "\n" in text:  # a table's
        text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def kind_of(value: object) -> str:
    """What a value is, in words: "a mapping", "a number", ..."""
    names = {dict: "a mapping", list: "a list", str: "a text", int: "a number", float: "a number",
             bool: "true or false", type(None): "nothing"}  # fmt: skip
    return names.get(type(value), f"a {type(value).__name__}")


def nearest(name: str, choices: Iterable[str]) -> str:
    """The choices most like ``name``, as a sentence.

    >>> nearest("sample:movie-sentimnt", ["sample:movie-sentiment", "sample:spam"])
    "Did you mean 'sample:movie-sentiment'?"
    >>> nearest("xyz", ["linear", "cosine"])
    "Allowed: 'linear', 'cosine'."
    """
    options = list(choices)
    close = difflib.get_close_matches(str(name), options, n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(repr(c) for c in close) + "?"
    return "Allowed: " + ", ".join(repr(c) for c in options) + "."


def explain(error: BaseException) -> tuple[str, str]:
    """Message and remedy of any exception, for a place that must not show a traceback.

    Returns
    -------
    (message, remedy) : tuple of str
        For a :class:`WorkbenchError` its own two sentences; otherwise the exception's type and
        first line, and where to look.
    """
    if isinstance(error, WorkbenchError):
        return error.message, error.remedy
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    if is_out_of_memory(error):
        return (
            "The device ran out of memory.",
            "Lower batch_size (and raise gradient_accumulation to keep the step the same), "
            "or lower max_length.",
        )
    message = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return message, "This was not expected: the details are in log.txt of the run folder."
