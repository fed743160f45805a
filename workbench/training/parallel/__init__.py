"""Several processes that train one run together, one a device (Li et al., 2020, PyTorch DDP).

Each has the whole model, takes its part of each batch, and the gradients are summed over all of
them before the optimizer moves the weights:

.. math:: \\nabla L = \\frac{1}{N} \\sum_{r} \\sum_{i \\in B_r} \\nabla \\ell_i, \\qquad
          N = \\sum_r N_r

so that the step is that of the whole batch, however many share it and however unevenly. What is
summed is what the weights hold when the last backward pass of a step is over, not what went through
a certain module: no pass that a model can take (padding-free, a task's own, several a step) leaves
its gradients unshared. The price: the exchange does not overlap with the backward pass.

The library's Trainer believes that it is alone. What is shared is shared at a few points, by
:class:`.ranks.Ranks`, or by :class:`.alone.Alone` where there is one process, which does nothing:

- its part of each batch (:mod:`.batches`) and of each prediction (``share``, ``exchange``),
- the sums over a step: normalisers, loss, counts (``sum``), gradients (:mod:`.gradients`),
- decisions, which are those of the first process (``of_first``): commands, checkpoints.

The first process is the one that has the run: it holds its folder, reports, and obeys. The others
work in a folder beside it that nobody reads (:mod:`.beside`).
"""

from .alone import ALONE, Alone

__all__ = ["ALONE", "Alone"]
