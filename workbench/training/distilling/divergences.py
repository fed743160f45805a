r"""How far what a student says is from what its teacher says, a value a decision.

Both are divided by the temperature :math:`T`; the divergence is multiplied by :math:`T^2`, so that
its slopes stay as large as those of hard labels (Hinton et al., 2015):

.. math:: T^2 \, KL(p \| q) = T^2 \sum_k p_k (\log p_k - \log q_k),
          \quad p = softmax(z^{teacher} / T), \; q = softmax(z^{student} / T)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def of_classes(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Divergence of each row's softmax, in nats times T², float32, shape (n,).

    Parameters
    ----------
    student, teacher : torch.Tensor, shape (n, n_classes)
        Logits; -inf where there is no class, in both.
    """
    logs = (student.float() / temperature).log_softmax(-1)
    wanted = (teacher.float() / temperature).log_softmax(-1)
    gaps = (wanted - logs).masked_fill(wanted.isinf(), 0)
    return temperature**2 * (wanted.exp() * gaps).sum(-1)


def of_labels(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """The same of each label's own yes and no, summed over a text's labels, shape (n,).

    Parameters
    ----------
    student, teacher : torch.Tensor, shape (n, n_labels)
        Log-odds.
    """
    from torch.nn.functional import logsigmoid

    ours, theirs = student.float() / temperature, teacher.float() / temperature
    yes = theirs.sigmoid() * (logsigmoid(theirs) - logsigmoid(ours))
    no = (-theirs).sigmoid() * (logsigmoid(-theirs) - logsigmoid(-ours))
    return temperature**2 * (yes + no).sum(-1)


def of_numbers(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Squared difference of the numbers, shape (n,); a number has no temperature."""
    return (student.float() - teacher.float()).square().sum(-1)


def of_spans(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean of the divergences of first and last token, shape (n,).

    Parameters
    ----------
    student, teacher : torch.Tensor, shape (n, n_tokens, 2)
        -inf at padding.
    """
    ends = zip(student.unbind(-1), teacher.unbind(-1), strict=True)
    first, last = (of_classes(ours, theirs, temperature) for ours, theirs in ends)
    return (first + last) / 2
