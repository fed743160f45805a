"""How a recipe is written down: YAML that loses nothing, and Python that runs."""

from __future__ import annotations

import re
from typing import Any

from .errors import RecipeError, kind_of
from .plain_yaml import too_deep

DEPTH, PARTS = 20, 100_000  # of a field's value: lists in one another, and values in all

# YAML 1.1 reads 1e-4 as text (it wants 1.0e-4); people write 1e-4, so it is a number here.
_FLOAT = re.compile(
    r"""^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?
        |[-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)
        |\.[0-9_]+(?:[eE][-+]?[0-9]+)?
        |[-+]?\.(?:inf|Inf|INF)
        |\.(?:nan|NaN|NAN))$""",
    re.X,
)


def _yaml_classes():
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    class Dumper(yaml.SafeDumper):
        pass

    for cls in (Loader, Dumper):
        cls.yaml_implicit_resolvers = {k: list(v) for k, v in cls.yaml_implicit_resolvers.items()}
        cls.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
    Dumper.add_representer(str, _quoted)
    return yaml, Loader, Dumper


def _quoted(dumper: Any, text: str) -> Any:
    """Texts with the line ends that only YAML knows are quoted: plain, they would be folded."""
    style = '"' if any(char in text for char in "\x85\u2028\u2029\ufeff") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def to_yaml(values: dict[str, Any]) -> str:
    """``values`` as YAML, a field a line."""
    yaml, _, dumper = _yaml_classes()
    return yaml.dump(values, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)


def from_yaml(text: str) -> dict[str, Any]:
    """The mapping that a YAML text holds.

    Raises
    ------
    RecipeError
        If the text is not YAML or not a mapping.
    """
    yaml, loader, _ = _yaml_classes()
    try:
        if too_deep(text):
            raise RecursionError
        values = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise RecipeError(
            f"The recipe is not valid YAML{where}: {problem}.", "Write one 'field: value' a line."
        ) from None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        # a number of thousands of digits, a day that there is not
        raise RecipeError(
            f"The recipe holds a value that cannot be read ({str(error)[:200]}).",
            "Write one 'field: value' a line.",
        ) from None
    except RecursionError:
        raise RecipeError(
            "The recipe holds lists or mappings that lie too deep in one another.",
            "Write one 'field: value' a line.",
        ) from None
    if not isinstance(values, dict):
        raise RecipeError(
            f"The recipe holds {kind_of(values)} where fields belong.",
            "Write one 'field: value' a line.",
        )
    return values


def check_plain(value: Any, name: str) -> None:
    """Refuse a field's value that could not be written down and read back.

    Raises
    ------
    RecipeError
        A text with half characters, a number that no counter holds, too much in one another.
    """
    waiting, parts = [(value, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        parts += 1
        if depth > DEPTH or parts > PARTS:
            raise RecipeError(
                f"{name} holds too much: lists or mappings that lie deep in one another, or more "
                f"than {PARTS:,} values.",
                "Give a plain value.",
                field=name,
            )
        if isinstance(part, dict):
            waiting += [(inside, depth + 1) for pair in part.items() for inside in pair]
        elif isinstance(part, (list, tuple, set)):
            waiting += [(inside, depth + 1) for inside in part]
        elif isinstance(part, int) and abs(part) >= 2**63:
            raise RecipeError(
                f"{name} holds a whole number of more than 18 digits.",
                "Give a smaller one.",
                field=name,
            )
        elif isinstance(part, str) and not _is_text(part):
            raise RecipeError(
                f"{name} is {ascii(part)[:100]}, which holds half a character (a lone surrogate).",
                "Write it as text in UTF-8.",
                field=name,
            )


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def to_python(fields: dict[str, Any]) -> str:
    """A script that makes the recipe with these fields and fine-tunes it."""
    lines = "".join(f"    {name}={value!r},\n" for name, value in fields.items())
    return f"import workbench as wb\n\nrecipe = wb.Recipe(\n{lines})\nrun = wb.fine_tune(recipe)\n"
