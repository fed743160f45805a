"""Whether the texts that come in are still those that a run learnt from."""
