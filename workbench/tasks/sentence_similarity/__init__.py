"""Texts that belong together: a question and its answer, a text and its like."""
