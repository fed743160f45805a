"""``transformers``, imported by many threads at once as if by one.

The library makes its modules anew at the end of their import: a thread that waited for it holds the
old module, which has no names ("module 'transformers' has no attribute ..."). And two threads that
begin at different ends of its circular imports meet a half-made module. So each of its packages is
told to ask its successor (:func:`guard`), and whatever of it is needed here is imported, and models
are loaded, by one thread at a time (:func:`transformers`, :func:`one_at_a_time`).

While it makes a model the library puts functions of its own aside, for all threads, such as the
one that ties weights. Of two threads that do so at once, one finds them gone when it needs them,
and the last puts back what the first had put there: from then on no model is whole. So whoever
makes a model takes the turn, a cell of the user's too; files are fetched before that.

While the turn is held, only foreign modules may be imported: a thread that waits for it may hold
the import lock of one of ours.
"""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_LIBRARY = "transformers"
_MODELS = f"{_LIBRARY}.modeling_utils"
_turn = threading.RLock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """The turn to import from the library, or to load a model with it; a thread may nest it."""
    with _turn:
        yield


def transformers(*names: str) -> Any:
    """The library, or what it has under ``names``.

    Parameters
    ----------
    names : str
        ``"AutoConfig"``, or with its module ``"trainer_utils.get_last_checkpoint"``.

    Returns
    -------
    module, object, or tuple of object
        The library without a name, one object for one name, a tuple for several.

    Raises
    ------
    ImportError, AttributeError
        If there is no such name or module.
    """
    with _turn:
        guard()
        importlib.import_module("torch")
        library = importlib.import_module(_LIBRARY)  # the successor, whoever imported it
        found = tuple(_find(library, name) for name in names)
    if not names:
        return library
    return found if len(found) > 1 else found[0]


def _find(library: Any, name: str) -> Any:
    module, _, last = name.rpartition(".")
    if module:
        library = importlib.import_module(f"{_LIBRARY}.{module}")
    try:
        return getattr(library, last)
    except AttributeError:
        if not hasattr(library, "__path__"):
            raise
        return importlib.import_module(f"{library.__name__}.{last}")


def guard() -> None:
    """Let every package of the library, once replaced, hand questions to its successor, and whoever
    makes a model with it take the turn.

    It costs nothing until the library is imported, and it helps every thread, whoever imports.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        if models := sys.modules.get(_MODELS):  # imported by somebody else before
            _take_turns(models)


def _take_turns(models: Any) -> None:
    """Let a load have the turn from the making of its model to its end."""
    kind, loads = models.PreTrainedModel, threading.local()
    load, contexts = kind.from_pretrained.__func__, kind.get_init_context.__func__

    @functools.wraps(load)
    def from_pretrained(cls, *args, **options):
        before = getattr(loads, "stack", None)
        with ExitStack() as stack:
            loads.stack = stack
            try:
                return load(cls, *args, **options)
            finally:
                loads.stack = before

    @functools.wraps(contexts)
    def get_init_context(cls, *args, **options) -> list:
        found = contexts(cls, *args, **options)
        if (stack := getattr(loads, "stack", None)) is None:  # a model that is made without a load
            return [one_at_a_time(), *found]
        stack.enter_context(one_at_a_time())
        return found

    kind.from_pretrained = classmethod(from_pretrained)
    kind.get_init_context = classmethod(get_init_context)


class _Finder:
    """Finds the library's packages as Python does, with one more line at the end of each."""

    def find_spec(self, name, path=None, target=None):
        if name != _LIBRARY and not name.startswith(_LIBRARY + "."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        is_package = spec is not None and spec.submodule_search_locations is not None
        if spec is None or spec.loader is None or not (is_package or name == _MODELS):
            return spec
        run = spec.loader.exec_module

        def run_and_link(module) -> None:
            run(module)
            if name == _MODELS:
                _take_turns(module)
                return
            successor = sys.modules.get(name)
            if successor is not module:
                module.__getattr__ = lambda wanted: getattr(successor, wanted)

        spec.loader.exec_module = run_and_link
        return spec
