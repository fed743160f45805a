"""Training: recipe in, run folder out; foreground or in a worker process."""
