"""YAML of other people: read after a look at its depth.

A parser's tree is made by recursion: collections that lie tens of thousands deep in one another end
the process that reads them (libyaml), or take time with the square of their depth (Python).
"""

from __future__ import annotations

from typing import Any

DEEPEST = 100  # collections in one another


def too_deep(text: str, most: int = DEEPEST) -> bool:
    """Whether collections lie more than ``most`` deep in one another, as far as it can be read."""
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):  # one by one, without recursion
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > most:
                return True
    except (yaml.YAMLError, ValueError) as error:  # who reads it says what is wrong
        return "nesting depth" in str(error)  # newer parsers have a limit of their own
    return False


def load(text: str) -> Any:
    """What a YAML text holds: plain values, lists and mappings.

    Raises
    ------
    yaml.YAMLError
        If it is not YAML, or its collections lie more than ``DEEPEST`` deep in one another.
    ValueError
        If it holds a value that does not exist, such as the 99th of a month.
    """
    import yaml

    if too_deep(text):
        raise yaml.YAMLError(f"lists or mappings lie more than {DEEPEST} deep in one another")
    return yaml.load(text, Loader=yaml.CSafeLoader)
