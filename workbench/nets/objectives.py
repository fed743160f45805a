"""What a net is asked to do while it is pre-trained."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch.nn import functional as F

from .losses import cross_entropy


def mask_tokens(
    input_ids, special, *, mask_id, vocab_size, probability=0.15, word_ids=None, generator=None
):
    """Hide some tokens for a net to guess (Devlin et al. 2019).

    Each token is chosen with ``probability``; of the chosen, 80 % become the mask, 10 % a random
    token and 10 % stay, for the net must not rely on the mask to know where it is asked.

    Parameters
    ----------
    input_ids : torch.Tensor of int64, shape (B, T)
    special : torch.Tensor of bool, shape (B, T), True at tokens never to be hidden (CLS, padding)
    word_ids : torch.Tensor of int64, shape (B, T), optional
        Which word of its row a token belongs to, so that words are hidden whole; tokens of one
        word are chosen together, and 80 / 10 / 10 is drawn for each token.

    Returns
    -------
    (masked, labels) : torch.Tensor of int64, shape (B, T)
        The labels are the hidden tokens, and -100 elsewhere.
    """
    if special.shape != input_ids.shape or special.dtype != torch.bool:
        raise ValueError(
            f"special is {special.dtype} {tuple(special.shape)}; torch.bool "
            f"{tuple(input_ids.shape)} is needed."
        )
    shape, device = input_ids.shape, input_ids.device
    words = torch.arange(shape[1], device=device).expand(shape) if word_ids is None else word_ids
    lot = torch.rand(shape[0], int(words.max()) + 1, generator=generator).to(device)
    lot = lot.gather(1, words.clamp(min=0))  # the same for all tokens of a word
    chosen = (lot < probability) & ~special & (words >= 0)
    labels = input_ids.masked_fill(~chosen, -100)
    what = torch.rand(shape, generator=generator).to(device)
    anything = torch.randint(vocab_size, shape, generator=generator).to(device)
    masked = torch.where(chosen & (what < 0.8), torch.full_like(input_ids, mask_id), input_ids)
    return torch.where(chosen & (what >= 0.9), anything, masked), labels


def causal_lm_batch(ids, batch_size: int, length: int, *, generator=None):
    """Random windows of a text, and the same windows one token later: what is to be guessed.

    Parameters
    ----------
    ids : torch.Tensor of int64, shape (N,), N > length

    Returns
    -------
    (inputs, targets) : torch.Tensor of int64, shape (batch_size, length)
    """
    if len(ids) <= length:
        raise ValueError(f"The text has {len(ids)} tokens; windows of {length} need one more.")
    starts = torch.randint(len(ids) - length, (batch_size, 1), generator=generator)
    windows = ids[starts + torch.arange(length + 1)]  # (B, length + 1)
    return windows[:, :-1], windows[:, 1:]


def next_sentence_pairs(documents: Sequence[Sequence[str]], *, seed: int = 0):
    """Pairs of sentences, half of which follow each other (Devlin et al. 2019).

    Parameters
    ----------
    documents : sequence of documents, each a sequence of sentences

    Returns
    -------
    list of (first, second, label)
        One for each sentence that has a successor. Label 0: ``second`` is that successor; label 1:
        it is a sentence of another document.
    """
    if sum(1 for document in documents if document) < 2:
        raise ValueError(
            f"{len(documents)} documents: wrong successors come from another one, so at least 2 "
            "with sentences are needed."
        )
    rng, pairs = random.Random(seed), []
    for i, document in enumerate(documents):
        for first, second in zip(document, document[1:], strict=False):
            if rng.random() < 0.5:
                pairs.append((first, second, 0))
                continue
            other = i
            while other == i or not documents[other]:
                other = rng.randrange(len(documents))
            pairs.append((first, rng.choice(documents[other]), 1))
    return pairs


def contrastive_loss(left, right, *, temperature: float = 0.05):
    """Each sentence of ``left`` picks its partner among all of ``right`` by cosine (InfoNCE).

    L = -log exp(cos(aᵢ, bᵢ) / τ) / Σⱼ exp(cos(aᵢ, bⱼ) / τ)   (Gao et al. 2021, SimCSE)

    Parameters
    ----------
    left, right : torch.Tensor, shape (B, D), row i of one belonging to row i of the other
    temperature : float > 0, τ
    """
    if left.shape != right.shape or temperature <= 0:
        raise ValueError(
            f"left {tuple(left.shape)} and right {tuple(right.shape)} must be alike, and "
            f"temperature={temperature} above 0."
        )
    cosines = F.normalize(left, dim=-1) @ F.normalize(right, dim=-1).T  # (B, B)
    return cross_entropy(cosines / temperature, torch.arange(len(left), device=left.device))
