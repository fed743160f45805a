r"""A slice's query: conditions on examples, written as people would say them.

    words >= 40 and negation
    language = de
    "source site" != shop and not near_training
    text has "money back"
    text ~ "^(How|Why) .*\?$"

A condition is ``name``, ``not name`` or ``name operator value``; ``and`` joins them. ``has`` looks
for whole words, upper and lower case alike; ``~`` and ``!~`` match a regular expression (RE2's
syntax: no lookaround, no backreferences), case and all.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import DataError

SECONDS = 5.0  # that a regular expression may take over all texts
OPERATORS = ("<=", ">=", "!=", "!~", "=", "<", ">", "~", "has\\b")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PART = re.compile(
    rf"\s*(?P<no>not\s+)?(?P<name>{_QUOTED}|[^\W\d][\w.-]*)"
    rf"(?:\s*(?P<operator>{'|'.join(OPERATORS)})\s*(?P<value>{_QUOTED}|[^\s\"]+))?\s*(?P<end>and\b|$)"
)


@dataclass(frozen=True)
class Condition:
    """One condition; ``operator`` is "" for a name alone."""

    name: str
    operator: str = ""
    value: str = ""
    negated: bool = False


def parse(query: str) -> list[Condition]:
    """The conditions of a query.

    Raises
    ------
    DataError
        Where it cannot be read; the place is named.

    >>> parse('words > 40 and not "near training"')[1]
    Condition(name='near training', operator='', value='', negated=True)
    """
    found, at = [], 0
    while True:
        part = _PART.match(query, at)
        if part is None:
            rest = query[at:].strip()[:40]
            raise DataError(
                f"The query {query!r} cannot be read at {rest!r}."
                if rest
                else f"The query {query!r} ends where a condition belongs.",
                'Write conditions such as: words > 40 and negation, or text has "money back".',
            )
        found.append(
            Condition(
                _plain(part["name"]), part["operator"] or "", _plain(part["value"] or ""),
                bool(part["no"]),
            )
        )  # fmt: skip
        if not part["end"]:
            return found
        at = part.end()


def quoted(text: object) -> str:
    """A name or value as a query writes it.

    >>> quoted("web"), quoted("web shop")
    ('web', '"web shop"')
    """
    plain = str(text)
    if re.fullmatch(r"[^\W\d][\w.-]*", plain) and plain not in ("and", "not"):
        return plain
    return '"' + plain.replace('"', '\\"') + '"'


def select(query: str, column: Callable[[str], np.ndarray]) -> np.ndarray:
    """Which examples a query takes.

    Parameters
    ----------
    query : str
    column : callable
        Gives the values of a name, shape (n,).

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    chosen = None
    for condition in parse(query):
        mask = _holds(condition, np.asarray(column(condition.name)))
        chosen = mask if chosen is None else chosen & mask
    return chosen


def matching(
    texts: Sequence[object], pattern: str, *, seconds: float = SECONDS, ignore_case: bool = False
) -> np.ndarray:
    """Which texts match a regular expression somewhere, bool (n,).

    RE2 takes time in proportion to the text whatever the pattern, and the whole search is stopped
    after ``seconds``.

    Raises
    ------
    DataError
        If the expression is invalid, or the time is over.
    """
    import duckdb
    import pyarrow

    clean = [str(text).encode("utf-8", "replace").decode() for text in texts]
    connection = duckdb.connect()
    connection.register("given", pyarrow.table({"text": pyarrow.array(clean, pyarrow.string())}))
    alarm = threading.Timer(seconds, connection.interrupt)
    alarm.start()
    try:
        answer = connection.execute(
            "SELECT regexp_matches(text, ?, ?) AS hit FROM given",
            [pattern, "i" if ignore_case else "c"],
        )
        return np.asarray(answer.fetchnumpy()["hit"], bool)
    except duckdb.InterruptException as error:
        raise DataError(
            f"The regular expression {pattern!r} took longer than {seconds:g} s and was stopped.",
            "Make it simpler, or search for a plain word.",
        ) from error
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
        reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
        raise DataError(
            f"The regular expression {pattern!r} cannot be searched for: {reason}",
            "Correct it; lookaround and backreferences are not there.",
        ) from error
    finally:
        alarm.cancel()
        connection.close()


def _plain(token: str) -> str:
    # only a quotation mark is escaped: backslashes belong to regular expressions
    return token[1:-1].replace('\\"', '"') if token.startswith('"') else token


def _holds(condition: Condition, values: np.ndarray) -> np.ndarray:
    operator, wanted = condition.operator, condition.value
    if not operator:
        if values.dtype.kind not in "biuf":
            raise DataError(
                f"{condition.name} holds texts, so it cannot stand alone.",
                f"Say which: {quoted(condition.name)} = {quoted(values[0])}.",
            )
        mask = values != 0
    elif operator in ("~", "!~"):
        mask = matching(values, wanted) ^ (operator == "!~")
    elif operator == "has":
        word = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)", re.IGNORECASE)
        mask = np.asarray([word.search(str(value)) is not None for value in values], bool)
    elif values.dtype.kind in "biuf":
        mask = _compared(operator, values.astype(float), _number(condition))
    elif operator in ("=", "!="):
        mask = (values.astype(str) == wanted) ^ (operator == "!=")
    else:
        raise DataError(
            f"{condition.name} holds texts, which have no order for {operator!r}.",
            "Texts are compared with =, !=, has, ~ and !~.",
        )
    return ~mask if condition.negated else mask


def _number(condition: Condition) -> float:
    words = {"true": 1, "yes": 1, "false": 0, "no": 0}
    try:
        return float(words.get(condition.value.lower(), condition.value))
    except ValueError:
        raise DataError(
            f"{condition.name} holds numbers, and {condition.value!r} is none.",
            f"Write for example {quoted(condition.name)} {condition.operator} 10.",
        ) from None


def _compared(operator: str, values: np.ndarray, number: float) -> np.ndarray:
    compare = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
        ">=": np.greater_equal,
    }  # fmt: skip
    return compare[operator](values, number)
