"""Small files of a packed folder: what is to be installed, a container, what the hub is told."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "standalone"
PROGRAMS = ("check.py", "app.py")
#: What predict.py imports, by how the model is kept; transformers cuts texts into tokens.
_NEEDS = {
    "safetensors": ("numpy", "safetensors", "tokenizers", "torch", "transformers"),
    "gguf": ("gguf", "numpy", "safetensors", "tokenizers", "torch", "transformers"),
    "onnx": ("numpy", "onnxruntime", "tokenizers", "transformers"),
}
DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /model
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN python check.py
ENTRYPOINT ["python", "predict.py"]
"""
_LARGE = ("*.safetensors", "*.onnx", "*.onnx.data", "*.gguf", "tokenizer.json")


def requirements(facts: dict[str, Any]) -> str:
    """Packages with the versions that are installed here, without a build's own tag."""
    names = [*_NEEDS[facts["kept"]], *(["jinja2"] if facts.get("conversation") else [])]
    lines = []
    for name in sorted(names):
        try:
            lines.append(f"{name}=={version(name).partition('+')[0]}")
        except PackageNotFoundError:  # then it is not used either
            continue
    return "\n".join(lines) + "\n"


def write_files(
    folder: Path, facts: dict[str, Any], rows: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> None:
    """Write all but the cards into a folder with an exported model.

    Parameters
    ----------
    rows, answers : list of dict
        Examples of the test set with what is expected of the model.
    """
    for name in PROGRAMS:
        shutil.copyfile(HERE / name, folder / name)
    (folder / "requirements.txt").write_text(requirements(facts), "utf-8")
    (folder / "requirements-app.txt").write_text("-r requirements.txt\ngradio>=5\n", "utf-8")
    (folder / "Dockerfile").write_text(DOCKERFILE, "utf-8")
    tracked = "".join(f"{name} filter=lfs diff=lfs merge=lfs -text\n" for name in _LARGE)
    (folder / ".gitattributes").write_text(tracked, "utf-8")
    (folder / ".dockerignore").write_text(".git\n__pycache__\n", "utf-8")
    lines = (json.dumps({"row": row, "answer": answer}, ensure_ascii=False) + "\n"
             for row, answer in zip(rows, answers, strict=True))  # fmt: skip
    (folder / "examples.jsonl").write_text("".join(lines), "utf-8")
