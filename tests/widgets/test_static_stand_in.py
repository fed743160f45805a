"""A widget is shown by every ipywidgets from 7.7 on."""

import ipywidgets
import pytest

from workbench.widgets import static_stand_in


class Seven(ipywidgets.VBox):
    """As in ipywidgets 7: without a mime bundle."""

    @property
    def _repr_mimebundle_(self):
        raise AttributeError


@pytest.mark.parametrize("kind", [ipywidgets.VBox, Seven], ids=["eight", "seven"])
def test_what_is_displayed_is_the_view_and_words(kind, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    widget = kind()
    static_stand_in.show_view(widget)
    ((data, how),) = shown
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["text/plain"] == repr(widget) and how["raw"] is True
