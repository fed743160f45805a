"""A model writes: many prompts in batches, each row's text its own, stopped after any token.

This is the one place in which texts are written, for predictions, for samples while a model trains
and for whoever talks to it.

Long because what asks for a text, watches it and stops it shares the state of one batch.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ... import libraries
from ...catalog.loading.judging import positions
from ...catalog.model_folders import virtual_tokens
from ...errors import ModelError
from ...i18n import t
from ...memory import is_out_of_memory
from ...tasks.shared.target_collators import end_of_text
from ..batching import by_token_budget
from ..parallel import ALONE, Alone
from .kept_cache import Kept
from .outputs import autocast, in_one_sentence

TOKENS = 16_384  # of a batch, prompts and what is written: bounds what the model remembers
# of the model's own settings only what its family needs to begin and end; how words are chosen is
# said by the recipe
_STRUCTURE = ("decoder_start_token_id", "forced_bos_token_id", "bos_token_id")


@dataclass
class Text:
    """What a model wrote for a prompt.

    Parameters
    ----------
    text : str
        Without special tokens, without what it was stopped at.
    ids : list of int
        The tokens, the end of the text left out.
    ended : bool
        Whether the model ended it, or wrote a text that stops; False where it was cut.
    late : bool
        Whether it was cut because the time for it was over.
    spent : bool
        Whether it was cut because every word was forbidden (``no_repeat_ngram_size``).
    """

    text: str
    ids: list[int]
    ended: bool
    late: bool = False
    spent: bool = False


def write(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[int]],
    settings: Any,
    *,
    batch_size: int = 64,
    precision: str = "fp32",
    share: float = 1.0,
    seeds: Sequence[int] | None = None,
    tick: Callable[[], object] = lambda: None,
    on_done: Callable[[int], object] = lambda done: None,
    on_text: Callable[[int, str], object] | None = None,
    begun: Sequence[int] = (),
    kept: Kept | None = None,
    ranks: Alone = ALONE,
) -> list[Text | None]:
    """Texts that a model writes for prompts, in their order.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        An encoder-decoder or a decoder; it is left in the mode it had.
    tokenizer : transformers.PreTrainedTokenizerBase
    prompts : sequence of sequences of int
        Token ids, of any length; of an empty one the text's beginning is written.
    settings : Settings
        Of a kind of :mod:`workbench.training.generation`.
    batch_size : int
        Rows at once at most; fewer where they are long (:data:`TOKENS`), and half of them where
        memory runs out.
    precision : {'fp32', 'bf16', 'fp16'}
        Of the matrix products.
    share : float
        Of the usual size of a batch, where memory ran out before.
    seeds : sequence of int, optional
        Of each row's random numbers; by default made of the prompt itself.
    tick : callable
        Called after each token. What it raises ends the work; where it returns something true,
        what is written so far is given back, None for rows that were not begun.
    on_done : callable
        ``on_done(rows)`` after each batch: how many rows are written.
    on_text : callable, optional
        ``on_text(row, text)`` after each token with what is written of a row so far; of a search
        with several beams once, with what was found.
    begun : sequence of int
        Tokens that each text begins with: it is gone on with behind them, by ``max_new_tokens``
        more at most, and they are part of it.
    kept : Kept, optional
        What the model keeps of the last prompt for the next one, where one is asked for at a time.
    ranks : Alone
        Who writes a part of the batches; all are given all texts.

    Returns
    -------
    list of Text or None
        None for rows that were not begun when ``tick`` or the settings' ``max_seconds`` ended it.

    Raises
    ------
    ModelError
        If prompts and texts do not fit into the model's positions.
    """
    if kept is not None:
        kept.spared = 0  # until it is asked: it is not by a search with several beams
    if not len(prompts):
        return []
    first = tokenizer.bos_token_id
    first = end_of_text(tokenizer) if first is None else first
    prompts = [list(prompt) or [first] for prompt in prompts]
    if seeds is None:
        seeds = [seed_of(prompt) for prompt in prompts]
    begun = [int(token) for token in begun]
    if not model.config.is_encoder_decoder:
        prompts = [prompt + begun for prompt in prompts]
    lengths = np.array([len(prompt) for prompt in prompts])
    check_room(model, int(lengths.max()), settings.max_new_tokens, begun=len(begun))
    order = np.argsort(-lengths, kind="stable")
    rows_at_once, tokens = max(1, int(batch_size * share)), max(1, int(TOKENS * share))
    rows_at_once = max(1, rows_at_once // settings.at_once)
    sizes = (lengths[order] + settings.max_new_tokens) * settings.at_once
    parts = [order[part] for part in by_token_budget(sizes, rows_at_once, tokens)]
    if settings.looks_back and not model.config.is_encoder_decoder:
        # padding would be looked back at as if it were words: rows of one length need none
        parts = [
            part[some] for part in parts
            for some in np.split(np.arange(len(part)), 1 + np.diff(lengths[part]).nonzero()[0])
        ]  # fmt: skip
    waiting = deque(ranks.share(parts))
    limit = settings.max_seconds
    deadline = None if limit is None else time.monotonic() + limit
    found: list[Text | None] = [None] * len(prompts)

    def compute() -> list[Text | None]:
        done = 0
        while waiting:
            rows = [int(row) for row in waiting.popleft()]
            watch = _Watch(tokenizer, settings, ends, tick, rows, on_text, deadline)
            watch.begun = begun
            try:
                with in_one_sentence(), autocast(model.device.type, precision):
                    texts = _batch(
                        model, tokenizer, [prompts[row] for row in rows], settings,
                        [seeds[row] for row in rows], watch, kept,
                    )  # fmt: skip
            except Exception as error:
                if len(rows) < 2 or not is_out_of_memory(error):
                    raise
                texts = None
            if texts is None:  # outside the handler, so that what the batch held can be freed
                _free(model.device.type)
                waiting.extendleft(reversed(np.array_split(rows, 2)))
                continue
            if watch.raised is not None:
                raise watch.raised
            for row, text in zip(rows, texts, strict=True):
                found[row] = text
                if settings.at_once > 1 and on_text is not None:
                    on_text(row, text.text)
            done += len(rows)
            on_done(done)
            if watch.stopped:
                break
        return found

    was_training = model.training
    model.eval()
    try:
        with _own_settings(model, tokenizer, settings) as ends:
            every = ranks.exchange(compute)
    finally:
        model.train(was_training)
    # a row was written by one of them at most
    return [next((one for one in row if one is not None), None) for row in zip(*every, strict=True)]


def check_room(model: Any, prompt: int, new: int, *, begun: int = 0) -> None:
    """Refuse a text of ``new`` tokens after a prompt of ``prompt`` that the model has no places
    for (ModelError); an encoder-decoder's text has ``begun`` more, a decoder's are in the prompt.
    """
    config = model.config
    room = positions(config.to_dict())
    needed = max(prompt, begun + new + 1) if config.is_encoder_decoder else prompt + new
    needed += virtual_tokens.count_of(model) * (not config.is_encoder_decoder)
    if room is not None and needed > room:
        raise ModelError(
            t("generation.room", prompt=prompt, new=new, room=room), t("generation.room_remedy")
        )


def first_token(model: Any) -> int:
    """The token that an encoder-decoder begins each text with."""
    found = _structural(model, "decoder_start_token_id")
    return _structural(model, "bos_token_id") if found is None else found


def _structural(model: Any, name: str) -> Any:
    """A setting of the model's own, of its config where its generation leaves it open."""
    value = getattr(model.generation_config, name, None)
    return getattr(model.config, name, None) if value is None else value


