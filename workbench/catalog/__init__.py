"""What there is to pick from: tasks, models, datasets."""
