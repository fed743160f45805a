"""How good written texts and rankings are: numbers of each row, of all rows, with intervals.

A :class:`~workbench.measures.measure.Measure` holds one number for each row, and what has to be
summed to draw rows again without scoring them again. :mod:`.written` chooses the measures of a
kind of writing; :mod:`.tables` makes tables of them and compares two systems.
"""
