"""``workbench lab``"""

from __future__ import annotations

import argparse

ORDER = 90
HELP = "Open JupyterLab on the notebooks (127.0.0.1, with a token)."
OWN_ARGUMENTS = True


def run(arguments: argparse.Namespace) -> int:
    """Hand all arguments on."""
    from ..lab import main

    return main(arguments.rest)
