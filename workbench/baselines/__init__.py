"""What costs no neural network and writes all the same: printed beside every model that writes.

A baseline learns from pairs (:meth:`~workbench.baselines.base.Baseline.fit`) and writes a text for
each source. :mod:`.counted` measures how probable texts are by counting n-grams.
"""
