"""The page at ``/`` of a server: a text is typed, an answer is read."""
