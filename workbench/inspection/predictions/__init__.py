"""What the predictions of a run say: errors, scores, slices, doubtful labels."""
