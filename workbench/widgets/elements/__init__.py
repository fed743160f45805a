"""Small widgets that panels and views are made of, each beside its script."""
