"""Make a model folder of archives that hold weights in other formats; done once, then cached.

Each function reads the extracted files in ``raw`` and writes ``config.json``,
``model.safetensors`` (float32) and the tokenizer into ``made``. What comes out is checked against
known outputs before it is kept.
"""

from __future__ import annotations

import contextlib
import functools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import libraries
from workbench.catalog.loading.safe_loading import load_gguf
from workbench.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import torch

#: Values a block of the 4-bit formats: 32 weights share one scale.
BLOCK = 32


def smollm2(raw: Path, made: Path) -> None:
    """SmolLM2-135M-Instruct from its 4-bit GGUF file, weights turned into float32.

    Raises
    ------
    ModelError
        If the converted model does not continue "The capital of France is" with " Paris".
    """
    import torch

    [file] = raw.glob("*.gguf")
    with _quiet_transformers():
        tokenizer, model = load_gguf(raw, file.name)
        with torch.no_grad():
            ids = tokenizer("The capital of France is", return_tensors="pt")
            said = tokenizer.decode(model(**ids).logits[0, -1].argmax())
        if said != " Paris":
            raise ModelError(
                f"The converted SmolLM2 says {said!r} where it should say ' Paris'.",
                "This version of transformers or gguf reads the file differently; "
                "use the versions in constraints.txt.",
            )
        # the file's chat template and special tokens come with the tokenizer
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)


