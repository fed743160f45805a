"""How a configuration says that it is one of our own nets."""

from __future__ import annotations

MODEL_TYPE, DECODER_TYPE = "workbench-bert", "workbench-llama"
WRITER_TYPE = "workbench-transformer"
#: Types of our own nets, and the library's type that has the same heads.
LIKE = {MODEL_TYPE: "bert", DECODER_TYPE: "llama", WRITER_TYPE: "marian"}
