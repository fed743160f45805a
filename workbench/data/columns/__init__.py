"""What columns hold and what they are for: kinds of values, roles, ways of writing."""
