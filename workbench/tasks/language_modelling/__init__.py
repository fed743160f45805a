"""Data of plain texts: recognised and checked; nothing is trained on it yet."""
