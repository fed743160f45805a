"""The verbs of the command line, a module each: its name is what is typed.

A module has ``HELP``, one sentence; ``run(arguments)``, which returns the exit status (None is 0);
``add_arguments(command)``, where it takes any; and ``ORDER``, its place in the list of all. One
that parses its own arguments has ``OWN_ARGUMENTS = True`` and finds them in ``arguments.rest``.
Nothing heavy is imported before ``run`` is called. Modules that begin with ``_`` are no verbs.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def verbs() -> dict[str, ModuleType]:
    """The modules by the names of their verbs, in the order in which they are listed."""
    names = [one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")]
    found = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return dict(sorted(found.items(), key=lambda verb: (getattr(verb[1], "ORDER", 1000), verb[0])))
