"""The report of a run, what came out of it, and what to try next."""
