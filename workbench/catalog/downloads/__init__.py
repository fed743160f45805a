"""Archives from wherever the user's pip would get them: found, fetched, hashed, then opened."""
