"""The encoder-decoder of :mod:`workbench.nets.transformer` behind the library's interface.

Nothing is computed here. It keeps no cache while it writes: each token reads what was written
again, as the lesson shows it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench import libraries
from workbench.catalog.own_nets.net_type import WRITER_TYPE
from workbench.nets.positions import SinusoidalPositions, sinusoids
from workbench.nets.transformer import Transformer

(
    AutoConfig, AutoModelForSeq2SeqLM, BaseModelOutput, GenerationMixin, MarianConfig,
    PreTrainedModel, Seq2SeqLMOutput,
) = libraries.transformers(
    "AutoConfig", "AutoModelForSeq2SeqLM", "modeling_outputs.BaseModelOutput",
    "generation.GenerationMixin", "MarianConfig", "PreTrainedModel",
    "modeling_outputs.Seq2SeqLMOutput",
)  # fmt: skip
PLACES = 512


class NetTransformerConfig(MarianConfig):
    """The library's configuration of Marian, of the same make, under a type of its own."""

    model_type = WRITER_TYPE


class NetTransformerForConditionalGeneration(PreTrainedModel, GenerationMixin):
    """The net with the library's manners."""

    config_class = NetTransformerConfig
    base_model_prefix = "net"

    def __init__(self, config: NetTransformerConfig):
        super().__init__(config)
        self.net = Transformer(
            config.vocab_size, config.vocab_size, d_model=config.d_model,
            n_heads=config.encoder_attention_heads, n_layers=config.encoder_layers,
            d_ff=config.encoder_ffn_dim, max_length=config.max_position_embeddings,
            dropout=config.dropout, pad_id=config.pad_token_id,
        )  # fmt: skip
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, SinusoidalPositions):  # the library keeps no buffer without a file
            with torch.no_grad():
                module.table.copy_(sinusoids(*module.table.shape))

    def get_input_embeddings(self) -> nn.Embedding:
        """The table of word vectors of what is read."""
        return self.net.source_embedding

    def get_encoder(self, modality: str | None = None) -> nn.Module:
        """The part that reads, as the library calls it."""
        return _Encoder(self.net)

    def prepare_inputs_for_generation(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None,
        encoder_outputs: Any = None, **_: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """All that was written at each token: nothing is kept from the one before."""
        return {"decoder_input_ids": input_ids, "attention_mask": attention_mask,
                "encoder_outputs": encoder_outputs}  # fmt: skip

    def forward(
        self, input_ids=None, attention_mask=None, decoder_input_ids=None, labels=None,
        encoder_outputs=None, output_attentions=None, use_cache=None, return_dict=None,
    ):  # fmt: skip
        """What the net says; ``labels`` (batch, written) are those of each place, -100 for none."""
        if encoder_outputs is None:
            encoder_outputs = _Encoder(self.net)(input_ids, output_attentions=output_attentions)
        memory, pad = encoder_outputs[0], self.net.pad_id
        source = input_ids
        if source is None:  # which places were read stands in the mask alone
            mask = memory.new_ones(memory.shape[:2]) if attention_mask is None else attention_mask
            source = torch.where(mask.bool(), pad + 1, pad)
        logits, weights = self.net.decode(decoder_input_ids, memory, source)
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        looked = bool(output_attentions)
        return Seq2SeqLMOutput(
            loss=loss, logits=logits, encoder_last_hidden_state=memory,
            decoder_attentions=tuple(one for one, _ in weights) if looked else None,
            cross_attentions=tuple(other for _, other in weights) if looked else None,
            encoder_attentions=encoder_outputs.attentions if looked else None,
        )  # fmt: skip


class _Encoder(nn.Module):
    """The net's encoder with the library's manners; the net is not a part of it."""

    def __init__(self, net: Transformer):
        super().__init__()
        self.__dict__["net"] = net

    def forward(self, input_ids, attention_mask=None, output_attentions=None, **_: Any):
        memory, weights = self.net.encode(input_ids)
        looked = tuple(one for one, _ in weights) if output_attentions else None
        return BaseModelOutput(last_hidden_state=memory, attentions=looked)


@cache
def register() -> None:
    """Tell the library's Auto classes of the net."""
    AutoConfig.register(WRITER_TYPE, NetTransformerConfig)
    AutoModelForSeq2SeqLM.register(NetTransformerConfig, NetTransformerForConditionalGeneration)


def save(folder: Path, size: tuple[int, int, int], tokenizer: Any) -> None:
    """Write a net of random weights (layers, width, heads) for the words of a tokenizer.

    Raises
    ------
    ValueError
        If the tokenizer has nothing to pad with, or nothing that ends a text.
    """
    layers, width, heads = size
    ends = [tokenizer.eos_token_id, tokenizer.sep_token_id]
    begins = [tokenizer.bos_token_id, tokenizer.cls_token_id, tokenizer.pad_token_id]
    end = next((one for one in ends if one is not None), None)
    if end is None or tokenizer.pad_token_id is None:
        raise ValueError("its tokenizer has no pad token, or none that ends a text.")
    config = NetTransformerConfig(
        vocab_size=len(tokenizer), d_model=width, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=heads, decoder_attention_heads=heads, encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width, max_position_embeddings=PLACES, dropout=0.1, eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id, forced_eos_token_id=None, num_beams=1,
        decoder_start_token_id=next(one for one in begins if one is not None),
        tie_word_embeddings=False,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = NetTransformerForConditionalGeneration(config)
    model.save_pretrained(folder)
