"""SkyPilot: a task as YAML for many clouds, held to SkyPilot's own schemas."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from ...recipe import Recipe
from ...settings import setting
from .writing import command, vendor

PACKAGE, NEEDED = "skypilot", ("image", "bucket")
STEPS = "sky jobs launch task.yaml"
_FILE = "task.yaml"
_NONE = type(None)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a task needs to be told."""

    image: str | None = setting(None, "image", kinds=(str, _NONE))
    """Container image with the workbench."""

    bucket: str | None = setting(None, "address", kinds=(str, _NONE))
    """Bucket that keeps the run, such as ``s3://name`` or ``gs://name``."""

    accelerators: str = setting("L4:1", "kind and count", kinds=(str,))
    """Devices, as SkyPilot writes them."""

    spot: bool = setting(True, "", kinds=(bool,))
    """Cheaper machines that can be taken away; the run goes on from its checkpoint."""


def files(recipe: Recipe, chosen: Settings, name: str) -> dict[str, str]:
    """The task as YAML."""
    task = {
        "name": name,
        "workdir": ".",
        "resources": {
            "accelerators": chosen.accelerators,
            "image_id": f"docker:{chosen.image}",
            "use_spot": chosen.spot,
        },
        "file_mounts": {"/runs": {"source": chosen.bucket, "mode": "MOUNT"}},
        "run": command(f"/runs/{name}") + "\n",
    }
    return {_FILE: yaml.safe_dump(task, sort_keys=False, allow_unicode=True)}


def problems(files: dict[str, str]) -> list[str]:
    """What SkyPilot's schemas of a task, its resources and its storage refuse."""
    schemas = vendor("sky.utils.schemas", PACKAGE)
    jsonschema = vendor("jsonschema", PACKAGE)
    task = yaml.safe_load(files[_FILE])
    parts = [(task, schemas.get_task_schema())]
    parts.append((task["resources"], schemas.get_resources_schema()))
    parts += [(mount, schemas.get_storage_schema()) for mount in task["file_mounts"].values()]
    found = []
    for value, schema in parts:
        found += [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(value)]
    return found
