"""Several runs on the same examples."""
