"""Which family a model is of, and which class of the library a task takes for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import libraries
from workbench.errors import ModelError, SpecError
from workbench.i18n import t
from workbench.task_spec import FAMILIES

_ENCODER, _DECODER, _BOTH = FAMILIES
_ELSE = "Choose a model of another family: BERT, RoBERTa, DeBERTa or ModernBERT have every head."


def family_of(config: Any) -> str:
    """The family of a model, by its configuration: one of :data:`workbench.task_spec.FAMILIES`.

    A type that the library can both fill gaps in texts with and let texts go on (BERT, RoBERTa) is
    an encoder unless its configuration says that it decodes.

    Parameters
    ----------
    config : transformers.PretrainedConfig
    """
    if getattr(config, "is_encoder_decoder", False):
        return _BOTH
    if getattr(config, "is_decoder", False):
        return _DECODER
    fills, goes_on = libraries.transformers("AutoModelForMaskedLM", "AutoModelForCausalLM")
    kind = type(config)
    decodes = kind in goes_on._model_mapping and kind not in fills._model_mapping
    return _DECODER if decodes else _ENCODER


def class_for(auto_class: str | Mapping[str, str], config: Any, what: str) -> Any:
    """The library's class for a model.

    Parameters
    ----------
    auto_class : str or mapping of family to str
        Such as ``"AutoModelForCausalLM"``; a mapping has one for each family that will do.
    config : transformers.PretrainedConfig
    what : str
        Names the model in the message.

    Raises
    ------
    ModelError
        If no class is for its family, or the library has none for its type.
    SpecError
        If the library has no such class.
    """
    auto = _library(name_for(auto_class, config, what))
    if type(config) not in auto._model_mapping:
        task = auto.__name__.removeprefix("AutoModelFor").removeprefix("AutoModel") or "model"
        raise ModelError(
            f"The {what} is of type {config.model_type!r}, for which transformers has no {task}.",
            _ELSE,
        )
    return auto


def name_for(auto_class: str | Mapping[str, str], config: Any, what: str) -> str:
    """Name of the library's class for a model; ModelError if none is for its family."""
    if not isinstance(auto_class, str):
        family = family_of(config)
        if family not in auto_class:
            raise ModelError(
                t("model.family", what=what, kind=repr(config.model_type), family=titled(family)),
                t("model.family_remedy", families=t("model.or").join(map(titled, auto_class))),
            )
        return auto_class[family]
    return auto_class


def known_types(auto_class: str) -> dict[str, str]:
    """Model types that a class of the library is for, each with the name of the model's class."""
    mapping = _library(auto_class)._model_mapping
    return {kind: str(one) for kind, one in mapping._model_mapping.items()}


def _library(name: str) -> Any:
    try:
        found = libraries.transformers(name)
    except (AttributeError, ImportError):
        found = None
    if not hasattr(found, "_model_mapping"):
        raise SpecError(t("model.no_class", name=repr(name)), t("model.no_class_remedy"))
    return found


def titled(family: str) -> str:
    """A family as people call it."""
    return t(f"model.families.{family}")
