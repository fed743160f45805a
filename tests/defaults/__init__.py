"""``make defaults``: recipes that name nothing, beside baselines and a grid, on 12 data sets."""
