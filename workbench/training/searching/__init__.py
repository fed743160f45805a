"""Several runs that belong together: a search over fields of a recipe, one recipe by its seeds."""
