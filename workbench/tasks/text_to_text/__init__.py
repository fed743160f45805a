"""Data of one text for another: recognised and checked; nothing is trained on it yet."""
