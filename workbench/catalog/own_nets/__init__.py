"""The networks of the lessons (:mod:`workbench.nets`) as models to train, like any other."""
