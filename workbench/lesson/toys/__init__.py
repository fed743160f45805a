"""Widgets that let a reader play with one idea of a lesson; each works without a page as well."""
