"""Chat: conversations with roles."""
