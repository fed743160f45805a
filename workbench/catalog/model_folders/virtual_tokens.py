"""Learnt vectors that a model reads in front of every text: put there inside its own forward pass.

The vectors are peft's (a prompt encoder beside the model). Here the body of the model itself takes
them in, so that whatever calls it (training, writing, predicting) needs to know nothing of them: a
model that writes gives the states of the text's own tokens back, as many as it was given.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

#: The submodule of a model that holds what its virtual tokens are made of.
NAME = "virtual_tokens"


class VirtualTokens:
    """Lets a model read virtual tokens in front of its texts.

    Parameters
    ----------
    wrapped : peft.PeftModel
        Of a kind with virtual tokens; its base model is changed in place.

    Attributes
    ----------
    count : int
        How many there are.
    """

    def __init__(self, wrapped: Any):
        self._config, self._prompt = wrapped.peft_config["default"], wrapped.get_prompt
        self.count, self._on = int(self._config.num_virtual_tokens), True
        self._in_cache = self._config.peft_type == "PREFIX_TUNING"
        self._first = False  # whether the pass that goes on is the first one over its texts
        model = wrapped.get_base_model()
        model.add_module(NAME, wrapped.prompt_encoder["default"])
        # what reads the text; a classifier reads the first virtual token in place of the text's
        # first one, as peft's does, so that its states are given on as they are
        reader = model.get_encoder() if model.config.is_encoder_decoder else model.base_model
        self._gives_back = not model.config.is_encoder_decoder and _looks_back(model)
        self._names = list(inspect.signature(reader.forward).parameters)
        reader.register_forward_pre_hook(self._take_in, with_kwargs=True)
        reader.register_forward_hook(self._give_back)
        if model.config.is_encoder_decoder:
            model.get_decoder().register_forward_pre_hook(self._show, with_kwargs=True)

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        """The model as it was before."""
        self._on = False
        try:
            yield
        finally:
            self._on = True

    def _take_in(self, reader: Any, args: tuple, given: dict) -> tuple[tuple, dict] | None:
        if not self._on:
            self._first = False
            return None
        given = {**dict(zip(self._names, args, strict=False)), **given}
        if given.get("output_attentions"):
            raise ModelError(t("adapter.virtual.attention"), t("adapter.virtual.attention_remedy"))
        past, ids = given.get("past_key_values"), given.get("input_ids")
        read = ids if ids is not None else given["inputs_embeds"]
        self._first = past is None or not past.get_seq_length()
        mask = given.get("attention_mask")
        if mask is not None:
            if mask.dim() != 2:
                raise ModelError(t("adapter.virtual.mask"), t("adapter.virtual.mask_remedy"))
            given["attention_mask"] = _in_front(mask, mask.new_ones(len(mask), self.count))
        places = given.get("position_ids")
        if places is not None:
            places = places + self.count
            if self._first and not self._in_cache:
                own = places.new_ones(len(places), self.count).cumsum(1) - 1
                places = _in_front(places, own)
            given["position_ids"] = places
        if not self._first:
            return (), given
        if self._in_cache:
            given["past_key_values"] = self._prompt(len(read))
            return (), given
        if ids is not None:
            given["inputs_embeds"] = reader.get_input_embeddings()(ids)
            given["input_ids"] = None
        texts = given["inputs_embeds"]
        given["inputs_embeds"] = _in_front(texts, self._prompt(len(read)).to(texts.dtype))
        if (kinds := given.get("token_type_ids")) is not None:
            given["token_type_ids"] = _in_front(kinds, kinds.new_zeros(len(kinds), self.count))
        return (), given

    def _give_back(self, reader: Any, args: tuple, output: Any) -> Any:
        if not self._first or self._in_cache:
            return None
        if output.get("hidden_states") is not None:
            own = tuple(states[:, self.count :] for states in output.hidden_states)
            output["hidden_states"] = own
        if self._gives_back:
            output["last_hidden_state"] = output.last_hidden_state[:, self.count :]
        return output

    def _show(self, decoder: Any, args: tuple, given: dict) -> tuple[tuple, dict] | None:
        """Let a decoder see the virtual tokens that its encoder has read."""
        mask = given.get("encoder_attention_mask")
        if self._on and mask is not None:
            ones = mask.new_ones(len(mask), self.count)
            given = {**given, "encoder_attention_mask": _in_front(mask, ones)}
        return args, given


def count_of(model: Any) -> int:
    """How many virtual tokens a model reads in front of every text."""
    made = getattr(model, NAME, None)
    return 0 if made is None else made.embedding.num_embeddings


def _in_front(text: torch.Tensor, virtual: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.cat([virtual, text], 1)


def _looks_back(model: Any) -> bool:
    """Whether a token sees those before it alone: what writes, or what is scored by its last one.
    """
    return model.can_generate() or hasattr(model, "score")
