"""A Llama-style decoder (Touvron et al. 2023) that loads the library's weights.

What changed since GPT-2: rotary positions, RMS norm, a gated feed-forward (SwiGLU, Shazeer 2020),
fewer answering than asking heads, no biases.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .attention import KeyValueCache, MultiHeadAttention, causal_mask, padding_mask
from .decoding import generate
from .losses import cross_entropy
from .positions import Rotary, check_length
from .transformer import ACTIVATIONS
from .vocabulary import check_ids
from .weights import Output, Pretrained


@dataclass
class LlamaConfig:
    """The sizes of a Llama, in the library's words."""

    vocab_size: int = 32000
    hidden_size: int = 4096
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = None
    intermediate_size: int = 11008
    hidden_act: str = "silu"
    head_dim: int | None = None
    max_position_embeddings: int = 2048
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    rope_parameters: dict | None = None
    attention_bias: bool = False
    initializer_range: float = 0.02
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_id: int | None = None
    pad_token_id: int | None = None
    model_type: str = "llama"

    def __post_init__(self):
        rope = self.rope_parameters or {}
        self.rope_theta = rope.get("rope_theta", self.rope_theta)
        self.rope_parameters = {"rope_type": "default", **rope, "rope_theta": self.rope_theta}
        kind, wide = self.rope_parameters["rope_type"], self.hidden_size // self.num_attention_heads
        if self.model_type != "llama" or kind != "default" or self.head_dim not in (None, wide):
            raise ValueError(
                f"A Llama with plain rotary positions and heads of {wide} is needed; this has "
                f"model_type={self.model_type!r}, rope_type={kind!r}, head_dim={self.head_dim}."
            )


class RMSNorm(nn.Module):
    """x / √(mean(x²) + ε) · g: a layer norm without the mean (Zhang and Sennrich 2019)."""

    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        wide = x.float()
        normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * normed.to(x.dtype)


class GatedFeedForward(nn.Module):
    """W_down (f(W_gate x) ∘ W_up x): one projection opens and closes the other."""

    def __init__(self, config):
        super().__init__()
        width, inner = config.hidden_size, config.intermediate_size
        self.gate = nn.Linear(width, inner, bias=False)
        self.up = nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x):
        return self.down(self.activation(self.gate(x)) * self.up(x))


class LlamaLayer(nn.Module):
    """Pre-norm attention, pre-norm feed-forward."""

    def __init__(self, config, rotary):
        super().__init__()
        self.attention_norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.attention = MultiHeadAttention(
            config.hidden_size,
            config.num_attention_heads,
            n_kv_heads=config.num_key_value_heads,
            bias=config.attention_bias,
            rotary=rotary,
        )
        self.feed_forward_norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.feed_forward = GatedFeedForward(config)

    def forward(self, x, mask, positions, cache):
        normed = self.attention_norm(x)
        context, weights = self.attention(normed, mask=mask, positions=positions, cache=cache)
        x = x + context
        return x + self.feed_forward(self.feed_forward_norm(x)), weights


class Llama(nn.Module, Pretrained):
    """The decoder with its language-model head.

    >>> tiny = LlamaConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1,
    ...                    num_attention_heads=2, intermediate_size=16)
    >>> Llama(tiny)(torch.tensor([[1, 2, 3]])).logits.shape
    torch.Size([1, 3, 9])
    """

    config_class, architecture = LlamaConfig, "LlamaForCausalLM"
    names = (
        ("attention_norm.", "input_layernorm."),
        ("feed_forward_norm.", "post_attention_layernorm."),
        ("attention.q.", "self_attn.q_proj."),
        ("attention.k.", "self_attn.k_proj."),
        ("attention.v.", "self_attn.v_proj."),
        ("attention.out.", "self_attn.o_proj."),
        ("feed_forward.gate.", "mlp.gate_proj."),
        ("feed_forward.up.", "mlp.up_proj."),
        ("feed_forward.down.", "mlp.down_proj."),
    )

    def __init__(self, config):
        super().__init__()
        self.config = config
        rotary = Rotary(config.hidden_size // config.num_attention_heads, config.rope_theta)
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(config.vocab_size, config.hidden_size),
                "layers": nn.ModuleList(
                    LlamaLayer(config, rotary) for _ in range(config.num_hidden_layers)
                ),
                "norm": RMSNorm(config.hidden_size, config.rms_norm_eps),
            }
        )
        if not config.tie_word_embeddings:
            self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=config.initializer_range)

    def new_cache(self):
        """An empty cache for each layer."""
        return [KeyValueCache() for _ in self.model["layers"]]

    def get_input_embeddings(self):
        """The table of token vectors."""
        return self.model["embed_tokens"]

    def forward(
        self, input_ids, attention_mask=None, labels=None, cache=None, output_attentions=False
    ):
        """
        Parameters
        ----------
        input_ids : torch.Tensor of int64, shape (B, T); with a ``cache`` only what is new
        attention_mask : torch.Tensor, shape (B, S), 0 at padding; S counts the cache's tokens too
        labels : torch.Tensor of int64, shape (B, T), optional
            The tokens themselves (the model shifts them), -100 where nothing is to be guessed.

        Returns
        -------
        Output
            ``logits`` (B, T, V), ``loss`` with labels, ``attentions`` when asked for.
        """
        check_ids(input_ids, self.config.vocab_size)
        length, past = input_ids.size(1), len(cache[0]) if cache else 0
        check_length(past + length, self.config.max_position_embeddings)
        mask = causal_mask(length, past + length, device=input_ids.device)
        if attention_mask is None:
            positions = torch.arange(past, past + length, device=input_ids.device)[None]
        else:
            if attention_mask.shape != (len(input_ids), past + length):
                raise ValueError(
                    f"attention_mask is {tuple(attention_mask.shape)}; {len(input_ids)} rows of "
                    f"{past + length} tokens need {(len(input_ids), past + length)}."
                )
            mask = mask & padding_mask(attention_mask)  # (B, 1, T, S)
            positions = (attention_mask.long().cumsum(-1) - 1).clamp(min=0)[:, -length:]
        x, attentions = self.get_input_embeddings()(input_ids), []
        for layer, kept in zip(self.model["layers"], cache or self.new_cache(), strict=True):
            x, weights = layer(x, mask, positions, kept)
            attentions.append(weights)
        x = self.model["norm"](x)
        tied = self.config.tie_word_embeddings
        logits = x @ (self.get_input_embeddings() if tied else self.lm_head).weight.T
        return Output(
            loss=None if labels is None else cross_entropy(logits[:, :-1], labels[:, 1:]),
            logits=logits,
            attentions=tuple(attentions) if output_attentions else None,
        )

    def step(self, attention_mask=None):
        """The function that ``decoding`` asks for the next token's logits."""

        def step(tokens, cache=None):
            mask = attention_mask
            if mask is not None:
                written = (len(cache[0]) if cache else 0) + tokens.size(1) - mask.size(1)
                mask = nn.functional.pad(mask, (0, written), value=1)
            return self(tokens, mask, cache=cache).logits

        return step

    def generate(self, input_ids, attention_mask=None, *, use_cache=True, **options):
        """Write on from ``input_ids``, padded on the left; ``options`` as ``decoding.generate``."""
        cache = self.new_cache() if use_cache else None
        return generate(self.step(attention_mask), input_ids, cache=cache, **options)
