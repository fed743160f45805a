"""JupyterLab for the workbench: on this machine only, behind a token, quiet towards the outside.

``workbench lab`` and ``make lab`` start the same server. The server's root is the project's folder,
so that the run folders lie under it and a panel's buttons can reach them through the contents
interface even while the kernel is busy; the first page is the first notebook.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import secrets
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.terminal import say
from workbench.training.speed.thread_waits import ASLEEP

# What a process needs in its environment before Python starts, so that two busy threads do not
# spin against each other and load reports stay out of the notebooks.
QUIET = {
    **ASLEEP,
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
FIRST_NOTEBOOK = "notebooks/00-workbench.ipynb"
LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8888


def start_page(folder: Path) -> str:
    """The path of the first page: the first notebook, else ``notebooks/``, else the folder."""
    for candidate in (FIRST_NOTEBOOK, "notebooks"):
        if (folder / candidate).exists():
            return f"/lab/tree/{candidate}"
    return "/lab"


def arguments(
    folder: str | os.PathLike[str] = ".",
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    browser: bool = True,
    token: str | None = None,
) -> list[str]:
    """The command-line arguments of JupyterLab for a folder.

    Parameters
    ----------
    folder : path
        The server's root; notebooks and ``runs/`` lie under it.
    host : str
        IP address to listen on. Whichever it is, the server answers only to names of this machine:
        another address is for a container, whose port is published on the machine around it.
    port : int, 1 to 65535
        Where to listen; when it is taken the server tries the next ones.
    browser : bool
        Whether to open a browser.
    token : str, optional
        What a browser has to present; a new random one by default.

    Returns
    -------
    list of str
        They outrank the user's own Jupyter configuration, so that the address stays ``host`` and
        the token is asked for whatever that configuration says.

    Raises
    ------
    WorkbenchError
        If the folder does not exist, the host is no IP address or the port is out of range.
    """
    root = Path(folder).expanduser().absolute()
    if not os.path.isdir(root):
        raise WorkbenchError(
            f"There is no folder {str(root)!r}.", "Name one that exists: workbench lab FOLDER."
        )
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise WorkbenchError(
            f"host is {host!r}; allowed is an IP address of this machine.",
            f"Leave it out for {LOOPBACK}; 0.0.0.0 is every address, as in a container.",
        ) from None
    if not 1 <= port <= 65535:
        raise WorkbenchError(
            f"port is {port}; allowed is 1 to 65535.", f"Leave it out for {DEFAULT_PORT}."
        )
    options = [
        f"--ServerApp.ip={host}",
        f"--ServerApp.port={port}",
        "--ServerApp.allow_remote_access=False",
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.open_browser={browser}",
        f"--IdentityProvider.token={token or secrets.token_hex(24)}",
        f"--LabApp.default_url={start_page(root)}",
        "--LabApp.news_url=None",
        # without this the browser still asks whether it may fetch news
        f"--LabApp.app_settings_dir={Path(__file__).with_name('lab_settings')}",
        # where the page is narrow a stored picture would be cut
        *(f"--{app}.extra_labextensions_path={Path(__file__).with_name('lab_extensions')}"
          for app in ("LabApp", "JupyterNotebookApp")),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if os.geteuid() == 0:  # a container, where root is the only user; Jupyter would refuse
        options.append("--ServerApp.allow_root=True")
    return options


def environment(folder: str | os.PathLike[str], current: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment, which the server hands on to its kernels.

    Whatever ``current`` sets already is left as it is. New runs go to ``runs/`` under the server's
    root, whichever folder a notebook lies in.
    """
    wanted = {**QUIET, "WORKBENCH_RUNS": str(Path(folder).expanduser().absolute() / "runs")}
    return {name: value for name, value in wanted.items() if name not in current}


def serve(
    folder: str | os.PathLike[str] = ".",
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    browser: bool = True,
) -> None:
    """Run JupyterLab in this process until it is stopped.

    The token is ``$JUPYTER_TOKEN`` when that is set. It is handed over inside the process, so that
    no other user of the machine reads it in the list of processes.

    Raises
    ------
    WorkbenchError
        If JupyterLab is not installed, or as :func:`arguments`.
    """
    known = os.environ.get("JUPYTER_TOKEN")
    options = arguments(folder, host=host, port=port, browser=browser, token=known)
    os.environ.update(environment(folder, os.environ))
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise WorkbenchError(
            f"JupyterLab is not installed ({error}).", f"Run: pip install {' '.join(_packages())}."
        ) from error
    server = LabApp.initialize_server(argv=options)
    # Jupyter prints the address with its token only if nobody can know it from elsewhere.
    server.identity_provider.token_generated = known is None
    server.start()


def _packages() -> list[str]:
    """What the ``lab`` extra of this very installation asks for, quoted for a shell.

    Never the project's own name: on a package index it may be anybody's.
    """
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("finetune-workbench") or []
    except PackageNotFoundError:
        lines = []
    found = [line.split(";")[0].strip() for line in lines if re.search(r"extra == .lab\b", line)]
    return [shlex.quote(line) for line in found] or ["jupyterlab"]


def main(argv: Sequence[str] | None = None) -> int:
    """``workbench lab [FOLDER] [--host IP] [--port N] [--no-browser]``; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="workbench lab", description="Start JupyterLab on 127.0.0.1, behind a token."
    )
    parser.add_argument("folder", nargs="?", default=".", help="the server's root (default: here)")
    parser.add_argument("--host", default=LOOPBACK, help="IP address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    chosen = parser.parse_args(argv)
    try:
        serve(chosen.folder, host=chosen.host, port=chosen.port, browser=not chosen.no_browser)
    except WorkbenchError as error:
        say(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
