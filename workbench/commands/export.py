"""``workbench export RUN --to FORMAT --out FOLDER``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..terminal import say

ORDER = 70
HELP = "Write a run's model for other programs: transformers, onnxruntime, llama.cpp."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run, the format, the folder."""
    command.add_argument("folder", metavar="RUN")
    command.add_argument("--to", metavar="FORMAT", default="safetensors",
                         help="safetensors, onnx or gguf")  # fmt: skip
    command.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    command.add_argument("--weights", metavar="NUMBERS",
                         help="onnx: fp32 or int8; gguf: fp32, fp16 or q8_0")  # fmt: skip
    command.add_argument("--examples", metavar="N", type=int, default=32,
                         help="rows of the test set that another process answers")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write the folder, and print how another process answered."""
    from ..i18n import t
    from ..shipping.exporting.exporting import export

    made = export(arguments.folder, arguments.out, arguments.to, weights=arguments.weights,
                  examples=arguments.examples)  # fmt: skip
    say(t("export.done", folder=str(made.path), megabytes=made.size / 1e6,
          same=made.check["same"], examples=made.check["examples"]))  # fmt: skip
    if made.note:
        say(f"note: {made.note}")
