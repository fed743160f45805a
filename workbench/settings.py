"""How a setting is declared: its default, unit and bounds beside it, a docstring under it.

A setting is a field of a frozen dataclass, declared where it is read. What a recipe holds, what the
form shows and what an error says about it all come from here.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math
import sys
import textwrap
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .errors import RecipeError, nearest, shown
from .i18n import t

NONE = type(None)
#: The value of a setting that nobody gave and that follows from the task, where None says something
#: else.
USUALLY: Any = ...
_KIND_NAMES = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false",
    dict: "a mapping", list: "a list", NONE: "None",
}  # fmt: skip


def setting(
    default: Any,
    unit: str,
    *,
    kinds: tuple[type, ...],
    low: float | None = None,
    high: float | None = None,
    choices: Any = None,
    open_low: bool = False,
    blank: bool = False,
    scope: str = "training",
    front: int | None = None,
) -> Any:
    """A dataclass field with its unit and its allowed values, kept in the field's metadata.

    Parameters
    ----------
    default
        A dict or list is copied for each instance.
    unit : str
        What a number of it counts, in words.
    kinds : tuple of type
        What a value may be.
    low, high : float, optional
        Bounds of a number, allowed themselves but for ``low`` where ``open_low``.
    choices : collection of str, optional
    blank : bool
        Whether a text may be of blanks alone.
    scope : {'examples', 'training', 'looking'}
        What it decides: which examples there are, what is done with them, or only what is shown.
    front : int, optional
        Its place among the few settings that a form has in sight; the others are folded. A setting
        of a kind that has one stands behind the choice, where that is in sight and its kind chosen.
    """
    meta = dict(unit=unit, kinds=kinds, low=low, high=high, choices=choices, open_low=open_low,
                blank=blank, scope=scope, front=front)  # fmt: skip
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata=meta)
    return field(default=default, metadata=meta)


def check_setting(spec: dataclasses.Field, value: Any, name: str, *, field: str) -> None:
    """Refuse a value that a setting does not take.

    Parameters
    ----------
    spec : dataclasses.Field
        Made by :func:`setting`.
    name : str
        How the message calls it, such as ``"method.rank"``.
    field : str
        The recipe's field that it belongs to.

    Raises
    ------
    RecipeError
        Names the setting, the value and what is allowed.
    """
    meta = spec.metadata
    kinds = meta["kinds"]
    where = {"field": field, "setting": name.partition(".")[2] or None}
    matches = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    if not matches:
        wanted = [_KIND_NAMES[k] for k in kinds if not (k is int and float in kinds)]
        raise RecipeError(
            f"{name} is {shown(value)}, which is {kind_name(value)}.",
            f"It takes {' or '.join(wanted)} ({meta['unit']}).",
            **where,
        )
    if meta["choices"] and value is not None and value not in meta["choices"]:
        said = value if isinstance(value, str) else shown(value)
        raise RecipeError(f"{name} is {shown(value)}.", nearest(said, meta["choices"]), **where)
    if isinstance(value, str) and not value.strip() and not (meta["blank"] and value):
        raise RecipeError(f"{name} is empty.", f"It takes a {meta['unit']}.", **where)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = meta["low"], meta["high"]
        too_low = low is not None and (value <= low if meta["open_low"] else value < low)
        if not math.isfinite(value) or too_low or (high is not None and value > high):
            above = f"above {low}" if meta["open_low"] else f"at least {low}"
            allowed = above + (f" and at most {high}" if high is not None else "")
            raise RecipeError(
                f"{name} is {value!r}.", f"It must be {allowed} ({meta['unit']}).", **where
            )


def check_share(name: str, value: float) -> None:
    """Refuse a number above 1 that is no whole one, where a share or a count belongs.

    Raises
    ------
    RecipeError
    """
    if value > 1 and value != int(value):
        raise RecipeError(
            f"{name} is {value!r}.", "Give a share between 0 and 1, or a whole number.", field=name
        )


def kind_name(value: Any) -> str:
    """What a value is, in words.

    >>> kind_name(3), kind_name(object())
    ('a whole number', 'a object')
    """
    return _KIND_NAMES.get(type(value), f"a {type(value).__name__}")


@cache
def docs(declaration: type) -> dict[str, str]:
    """The docstring under each setting of a dataclass, by its name; "" where there is none."""
    found = dict.fromkeys((spec.name for spec in dataclasses.fields(declaration)), "")
    for cls in reversed(declaration.__mro__):
        if dataclasses.is_dataclass(cls):
            found |= _docs_in(cls)
    return found


@cache
def _module_body(module: str) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(sys.modules[module])).body


def _body(cls: type) -> list[ast.stmt]:
    """What a class says, from its source; each module is parsed once."""
    body = [] if "." in cls.__qualname__ else _module_body(cls.__module__)
    named = [n for n in body if isinstance(n, ast.ClassDef) and n.name == cls.__name__]
    if not named:  # in a function, another class, or under a condition
        alone = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        named = [n for n in alone if isinstance(n, ast.ClassDef)]
    return named[-1].body


def _docs_in(cls: type) -> dict[str, str]:
    found: dict[str, str] = {}
    last = None
    for node in _body(cls):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
        elif last and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[last], last = inspect.cleandoc(str(node.value.value)), None
        else:
            last = None
    return found


@dataclass(frozen=True)
class Kinds:
    """The ways that a recipe's field can choose between: a module each, found in a package.

    A value is ``{"kind": "lora", "rank": 8}``: the kind is the module's name, the other keys are
    the fields of its frozen dataclass ``Settings``.
    """

    field: str  # the recipe's
    package: str
    default: str

    @property
    def words(self) -> str:
        """The group of texts that has ``<kind>.title`` and the like."""
        return self.package.rpartition(".")[2]

    def names(self) -> list[str]:
        """The kinds there are: the default first, the others by name."""
        return _names(self.package, self.default)

    def module(self, kind: str) -> Any:
        """The module of a kind.

        Raises
        ------
        RecipeError
            If there is no such kind (with the nearest ones).
        """
        import importlib

        if kind not in self.names():
            raise RecipeError(
                f"{self.field}.kind is {shown(kind)}.",
                nearest(kind if isinstance(kind, str) else shown(kind), self.names()),
                field=self.field,
            )
        return importlib.import_module(f"{self.package}.{kind}")

    def settings(self, value: dict) -> Any:
        """The ``Settings`` of a kind that a recipe's value stands for."""
        rest = {name: given for name, given in value.items() if name != "kind"}
        return self.module(value["kind"]).Settings(**rest)

    def _settings_of(self, kind: str) -> set[str]:
        return {spec.name for spec in dataclasses.fields(self.module(kind).Settings)}

    def filled(self, value: Any) -> dict:
        """A value with its kind's defaults for what it leaves out, checked.

        Parameters
        ----------
        value : str or dict
            A kind alone, or a mapping with its ``kind``.

        Raises
        ------
        RecipeError
            Names the setting, the value and what is allowed.
        """
        if isinstance(value, str):
            value = {"kind": value}
        if not isinstance(value, dict) or "kind" not in value:
            known = ", ".join(map(repr, self.names()))
            example = repr({"kind": self.names()[-1]})
            raise RecipeError(
                t(f"kinds.{'no_kind' if isinstance(value, dict) else 'none'}",
                  field=self.field, value=shown(value)),
                t("kinds.takes", example=example, known=known),
                field=self.field,
            )  # fmt: skip
        declared = self.module(value["kind"]).Settings
        specs = {spec.name: spec for spec in dataclasses.fields(declared)}
        for name in value:
            if name != "kind" and name not in specs:
                said = name if isinstance(name, str) else shown(name)
                others = [kind for kind in self.names() if name in self._settings_of(kind)]
                if others and not specs:
                    has = f"{t('kinds.no_settings')} "
                    has += t("kinds.elsewhere", name=name, field=self.field,
                             kinds=" or ".join(map(repr, others)))  # fmt: skip
                elif others:
                    has = t("kinds.elsewhere", name=name, field=self.field,
                            kinds=" or ".join(map(repr, others)))  # fmt: skip
                else:
                    has = nearest(said, list(specs)) if specs else t("kinds.no_settings")
                raise RecipeError(
                    t("kinds.no_setting", field=self.field, kind=repr(value["kind"]),
                      name=shown(name)),
                    has,
                    field=self.field,
                )  # fmt: skip
        for name, spec in specs.items():
            if name in value:
                check_setting(spec, value[name], f"{self.field}.{name}", field=self.field)
        return {"kind": value["kind"], **dataclasses.asdict(self.settings(value))}


@cache
def _names(package: str, default: str) -> list[str]:
    import importlib
    import pkgutil

    where = importlib.import_module(package).__path__
    found = sorted(one.name for one in pkgutil.iter_modules(where) if not one.name.startswith("_"))
    return [default, *(name for name in found if name != default)]
