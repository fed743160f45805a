"""What is trained for, a module each: losses, and what is added to them.

A loss is an object with ``total(logits, labels)`` and ``normaliser(labels)``: a batch's loss is the
sum of totals over the sum of normalisers, however it was cut into micro-batches. These modules lie
on the ground, so that tasks use them and recipes are made of what they declare: they import nothing
that is heavy or lies higher.
"""
