"""``workbench pack RUN --out FOLDER``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..terminal import say

ORDER = 71
HELP = "Pack a run's model with program, checks, card and container, ready for others."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, the folder, the format, licences that the catalogue does not know."""
    command.add_argument("folder", metavar="RUN")
    command.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    command.add_argument("--to", metavar="FORMAT", default="safetensors",
                         help="safetensors, onnx or gguf")  # fmt: skip
    command.add_argument("--weights", metavar="NUMBERS",
                         help="onnx: fp32 or int8; gguf: fp32, fp16 or q8_0")  # fmt: skip
    command.add_argument("--model-licence", metavar="NAME", help="such as apache-2.0")
    command.add_argument("--data-licence", metavar="NAME", help="such as cc-by-4.0")


def run(arguments: argparse.Namespace) -> None:
    """Write the folder, and print what is to be said of it."""
    from ..i18n import t
    from ..shipping.packing.packing import pack

    made = pack(
        arguments.folder, arguments.out, arguments.to, weights=arguments.weights,
        model_licence=arguments.model_licence, data_licence=arguments.data_licence,
    )  # fmt: skip
    say(t("pack.done", folder=str(made.path), same=made.check["same"],
          examples=made.check["examples"]))  # fmt: skip
    for note in made.notes:
        say(f"note: {note}")
