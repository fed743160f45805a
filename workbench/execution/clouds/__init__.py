"""Job files for clouds: written and held to the vendors' own packages, never sent from here.

A module a cloud, with ``Settings``, ``PACKAGE`` (what checks it, and the extra that brings it),
``files(recipe, chosen, name)`` and ``problems(files)``. No cloud was tried: the files say so.
"""
