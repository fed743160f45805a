"""A run's model made smaller, in ways that are kinds with settings, and what each costs."""
