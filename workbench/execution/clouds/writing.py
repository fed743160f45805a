"""Writing the job files of a recipe for a cloud."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ...atomic_files import write_text
from ...errors import EngineError, nearest
from ...i18n import t
from ...recipe import Recipe
from ..settings_file import checked, read_settings

CLOUDS = ("sagemaker", "azureml", "skypilot")
RECIPE = "recipe.yaml"
_ANYWHERE = ("sample:", "hub:")  # references that another machine resolves as well


def vendor(module: str, package: str) -> ModuleType:
    """A module of a vendor's package.

    Raises
    ------
    EngineError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise EngineError(t("clouds.no_package", package=package),
                          t("clouds.no_package_back", package=package)) from None  # fmt: skip


def write_job(
    recipe: Recipe, cloud: str, folder: Path, settings: Mapping | str | Path | None
) -> list[Path]:
    """Write a cloud's job files into a new folder, once its own package accepts them.

    Parameters
    ----------
    cloud : {'sagemaker', 'azureml', 'skypilot'}
    settings : mapping or path
        Of the cloud, the fields of its ``Settings``.

    Returns
    -------
    list of Path

    Raises
    ------
    EngineError
        If the cloud is unknown, its package is not here or refuses the files, a setting is wrong,
        the recipe names what only this machine has, or the folder is not empty.
    """
    if cloud not in CLOUDS:
        raise EngineError(t("clouds.unknown", name=repr(cloud)), nearest(cloud, CLOUDS))
    for name in ("model", "dataset"):
        value = str(getattr(recipe, name))
        if not value.startswith(_ANYWHERE):
            raise EngineError(t("clouds.local", name=name, value=value), t("clouds.local_back"))
    module = importlib.import_module(f"{__package__}.{cloud}")
    chosen = checked(module.Settings, read_settings(cloud, settings), cloud)
    if lacking := [name for name in module.NEEDED if not getattr(chosen, name)]:
        raise EngineError(t("clouds.lacking", cloud=cloud, names=", ".join(lacking)),
                          t("clouds.lacking_back", cloud=cloud))  # fmt: skip
    files = module.files(recipe, chosen, folder.name)
    if found := module.problems(files):
        raise EngineError(t("clouds.refused", package=module.PACKAGE, why="; ".join(found)))
    if folder.exists() and any(folder.iterdir()):
        raise EngineError(t("clouds.not_empty", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    files = {RECIPE: recipe.to_yaml(), **files, "README.md": _readme(module, cloud)}
    for name, text in files.items():
        write_text(folder / name, text)
    return [folder / name for name in files]


def _readme(module: ModuleType, cloud: str) -> str:
    return t("clouds.readme", cloud=cloud, package=module.PACKAGE, steps=module.STEPS) + "\n"


def command(run: str) -> str:
    """What the job's shell does: goes on with the run that lies there, or begins it."""
    return f"workbench train {RECIPE} --out {run}"
