"""Azure Machine Learning: a command job as YAML, held to azure-ai-ml's own schema."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from ...recipe import Recipe
from ...settings import setting
from .writing import command, vendor

PACKAGE, NEEDED = "azure-ai-ml", ("image", "compute")
STEPS = "az ml job create --file job.yml --workspace-name WORKSPACE --resource-group GROUP"
_FILE = "job.yml"
_NONE = type(None)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a job needs to be told."""

    image: str | None = setting(None, "image", kinds=(str, _NONE))
    """Container image with the workbench."""

    compute: str | None = setting(None, "name", kinds=(str, _NONE))
    """Compute target of the workspace."""

    datastore: str = setting("workspaceblobstore", "name", kinds=(str,))
    """Datastore that keeps the run: its checkpoints outlive the machine."""

    hours: int = setting(4, "hours", kinds=(int,), low=1, high=30 * 24)
    """Time limit."""


def files(recipe: Recipe, chosen: Settings, name: str) -> dict[str, str]:
    """The command job as YAML."""
    job = {
        "$schema": "https://azuremlschemas.azureedge.net/latest/commandJob.schema.json",
        "type": "command",
        "experiment_name": "finetune-workbench",
        "display_name": name,
        "code": ".",
        "command": command("${{outputs.run}}/run"),
        "environment": {"image": chosen.image},
        "compute": f"azureml:{chosen.compute}",
        "resources": {"instance_count": 1},
        "limits": {"timeout": chosen.hours * 3600},
        "outputs": {
            "run": {
                "type": "uri_folder",
                "mode": "rw_mount",
                "path": f"azureml://datastores/{chosen.datastore}/paths/runs/{name}",
            }
        },
    }
    return {_FILE: yaml.safe_dump(job, sort_keys=False, allow_unicode=True)}


def problems(files: dict[str, str]) -> list[str]:
    """What azure-ai-ml refuses when it reads the job."""
    load_job = vendor("azure.ai.ml", PACKAGE).load_job
    with tempfile.TemporaryDirectory() as folder:  # it looks for the code's folder too
        path = Path(folder) / _FILE
        path.write_text(files[_FILE], "utf-8")
        try:
            load_job(str(path))
        except Exception as error:  # several kinds, of several packages
            return [" ".join(str(error).split())[:600]]
    return []
