"""A student learns what a teacher says: its soft labels, and what its layers hold.

``teachers`` finds and loads a teacher, ``soft`` keeps what it says of the training rows,
``divergences`` says how far a student is from that, ``words`` does so where models give words,
``hidden`` compares layers, ``shortening`` makes a student of a teacher's own layers. What is
minimised of it all is :mod:`workbench.training.losses.distillation`.
"""
