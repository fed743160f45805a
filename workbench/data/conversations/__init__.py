"""Conversations: one type onto which every shape that people hold them in is read."""
