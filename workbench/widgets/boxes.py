"""Boxes and lines of the widget library as several threads may write them.

What stands in a box, and whether something is in sight, is set by clicks, by threads that found an
answer, and by cells. Of plain ones the page may be left with the older of two values: the one that
was read first may be sent last. See :class:`.synced.Synced`; a test lets no others in.
"""

from __future__ import annotations

import ipywidgets
from ipywidgets.widgets.trait_types import InstanceDict

from .synced import Synced


class Layout(Synced, ipywidgets.Layout):
    """How a widget is laid out, and whether it is in sight."""


def laid() -> InstanceDict:
    """The trait ``layout`` of a widget that several threads show and hide."""
    return InstanceDict(Layout).tag(sync=True, **ipywidgets.widget_serialization)


class VBox(Synced, ipywidgets.VBox):
    """Widgets below each other."""

    layout = laid()


class GridBox(Synced, ipywidgets.GridBox):
    """Widgets beside each other, as the style sheet says."""

    layout = laid()


class Label(Synced, ipywidgets.Label):
    """A line of text."""

    layout = laid()
