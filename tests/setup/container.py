"""Build the image and try its verbs as a person would: ``python -m tests.setup.container``.

``make container`` needs docker or podman. The Dockerfile is read by the engine itself. Where no
registry is reached, ``--empty-root`` makes the base image of Debian's mirror (debootstrap, as
root) and gives it the name that the Dockerfile asks for. What this machine's pip is configured with
goes into the build as a secret and into the fetching of samples as a file: none of it is in the
image.

Every container but the one that fetches runs with a root that cannot be written, without
capabilities and as the image's own user; training has no network at all. Nothing is left behind
but the image.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.setup.answers import answered, until
from tests.setup.dockerfile import DOCKERFILE, ROOT, base_image
from workbench.catalog.downloads.pipconfig import raw_settings

IMAGE = "finetune-workbench"
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "all",
            "--security-opt", "no-new-privileges")  # fmt: skip
SAMPLES = ("minilm-l6", "movie-sentiment")
RECIPE = """\
model: sample:minilm-l6
dataset: sample:movie-sentiment
max_steps: 5
max_train_examples: 200
test_size: 100
validation_size: 50
"""
WHO = "import psutil; print(*sorted({i for p in psutil.process_iter() for i in p.uids()}))"
CELL = """
import sys
from jupyter_client import BlockingKernelClient, find_connection_file
kernel = BlockingKernelClient(connection_file=find_connection_file(sys.argv[1]))
kernel.load_connection_file()
kernel.start_channels()
kernel.wait_for_ready(timeout=120)
code = "import os; from workbench.paths import runs_dir; print(os.getuid(), runs_dir())"
kernel.execute_interactive(code, timeout=120)
"""
HEALTH = ("python", "/opt/workbench/container/health.py")


class Engine:
    """docker or podman, whose commands are the same but for a name and a flag."""

    def __init__(self, program: str):
        self.program = program
        self.is_podman = Path(program).name == "podman"

    def __call__(self, *words: object, shown: bool = False) -> str:
        """What a command prints; with ``shown`` it goes to the terminal as it comes."""
        command = [self.program, *map(str, words)]
        done = subprocess.run(command, text=True, stdout=None if shown else subprocess.PIPE)
        if done.returncode:
            said = f"{' '.join(command[:3])} ... ended with {done.returncode}."
            sys.exit(f"{said} {done.stdout or ''}")
        return (done.stdout or "").strip()

    @contextmanager
    def running(self, *words: object) -> Iterator[str]:
        """A container in the background; what it said is shown if something fails, then it goes."""
        name = f"{IMAGE}-{secrets.token_hex(4)}"
        self("run", "--detach", "--name", name, *words)
        try:
            yield name
        except BaseException:
            subprocess.run([self.program, "logs", name])
            raise
        finally:
            self("rm", "--force", name)


def found_engine() -> str:
    """docker if its daemon answers, else podman."""
    for name in ("docker", "podman"):
        program = shutil.which(name)
        if program and not subprocess.run([program, "version"], capture_output=True).returncode:
            return program
    sys.exit("Neither docker nor podman answers: start or install one, or name it with --engine.")


def make_base(engine: Engine, place: Path) -> None:
    """An empty root of Debian's mirror, under the name that the Dockerfile begins with."""
    name = base_image()
    release = name.rpartition(":")[2].partition("-")[0]
    root = place / "root"
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    found = (root / "etc" / "debian_version").read_text().strip()
    if found != release:
        sys.exit(f"Debian's mirror has {found}, the Dockerfile names {release}.")
    whole = f"docker.io/library/{name}" if engine.is_podman else name
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run([engine.program, "import", "-", whole], stdin=packed.stdout, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    shutil.rmtree(root)


def pip_files(place: Path) -> tuple[Path, Path | None]:
    """This machine's settings of pip as a file, and its certificates, each readable by all."""
    settings, certificates = raw_settings(), None
    if "cert" in settings:
        certificates = place / "pip-ca.crt"
        shutil.copyfile(settings["cert"], certificates)
        settings["cert"] = "/etc/pip-ca.crt"
    settings.pop("constraint", None)  # the project's own pins stand in the Dockerfile
    file = place / "pip.conf"
    lines = [f"{name} = {' '.join(value.split())}" for name, value in settings.items()]
    file.write_text("\n".join(["[global]", *lines, ""]), "utf-8")
    return file, certificates


class Trial:
    """The image, two volumes, and what is handed in from this machine."""

    def __init__(self, engine: Engine, place: Path, folders: list[str]):
        self.engine, self.place = engine, place
        self.folders = [word for f in folders for word in ("--volume", f"{f}:{f}:ro")]
        self.pip, self.certificates = pip_files(place)
        self.token = secrets.token_hex(16)
        own = f"{IMAGE}-{secrets.token_hex(4)}"
        self.volumes = {f"{own}-work": "/work", f"{own}-cache": "/cache"}
        self.kept = [w for name, at in self.volumes.items() for w in ("--volume", f"{name}:{at}")]

    def build(self, torch_index: str | None) -> None:
        """The image, from the Dockerfile."""
        chosen = [] if torch_index is None else ["--build-arg", f"TORCH_INDEX={torch_index}"]
        secret = ["--secret", f"id=pip,src={self.pip}"]
        if self.certificates:
            secret += ["--secret", f"id=pip-ca,src={self.certificates}"]
        kind = ["--format", "docker"] if self.engine.is_podman else []  # OCI's has no health check
        self.engine("build", "--network", "host", *kind, *secret, *self.folders, *chosen,
                    "--file", DOCKERFILE, "--tag", IMAGE, ROOT, shown=True)  # fmt: skip

    def fetch(self) -> None:
        """The samples into the cache's volume."""
        handed = ["--volume", f"{self.pip}:/etc/pip.conf:ro"]
        if self.certificates:
            handed += ["--volume", f"{self.certificates}:/etc/pip-ca.crt:ro"]
        self.engine("run", "--rm", "--network", "host", *HARDENED, *self.kept, *handed,
                    *self.folders, IMAGE, "samples", "fetch", *SAMPLES)  # fmt: skip

    def train(self) -> None:
        """A short training without any network."""
        recipe = self.place / "recipe.yaml"
        recipe.write_text(RECIPE, "utf-8")
        said = self.engine("run", "--rm", "--network", "none", *HARDENED, *self.kept,
                           "--volume", f"{recipe}:/work/recipe.yaml:ro", IMAGE,
                           "train", "recipe.yaml", "--out", "/work/runs/tried")  # fmt: skip
        assert said.splitlines()[-1] == "/work/runs/tried", said

    def serve(self) -> None:
        """A prediction of that run; who has no token gets none; SIGTERM ends it with 0."""
        with self._server(8000, "--env", f"WORKBENCH_SERVE_TOKEN={self.token}",
                          IMAGE, "serve", "/work/runs/tried") as (name, url):  # fmt: skip
            until(lambda: answered(f"{url}/health")[0] == 200)
            self._looked_at(name)
            body = {"input": "A quiet film that stays with you."}
            assert answered(f"{url}/predict", body)[0] == 401
            status, said = answered(f"{url}/predict", body, f"Bearer {self.token}")
            assert status == 200 and "prediction" in said, (status, said)
            self.engine("stop", "-t", 30, name)
            assert self.engine("inspect", "--format", "{{.State.ExitCode}}", name) == "0"

    def lab(self) -> None:
        """The notebooks behind a token, a kernel that runs a cell; other names get nothing."""
        with self._server(8888, "--env", f"JUPYTER_TOKEN={self.token}", IMAGE) as (name, url):
            until(lambda: answered(f"{url}/api")[0] == 200)
            self._looked_at(name)
            key = f"token {self.token}"
            assert answered(f"{url}/api/contents")[0] == 403
            listed = answered(f"{url}/api/contents/notebooks", key=key)[1]["content"]
            assert "00-workbench.ipynb" in {entry["name"] for entry in listed}
            assert answered(f"{url}/api", host="example.org")[0] == 403
            kernel = answered(f"{url}/api/kernels", {}, key)[1]["id"]
            said = self.engine("exec", name, "python", "-c", CELL, kernel)
            assert said == "1000 /work/runs", said

    def clean(self) -> None:
        """Remove the volumes."""
        self.engine("volume", "rm", "--force", *self.volumes)

    @contextmanager
    def _server(self, port: int, *words: object) -> Iterator[tuple[str, str]]:
        """Its name and its address on this machine."""
        with self.engine.running("--publish", f"127.0.0.1::{port}", *HARDENED, *self.kept,
                                 *words) as name:  # fmt: skip
            where = self.engine("port", name, port).splitlines()[0]
            yield name, f"http://{where}"

    def _looked_at(self, name: str) -> None:
        """Nothing runs as root, and what HEALTHCHECK asks is answered."""
        who = self.engine("exec", name, "python", "-c", WHO)
        assert who == "1000", f"processes of the users {who}"
        self.engine("exec", name, *HEALTH)


def main() -> int:
    """Build and try; the exit status."""
    parser = argparse.ArgumentParser(prog="make container", description=__doc__.splitlines()[0])
    parser.add_argument("--engine", help="docker or podman (default: the one that answers)")
    parser.add_argument(
        "--empty-root", action="store_true", help="make the base image instead of pulling it"
    )
    parser.add_argument("--torch-index", metavar="URL", help="empty for pip's own choice of torch")
    parser.add_argument(
        "--folder", action="append", default=[], metavar="PATH",
        help="folder of wheels that pip's settings name (podman alone)",
    )  # fmt: skip
    chosen = parser.parse_args()
    engine, figures = Engine(chosen.engine or found_engine()), {}

    def timed(name: str, done: Callable[..., None], *arguments: Any) -> None:
        started = time.monotonic()
        done(*arguments)
        figures[name] = f"{time.monotonic() - started:.0f} s"
        print(f"{name}: {figures[name]}", flush=True)

    with tempfile.TemporaryDirectory(prefix="workbench-container-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        trial = Trial(engine, place, chosen.folder)
        if chosen.empty_root:
            timed("empty root", make_base, engine, place)
        timed("build", trial.build, chosen.torch_index)
        try:
            for verb in (trial.fetch, trial.train, trial.serve, trial.lab):
                timed(verb.__name__, verb)
        finally:
            trial.clean()
    size = json.loads(engine("image", "inspect", IMAGE))[0]["Size"]
    print(f"The image {IMAGE} has {size / 1e9:.1f} GB; {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
