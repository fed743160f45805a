"""Conversations as the text that a model reads, and which of its tokens it learns to write."""
