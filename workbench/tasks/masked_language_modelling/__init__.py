"""Gaps in texts: an encoder learns which words belong into them."""
