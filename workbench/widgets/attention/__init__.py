"""Attention of a text in the browser."""
