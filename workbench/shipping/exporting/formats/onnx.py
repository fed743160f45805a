"""ONNX by torch's own exporter: one file that onnxruntime computes, of any batch and any length.

Understanding tasks give what their head gives (vectors of texts are pooled inside); a model that
writes gives the logits of the next word, shape (batch, n_words). int8 is onnxruntime's dynamic
quantisation: weights of matrix products and of embeddings in eight bits, activations at each call.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.errors import ModelError
from workbench.i18n import t

WEIGHTS = ("fp32", "int8")
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
FILE = "model.onnx"
_LARGEST = 1_900_000_000  # bytes of a file that protobuf still takes
_QUANTISED = ("MatMul", "Gemm", "Gather")


def check(model: Any, facts: dict[str, Any]) -> None:
    """Refuse to begin without the packages (ModelError)."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        said = t("export.packages", missing=", ".join(missing))
        raise ModelError(said, t("export.packages_remedy"))


def write(folder: Path, predictor: Any, facts: dict[str, Any], weights: str) -> dict[str, Any]:
    """Write the graph; the tokenizer and, of models of the library, config.json beside it.

    Raises
    ------
    ModelError
        If the exporter knows no operator for a part of the model, which it names.
    """
    import torch

    names, graph = graph_of(predictor.model, facts)
    example = tuple(_example(name, predictor.model) for name in names)
    any_size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    target = folder / (FILE if weights == "fp32" else "fp32.onnx")
    with _quiet():
        try:
            program = torch.onnx.export(
                graph, example, dynamo=True, dynamic_shapes=(tuple(any_size for _ in names),),
                input_names=list(names), output_names=["outputs"], verbose=False,
            )  # fmt: skip
        except Exception as error:  # whatever a model's own code raises when it is traced
            raise ModelError(
                t("export.operator", kind=facts["model_class"], why=_operator(error)),
                t("export.operator_remedy"),
            ) from error
        assert program is not None
        program.save(target, external_data=_bytes_of(predictor.model) > _LARGEST)
        if weights == "int8":
            _quantise(target, folder / FILE)
            for path in folder.glob("fp32.onnx*"):
                path.unlink()
    if not facts["own_net"]:
        predictor.model.config.save_pretrained(folder)
    predictor.tokenizer.save_pretrained(folder)
    return {"kept": "onnx", "file": FILE, "inputs": list(names) if facts["kind"] != "text"
            else facts["inputs"]}  # fmt: skip


def graph_of(model: Any, facts: dict[str, Any]) -> tuple[tuple[str, ...], Any]:
    """Names of the inputs, and the module whose one output is exported."""
    import torch

    from workbench.tasks.sentence_similarity.losses import pooled

    kind = facts["kind"]
    names = tuple(facts["inputs"])
    if kind == "text" and not facts["goes_on"]:
        names = (*names, "decoder_input_ids")

    class Graph(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *given):
            inputs = dict(zip(names, given, strict=True))
            if kind == "text":
                return self.model(**inputs, use_cache=False).logits[:, -1]
            outputs = self.model(**inputs)
            if kind == "vector":
                states = outputs.last_hidden_state
                return pooled(states, inputs["attention_mask"], facts["pooling"])
            if kind == "span":
                return torch.stack([outputs.start_logits, outputs.end_logits], dim=-1)
            return outputs.logits

    return names, Graph().eval()


def _example(name: str, model: Any) -> Any:
    """Two rows of five tokens: sizes that nothing in a model is by chance."""
    import torch

    if name == "attention_mask":
        return torch.ones(2, 5, dtype=torch.long)
    if name == "token_type_ids":
        return torch.zeros(2, 5, dtype=torch.long)
    pad = getattr(model.config, "pad_token_id", None)
    words = [word for word in range(20) if word != pad]
    width = 3 if name == "decoder_input_ids" else 5
    return torch.tensor([words[:width], words[width : 2 * width]])


def _quantise(source: Path, target: Path) -> None:
    """Dynamic quantisation by onnxruntime; a row of a matrix has a scale of its own."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source, target, op_types_to_quantize=list(_QUANTISED), weight_type=QuantType.QInt8,
        per_channel=True,
    )  # fmt: skip


def _bytes_of(model: Any) -> int:
    return sum(one.numel() * one.element_size() for one in model.parameters())


def _operator(error: BaseException) -> str:
    """What of a model has no place, of the innermost error: a torch operator where one is named."""
    import re

    chain: list[BaseException] = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) and inner not in chain:
        chain.append(inner)
    for one in chain:
        if found := re.search(r"(?:aten|torchvision|prims|workbench)(?:::|\.)[\w.]+", str(one)):
            return found[0]
    lines = [line.strip() for line in str(chain[-1]).splitlines() if line.strip()]
    return f"{type(chain[-1]).__name__}: {lines[0][:200] if lines else ''}".rstrip(": ")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporters say to their own authors."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir", "root")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)
