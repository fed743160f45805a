"""Build the wheel, compare it with the tracked files, run its demo in an empty environment.

``python -m tests.setup.wheel`` (``make wheel``) leaves the wheel in ``dist/``. The environment lies
in a temporary folder outside the repository and is made from nothing but wheels.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BESIDE = ("pyproject.toml", "README.md", "LICENSE")  # what a build reads beside the package
NAME = "finetune_workbench"
# Whether a package lacks a file shows in a few steps as well as in all.
SMALL = ("max_steps=5", "max_train_examples=200", "test_size=100", "validation_size=50")


def build(out: Path) -> Path:
    """The wheel of the working tree, in ``out``; nothing is left in the tree.

    It is built from a copy: a ``build`` folder of earlier would hand on files that are gone.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-build-") as folder:
        source = Path(folder) / "source"
        ignored = shutil.ignore_patterns("__pycache__", "*.py[co]", ".ipynb_checkpoints")
        shutil.copytree(ROOT / "workbench", source / "workbench", ignore=ignored)
        for name in BESIDE:
            shutil.copy2(ROOT / name, source / name)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", f"{folder}/made", str(source)]
        subprocess.run(command, check=True)
        (made,) = Path(folder, "made").glob(f"{NAME}-*.whl")
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob(f"{NAME}-*.whl"):
            old.unlink()
        return Path(shutil.copy2(made, out))


def tracked() -> set[str]:
    """The package's files that git has or would add (all files, where the tree has no git)."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run([*command, "workbench"], cwd=ROOT, check=True, capture_output=True)
        names = listed.stdout.decode().split("\0")
        return {name for name in names if name and (ROOT / name).exists()}
    found = (ROOT / "workbench").rglob("*")
    return {p.relative_to(ROOT).as_posix() for p in found
            if p.is_file() and "__pycache__" not in p.parts}  # fmt: skip


def complaints(wheel: Path) -> list[str]:
    """What the wheel lacks or holds too much, a sentence each."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    wanted = tracked()
    found = [f"It lacks {name}." for name in sorted(wanted - inside)]
    found += [f"It holds {name}, which is not tracked." for name in sorted(inside - wanted)]
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        found.append("It lacks the licence.")
    return found


def run_demo(wheel: Path) -> None:
    """A short ``workbench demo`` from the wheel, in an empty environment with the pins."""
    with tempfile.TemporaryDirectory(prefix="workbench-wheel-") as folder:
        place = Path(folder)
        hidden = ("PYTHON", "VIRTUAL_ENV", "WORKBENCH_RUNS")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}

        def call(*command: str | Path) -> None:
            subprocess.run(list(map(str, command)), cwd=place, env=env, check=True,
                           stdin=subprocess.DEVNULL)  # fmt: skip

        call(getattr(sys, "_base_executable", sys.executable), "-m", "venv", place / "env")
        python = place / "env" / "bin" / "python"
        # What is imported once is compiled then: compiling every file takes longer than the demo.
        call(python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--no-compile",
             "--constraint", ROOT / "constraints.txt", wheel)  # fmt: skip
        call(python, "-m", "pip", "check")
        call(python, "-c", "import sys, workbench as w; assert w.__file__.startswith(sys.prefix)")
        small = [word for setting in SMALL for word in ("--set", setting)]
        call(python.with_name("workbench"), "demo", *small, "--out", place / "run")
        call(python, "-c", "import workbench; assert workbench.open_run('run').state == 'done'")


def main() -> int:
    """Build, compare, run; the exit status."""
    parser = argparse.ArgumentParser(prog="make wheel", description=__doc__.splitlines()[0])
    parser.add_argument("--build", action="store_true", help="build and compare only")
    chosen = parser.parse_args()
    wheel = build(ROOT / "dist")
    print(f"{wheel.relative_to(ROOT)}: {wheel.stat().st_size / 1e6:.1f} MB")
    if found := complaints(wheel):
        print(*found, sep="\n", file=sys.stderr)
        return 1
    if not chosen.build:
        started = time.monotonic()
        run_demo(wheel)
        print(f"Its demo ran in an empty environment ({time.monotonic() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
