"""A run's model for other programs: what is written is opened by another process, and compared."""
