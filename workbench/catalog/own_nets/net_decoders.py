"""The decoder of :mod:`workbench.nets.llama` behind the library's interface, to train and write.

Nothing is computed here. It keeps no cache while it writes: each token reads the whole text again,
as the lesson shows it, so that long texts take longer than with the library's own model.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench import libraries
from workbench.catalog.own_nets.net_type import DECODER_TYPE
from workbench.nets import llama
from workbench.nets.positions import Rotary
from workbench.nets.weights import config_from

(
    AutoConfig, AutoModelForCausalLM, CausalLMOutputWithPast, GenerationMixin, HFLlamaConfig,
    PreTrainedModel, logging,
) = libraries.transformers(
    "AutoConfig", "AutoModelForCausalLM", "modeling_outputs.CausalLMOutputWithPast",
    "generation.GenerationMixin", "LlamaConfig", "PreTrainedModel", "utils.logging",
)  # fmt: skip


class NetLlamaConfig(HFLlamaConfig):
    """The library's Llama configuration under a type of its own."""

    model_type = DECODER_TYPE


class NetLlamaForCausalLM(PreTrainedModel, GenerationMixin):
    """The net with its head, with the library's manners."""

    config_class = NetLlamaConfig
    base_model_prefix = "net"

    def __init__(self, config: NetLlamaConfig):
        super().__init__(config)
        given = {**config.to_dict(), "model_type": "llama"}
        self.net = llama.Llama(config_from(llama.LlamaConfig, given))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, Rotary):  # the library keeps no buffer that no file holds
            theta = self.config.rope_parameters["rope_theta"]
            with torch.no_grad():
                module.speed.copy_(Rotary(2 * len(module.speed), theta).speed)

    def get_input_embeddings(self) -> nn.Embedding:
        """The table of word vectors."""
        return self.net.get_input_embeddings()

    def prepare_inputs_for_generation(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None, **_: Any
    ) -> dict[str, Any]:
        """The whole text at each token: nothing is kept from the one before."""
        return {"input_ids": input_ids, "attention_mask": attention_mask}

    def forward(
        self, input_ids=None, attention_mask=None, labels=None, output_attentions=None,
        use_cache=None, return_dict=None, position_ids=None,
    ):  # fmt: skip
        """What the net says; it keeps no cache, and counts positions itself."""
        said = self.net(
            input_ids, attention_mask, labels, output_attentions=bool(output_attentions)
        )
        return CausalLMOutputWithPast(
            loss=said.loss, logits=said.logits, attentions=said.attentions
        )


@cache
def register() -> None:
    """Tell the library's Auto classes of the net."""
    AutoConfig.register(DECODER_TYPE, NetLlamaConfig)
    AutoModelForCausalLM.register(NetLlamaConfig, NetLlamaForCausalLM)


def save(folder: Path, source: Path) -> None:
    """Write the net with the weights of a Llama.

    Raises
    ------
    ValueError
        If the weights are not a Llama's.
    """
    net = llama.Llama.from_pretrained(source)
    config = NetLlamaConfig(**{
        name: value for name, value in HFLlamaConfig.from_pretrained(source).to_dict().items()
        if name not in ("model_type", "architectures")
    })  # fmt: skip
    model = NetLlamaForCausalLM(config)
    model.net = net
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    if shown:
        logging.enable_progress_bar()
