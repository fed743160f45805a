"""Data of one text for another: recognised and checked."""