def seed_of(prompt: Sequence[int]) -> int:
    """The seed of a prompt's random numbers: what is asked again is written again."""
    digest = hashlib.blake2b(np.asarray(prompt, np.int64).tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def ends_of(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end a text that a model writes."""
    theirs = model.generation_config.eos_token_id
    ends = {end_of_text(tokenizer), tokenizer.eos_token_id}
    ends |= set(theirs) if isinstance(theirs, list) else {theirs}
    ends.discard(None)
    return ends


def library_options(model: Any, tokenizer: Any, settings: Any) -> dict[str, Any]:
    """What the library's ``GenerationConfig`` is told so that a model writes as settings say."""
    return {
        "use_cache": True, "eos_token_id": sorted(ends_of(model, tokenizer)),
        "pad_token_id": _filler(tokenizer), **settings.options(),
        **{name: _structural(model, name) for name in _STRUCTURE},
    }  # fmt: skip


@contextlib.contextmanager
def _own_settings(model: Any, tokenizer: Any, settings: Any) -> Iterator[set[int]]:
    """Give the model settings that write as the recipe says, and its own again afterwards.

    Gives the tokens that end a text.
    """
    own, ends = model.generation_config, ends_of(model, tokenizer)
    options = library_options(model, tokenizer, settings)
    model.generation_config = libraries.transformers("GenerationConfig")(**options)
    try:
        yield ends
    finally:
        model.generation_config = own


def _batch(model, tokenizer, prompts, settings, seeds, watch, kept) -> list[Text]:
    """Texts of prompts that fit into memory together."""
    if not watch.ends.isdisjoint(watch.begun):  # it has ended already
        return [watch.text(watch.begun) for _ in prompts]
    decodes_only = not model.config.is_encoder_decoder
    width, fill = max(map(len, prompts)), _filler(tokenizer)
    # what is written stands at the end of a row: without an encoder the padding goes before it
    ids = [_filled(prompt, fill, width, before=decodes_only) for prompt in prompts]
    mask = [_filled([1] * len(prompt), 0, width, before=decodes_only) for prompt in prompts]
    watch.start = width - len(watch.begun) if decodes_only else 1
    kind = importlib.import_module(type(settings).__module__)
    choose = kind.chooser(settings, seeds)
    processors: list[Any] = [_Chosen(choose, watch)] if choose is not None else []
    if settings.no_repeat_ngram_size and settings.at_once == 1:
        processors.insert(0, watch.allowed)
    about = {}
    if kept is not None and decodes_only and len(prompts) * settings.at_once == 1:
        about = kept.options(model, ids[0])
    elif watch.begun and not decodes_only:
        begun = [[first_token(model), *watch.begun]] * len(prompts)
        about = {"decoder_input_ids": torch.tensor(begun, device=model.device)}
    written = model.generate(
        torch.tensor(ids, device=model.device),
        attention_mask=torch.tensor(mask, device=model.device),
        logits_processor=processors,
        stopping_criteria=[watch],
        **about,
    )
    if kept is not None:
        kept.read(written[0].tolist())
    texts = [watch.text(row, n) for n, row in enumerate(written[:, watch.start :].tolist())]
    if settings.no_repeat_ngram_size and settings.at_once > 1 and not watch.stopped:
        most = len(watch.begun) + settings.max_new_tokens
        for text in texts:  # the library leaves a search in which every word is forbidden
            text.spent = not text.ended and len(text.ids) < most
    return texts


def _filler(tokenizer) -> int:
    """What fills a row up: any token will do, as nothing looks at it."""
    found = tokenizer.pad_token_id
    return end_of_text(tokenizer) if found is None else found


def _filled(values: list[int], fill: int, width: int, *, before: bool) -> list[int]:
    rest = [fill] * (width - len(values))
    return [*rest, *values] if before else [*values, *rest]


class _Watch:
    """Looks at a batch after each token: ends it when asked to, ends rows, shows them."""

    def __init__(self, tokenizer, settings, ends, tick, rows, on_text, deadline=None):
        self.tokenizer, self.stop, self.ends, self.tick = tokenizer, settings.stops, ends, tick
        self.rows, self.on_text = rows, on_text if settings.at_once == 1 else None
        self.fill, self.deadline = _filler(tokenizer), deadline
        self.start, self.stopped, self.late = 0, False, False
        self.begun: list[int] = []
        self.spent: dict[int, int] = {}  # row: tokens that were there when no word was allowed
        self.raised: Exception | None = None  # by a callback: no fault of the model's

    def __call__(self, ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        try:
            return self._look(ids)
        except Exception as error:  # raised again when the model has come to its end
            self.raised, self.stopped = error, True
            return torch.ones(len(ids), dtype=torch.bool, device=ids.device)

    def _look(self, ids: torch.Tensor) -> torch.Tensor:
        self.stopped = self.stopped or bool(self.tick())
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self.stopped = self.late = True
        ended = torch.full((len(ids),), self.stopped, dtype=torch.bool, device=ids.device)
        if self.spent:
            ended[list(self.spent)] = True
        if self.stop or self.on_text is not None:  # else nobody waits for the device
            texts = [self.text(row, n) for n, row in enumerate(ids[:, self.start :].tolist())]
            if self.on_text is not None:
                for row, text in zip(self.rows, texts, strict=True):
                    self.on_text(row, text.text)
            if self.stop:
                ended |= torch.tensor([text.ended for text in texts], device=ids.device)
        return ended

    def allowed(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores; of a row in which every word is forbidden it is noted, and any word will do:
        it is no part of the text."""
        none = torch.isneginf(scores).all(-1)
        for row in none.nonzero()[:, 0].tolist():
            self.spent.setdefault(row, ids.shape[1] - self.start)
        return scores.masked_fill(none[:, None], 0.0)

    def text(self, ids: list[int], row: int = 0) -> Text:
        """The text of what a row holds so far."""
        ids = ids[: (spent := self.spent.get(row))]
        end = next((place for place, token in enumerate(ids) if token in self.ends), None)
        said = ids[:end]
        text = self.tokenizer.decode(said, skip_special_tokens=True)
        places = [text.find(one) for one in self.stop if one in text]
        if places:
            text = text[: min(places)]
            while said and said[-1] == self.fill:  # it stopped before its neighbours
                said.pop()
        ended = end is not None or bool(places)
        spent = spent is not None and not ended
        return Text(text, said, ended, self.late and not ended and not spent, spent)


class _Chosen:
    """Leaves the one word of each row that was drawn."""

    def __init__(self, choose, watch: _Watch):
        self.choose, self.watch = choose, watch

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        word = self.choose(ids.shape[1] - self.watch.start, scores)
        return torch.full_like(scores, -torch.inf).scatter_(-1, word[:, None], 0.0)


def _free(device: str) -> None:
    import gc

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
