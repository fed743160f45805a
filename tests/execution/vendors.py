"""Azure's and SkyPilot's own packages, each in an environment of its own: do they take our files?

``make test-engines`` runs it. They are too large to be installed beside the workbench: 70 and 290
MB, with pins of their own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECK = """
import importlib, json, sys
module = importlib.import_module("workbench.execution.clouds." + sys.argv[1])
files = module.files(None, module.Settings(**json.loads(sys.argv[2])), "run")
(name, text), = files.items()
assert sys.argv[3] in text
print(json.dumps([module.problems(files), module.problems({name: text.replace(sys.argv[3], "x")})]))
"""


@pytest.mark.parametrize(
    ("cloud", "package", "settings", "part"),
    [
        ("azureml", "azure-ai-ml", {"image": "registry/workbench:1", "compute": "gpu"}, "timeout"),
        ("skypilot", "skypilot", {"image": "registry/workbench:1", "bucket": "s3://a"}, "use_spot"),
    ],
)
def test_the_vendors_own_package_takes_the_job(tmp_path, cloud, package, settings, part):
    """As it is, and not with a field that it does not know."""
    uv, python = [sys.executable, "-m", "uv"], tmp_path / "venv" / "bin" / "python"
    subprocess.run([*uv, "venv", "-q", tmp_path / "venv", "--python", sys.executable], check=True)
    ours = ["lazy_loader", "pyyaml"]  # what the recipe's floor of the workbench needs
    subprocess.run([*uv, "pip", "install", "-q", "--python", python, package, *ours], check=True)
    done = subprocess.run(
        [python, "-c", CHECK, cloud, json.dumps(settings), part], capture_output=True, text=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    whole, wrong = json.loads(done.stdout.splitlines()[-1])
    assert whole == [] and wrong
