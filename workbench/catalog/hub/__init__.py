"""The model hub: models and data sets by their commits, its client, and what its answers mean."""
