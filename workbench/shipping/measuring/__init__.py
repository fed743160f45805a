"""What a smaller or an exported model changes, on a drawn sample of the run's own test set."""
