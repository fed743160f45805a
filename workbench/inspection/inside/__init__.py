"""Looking into a model: attention, attribution, heads, neurons, texts a little different."""
