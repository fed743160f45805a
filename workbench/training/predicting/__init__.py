"""What a trained model gives: scores, texts that it writes, files of predictions."""
