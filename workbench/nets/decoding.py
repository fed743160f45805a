"""From the logits of the next token to a text: greedy, sampled, beam search.

All take ``step(tokens, cache)``, which gives the logits (B, T, V) that follow each of ``tokens``
(B, T); with a cache, ``tokens`` are only those the cache has not seen.
"""

from __future__ import annotations

import math

import torch


def filter_logits(logits, *, temperature=1.0, top_k=None, top_p=None):
    """Sharpen or flatten the distribution, and forbid what is unlikely.

    Parameters
    ----------
    logits : torch.Tensor, shape (..., V)
    temperature : float > 0
        Divides the logits: below 1 the likely gets likelier.
    top_k : int, optional
        Keep the k likeliest (and what ties with the last).
    top_p : float in (0, 1], optional
        Keep the fewest tokens that together reach this probability (nucleus, Holtzman et al. 2020).

    Returns
    -------
    torch.Tensor, shape (..., V), -inf where forbidden
    """
    if temperature <= 0:
        raise ValueError(f"temperature={temperature} must be above 0 (the limit is greedy).")
    logits = logits / temperature
    if top_k is not None:
        if top_k < 1:
            raise ValueError(f"top_k={top_k} must be at least 1.")
        last = logits.topk(min(top_k, logits.size(-1))).values[..., -1:]
        logits = logits.masked_fill(logits < last, -math.inf)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p={top_p} must be in (0, 1].")
    if top_p is not None and top_p < 1:
        ranked, order = logits.sort(descending=True)
        before = ranked.softmax(-1).cumsum(-1) - ranked.softmax(-1)  # what the likelier ones hold
        forbidden = (before >= top_p).scatter(-1, order, before >= top_p)
        logits = logits.masked_fill(forbidden, -math.inf)
    return logits


def sampler(*, generator=None, **options):
    """A ``choose`` for :func:`generate` that draws; ``options`` as in :func:`filter_logits`."""

    def choose(logits):
        probabilities = filter_logits(logits, **options).softmax(-1)
        return torch.multinomial(probabilities, 1, generator=generator)[:, 0]

    return choose


def greedy(logits):
    """A ``choose`` for :func:`generate` that takes the likeliest."""
    return logits.argmax(-1)


@torch.no_grad()
def generate(step, tokens, *, max_new_tokens, end_id=None, pad_id=None, cache=None, choose=greedy):
    """Write on, one token at a time, until every row has ended.

    Parameters
    ----------
    step : callable, see the module
    tokens : torch.Tensor of int64, shape (B, T), the beginnings
    end_id : int, optional
        A row that wrote it is filled with ``pad_id`` (``end_id`` unless given) from there on.
    choose : callable, logits (B, V) -> ids (B,)

    Returns
    -------
    torch.Tensor of int64, shape (B, T + n) with n <= max_new_tokens, beginnings included
    """
    pad_id = end_id if pad_id is None else pad_id
    ended = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
    new = tokens
    for _ in range(max_new_tokens):
        chosen = choose(step(new if cache else tokens, cache)[:, -1])  # (B,)
        if end_id is not None:
            chosen = chosen.masked_fill(ended, pad_id)
            ended = ended | (chosen == end_id)
        new = chosen[:, None]
        tokens = torch.cat([tokens, new], dim=1)
        if ended.all():
            break
    return tokens


@torch.no_grad()
def beam_search(
    step, tokens, *, beams, max_new_tokens, end_id=None, length_penalty=1.0, cache=None
):
    """Keep the ``beams`` best texts at every step instead of one.

    A text's score is the sum of its tokens' log-probabilities divided by its number of new tokens
    to the power of ``length_penalty`` (0: the plain sum, which favours short texts).

    Parameters
    ----------
    tokens : torch.Tensor of int64, shape (1, T): one beginning

    Returns
    -------
    list of (score, ids), at most ``beams``, best first
        ``ids`` holds the new tokens only, the end included.
    """
    if beams < 1 or len(tokens) != 1:
        raise ValueError(f"beams={beams} must be at least 1 and tokens one row, not {len(tokens)}.")
    start, done = tokens.size(1), []
    sums = torch.zeros(1, device=tokens.device)  # log-probability of each beam
    new = tokens
    for length in range(1, max_new_tokens + 1):
        logits = step(new if cache else tokens, cache)[:, -1]
        vocab = logits.size(-1)
        totals = (sums[:, None] + logits.float().log_softmax(-1)).flatten()
        best = totals.topk(min(2 * beams, totals.numel()))  # at most half of them end
        going = []
        for rank, (total, place) in enumerate(zip(*map(torch.Tensor.tolist, best), strict=True)):
            beam, token = divmod(place, vocab)
            if token == end_id:
                if rank < beams:
                    text = [*tokens[beam, start:].tolist(), token]
                    done.append((total / length**length_penalty, text))
            else:
                going.append((total, beam, token))
        going = going[:beams]
        done = sorted(done, reverse=True)[:beams]
        rows = torch.tensor([beam for _, beam, _ in going], device=tokens.device)
        new = torch.tensor([[token] for _, _, token in going], device=tokens.device)
        sums = torch.tensor([total for total, _, _ in going], device=tokens.device)
        tokens = torch.cat([tokens[rows], new], dim=1)
        for layer in cache or ():
            for kept in layer if isinstance(layer, tuple) else (layer,):
                kept.reorder(rows)
        if len(done) == beams and done[-1][0] >= going[0][0] / length**length_penalty:
            break
    else:
        for total, text in zip(sums.tolist(), tokens[:, start:].tolist(), strict=True):
            done.append((total / max_new_tokens**length_penalty, text))
    return sorted(done, reverse=True)[:beams]
