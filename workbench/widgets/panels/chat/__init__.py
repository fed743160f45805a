"""Talking to models in a notebook: the panel, what of a conversation it shows, and its settings."""