def multilingual_e5(raw: Path, made: Path) -> None:
    """Multilingual E5 small from the 4-bit file of its C implementation.

    The file is little-endian: a header, the vocabulary of the unigram tokenizer with its scores,
    then a table of tensors. Matrices are stored in blocks of 32 values: a float16 scale and 16
    bytes of two 4-bit values each, low halves first.

    Raises
    ------
    ModelError
        If the converted model does not find an English sentence nearer to its Chinese
        translation than to an unrelated one.
    """
    import torch

    BertConfig, BertModel = libraries.transformers("BertConfig", "BertModel")
    file = _E5File((raw / "e5-small-q4.bin").read_bytes())
    config = BertConfig(
        vocab_size=file.vocab_size,
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.inner,
        max_position_embeddings=file.positions,
        type_vocab_size=file.types,
        layer_norm_eps=file.epsilon,
        pad_token_id=file.pad,
        bos_token_id=file.bos,
        eos_token_id=file.eos,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(file.state_dict())
    tokenizer = file.tokenizer()
    model.eval()
    texts = ["How is the weather today?", "今天天气怎么样？", "The stock market fell sharply."]
    batch = tokenizer([f"query: {t}" for t in texts], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(batch["input_ids"], batch["attention_mask"]).last_hidden_state
    mask = batch["attention_mask"][..., None]
    mean = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
    translation, unrelated = float(mean[0] @ mean[1]), float(mean[0] @ mean[2])
    if not (translation > 0.85 and translation > unrelated + 0.05):
        raise ModelError(
            f"The converted multilingual E5 gives a translation {translation:.3f} and an "
            f"unrelated sentence {unrelated:.3f}: the conversion failed.",
            "Use the versions in constraints.txt.",
        )
    with _quiet_transformers():
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)


class _E5File:
    """The weights file of the C implementation, taken apart."""

    def __init__(self, content: bytes):
        import numpy as np

        self.content, self.position = content, 4
        if content[:4] != b"E5S1":
            raise ModelError("The E5 weights file does not begin with E5S1.", "Fetch it again.")
        (_, self.hidden, self.layers, self.heads, self.inner, self.vocab_size) = self._take("I5i")
        self.positions, self.types, self.epsilon, _ = self._take("2ifi")
        count, self.bos, self.eos, self.pad, self.unk = self._take("5i")
        (length,) = self._take("Q")
        offsets = np.frombuffer(content, "<u4", count + 1, self.position)
        self.position += 4 * (count + 1)
        self.scores = np.frombuffer(content, "<f4", count, self.position)
        self.position += 4 * count
        blob = content[self.position : self.position + length]
        self.position += length
        self.pieces = [
            blob[start:end].decode("utf-8", "replace")
            for start, end in zip(offsets[:-1], offsets[1:], strict=True)
        ]
        _, skip = self._take("iI")  # the normaliser's table: NFKC, built anew below
        self.position += skip
        self.tensors: dict[str, tuple[int, int]] = {}
        (tensors,) = self._take("i")
        for _ in range(tensors):
            (length,) = self._take("H")
            name = content[self.position : self.position + length].decode()
            self.position += length
            _, _, offset, size = self._take("BIQQ")
            self.tensors[name] = (offset, size)

    def _take(self, kinds: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + kinds, self.content, self.position)
        self.position += struct.calcsize("<" + kinds)
        return values

    def tensor(self, name: str, *shape: int) -> torch.Tensor:
        """A stored tensor as float32 of that shape, whichever of the two ways it is stored."""
        import math

        import numpy as np
        import torch

        offset, size = self.tensors[name]
        count = math.prod(shape)
        if size == 4 * count:
            values: np.ndarray = np.frombuffer(self.content, "<f4", count, offset)
        else:
            rows = np.frombuffer(self.content, np.uint8, size, offset).reshape(-1, 2 + BLOCK // 2)
            scale = rows[:, :2].copy().view("<f2").astype(np.float32)  # (blocks, 1)
            low, high = rows[:, 2:] & 15, rows[:, 2:] >> 4
            values = (np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scale
        return torch.from_numpy(values.reshape(shape).copy())

    def state_dict(self) -> dict[str, torch.Tensor]:
        """All weights under the names of transformers' BERT."""
        width, inner = self.hidden, self.inner
        state = {
            "embeddings.word_embeddings.weight": self.tensor("emb.word", self.vocab_size, width),
            "embeddings.position_embeddings.weight": self.tensor("emb.pos", self.positions, width),
            "embeddings.token_type_embeddings.weight": self.tensor("emb.type", self.types, width),
            "embeddings.LayerNorm.weight": self.tensor("emb.ln.w", width),
            "embeddings.LayerNorm.bias": self.tensor("emb.ln.b", width),
        }
        linear = {
            "q": ("attention.self.query", width, width),
            "k": ("attention.self.key", width, width),
            "v": ("attention.self.value", width, width),
            "ao": ("attention.output.dense", width, width),
            "fi": ("intermediate.dense", inner, width),
            "fo": ("output.dense", width, inner),
        }
        norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
        for layer in range(self.layers):
            to, of = f"encoder.layer.{layer}.", f"l{layer}."
            for short, (name, out, into) in linear.items():
                state[f"{to}{name}.weight"] = self.tensor(f"{of}{short}.w", out, into)
                state[f"{to}{name}.bias"] = self.tensor(f"{of}{short}.b", out)
            for short, name in norms.items():
                state[f"{to}{name}.weight"] = self.tensor(f"{of}{short}.w", width)
                state[f"{to}{name}.bias"] = self.tensor(f"{of}{short}.b", width)
        return state

    def tokenizer(self) -> Any:
        """The unigram tokenizer of XLM-RoBERTa over the stored pieces and scores."""
        from tokenizers import (
            Regex,
            Tokenizer,
            decoders,
            models,
            normalizers,
            pre_tokenizers,
            processors,
        )
        seen: set[str] = set()
        vocabulary = []
        for position, (piece, score) in enumerate(zip(self.pieces, self.scores, strict=True)):
            # pieces that are no valid UTF-8 decode alike; every entry needs a name of its own
            vocabulary.append((f"<dup{position}>" if piece in seen else piece, float(score)))
            seen.add(piece)
        core = Tokenizer(models.Unigram(vocabulary, unk_id=self.unk, byte_fallback=False))
        core.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        core.pre_tokenizer = pre_tokenizers.Metaspace()
        core.decoder = decoders.Metaspace()
        core.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>",
            pair="<s> $A </s> </s> $B </s>",
            special_tokens=[("<s>", self.bos), ("</s>", self.eos)],
        )
        return libraries.transformers("PreTrainedTokenizerFast")(
            tokenizer_object=core,
            bos_token="<s>",
            eos_token="</s>",
            pad_token="<pad>",
            unk_token="<unk>",
            cls_token="<s>",
            sep_token="</s>",
            mask_token="<mask>" if "<mask>" in seen else None,
            model_max_length=self.positions,
        )


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No progress bars and load reports: they would land in whatever cell runs."""
    gguf, logging = libraries.transformers("modeling_gguf_pytorch_utils", "utils.logging")
    bar = getattr(gguf, "tqdm", None)  # its own bar asks no setting
    if bar is not None:
        gguf.tqdm = functools.partial(bar, disable=True)
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if bar is not None:
            gguf.tqdm = bar
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
