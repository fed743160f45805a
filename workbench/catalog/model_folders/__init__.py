"""Folders with a model or an adapter, judged by their files before any weight is read."""
