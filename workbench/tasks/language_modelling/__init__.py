"""Data of plain texts: recognised and checked."""
