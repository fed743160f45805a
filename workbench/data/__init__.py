"""Data: where it comes from, what is wrong with it, how it is split."""
