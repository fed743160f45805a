"""Settings of an engine: a small YAML file, checked before anything is sent."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import EngineError, RecipeError, nearest
from ..i18n import t
from ..plain_yaml import load
from ..settings import check_setting


def read_settings(engine: str, settings: Mapping | str | os.PathLike | None) -> dict:
    """The settings that were given, those of a file, or those of ``ENGINE.yaml`` where one works.

    Parameters
    ----------
    engine : str
    settings : mapping, path or None

    Raises
    ------
    EngineError
        If the file cannot be read or holds no settings.
    """
    if isinstance(settings, Mapping):
        return dict(settings)
    usual = Path(f"{engine}.yaml")
    if settings is None and not usual.is_file():
        return {}
    import yaml

    path = usual if settings is None else Path(settings)
    try:
        found = load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise EngineError(t("engine.settings_unread", file=path, why=why),
                          t("engine.settings_back", engine=engine)) from None  # fmt: skip
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise EngineError(t("engine.settings_unread", file=path, why=t("engine.no_mapping")),
                          t("engine.settings_back", engine=engine))  # fmt: skip
    return found


def checked(declaration: type, settings: Mapping, engine: str) -> Any:
    """An instance of an engine's ``Settings`` from what somebody wrote.

    Raises
    ------
    EngineError
        Names the setting, the value and what is allowed.
    """
    specs = {spec.name: spec for spec in dataclasses.fields(declaration)}
    for name, value in settings.items():
        if name not in specs:
            raise EngineError(t("engine.no_setting", engine=engine, name=repr(name)),
                              nearest(str(name), specs))  # fmt: skip
        try:
            check_setting(specs[name], value, f"{engine}.{name}", field=name)
        except RecipeError as error:
            raise EngineError(error.message, error.remedy) from None
    return declaration(**settings)
