"""Words with a tag each, and texts with marked spans: formats, schemes, sentences."""
