"""What an eye and a keyboard find in a page: text cut, too faint or outside, controls out of reach.

Each function gives sentences, none when all is well, so that a test says ``assert not faults``.
"""

from __future__ import annotations

from pathlib import Path

SCRIPT = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
# What is drawn or framed by others, scrolls by itself, or is for screen readers alone.
APART = ".wb-scroll, .wb-confusion, .wb-hidden, .wb-code, svg, canvas, iframe"


def _ask(page, what: str, argument: object):
    return page.evaluate(f"a => ({SCRIPT}).{what}(a)", argument)


def faults_seen(page, selector: str = ".wb-app", apart: str = APART) -> list[str]:
    """What is cut, too faint to be read (WCAG AA), outside, nameless or for the mouse alone."""
    return _ask(page, "faults", [selector, apart])


def faults_of_tabbing(page, start, selector: str = ".wb-app", most: int = 250) -> list[str]:
    """What is wrong when Tab is pressed from ``start`` on to the app's end: stops that are not
    marked or not in view, controls that are never reached, a place that is never left."""
    page.evaluate("document.querySelectorAll('[data-stop]').forEach((e) => delete e.dataset.stop)")
    start.focus()
    found, been = [], set()
    for _ in range(most):
        at = _ask(page, "at", selector)
        if at is None:
            break
        if at["stop"] in been:
            found.append(f"comes back to {at['name']}")
            break
        been.add(at["stop"])
        if not at["marked"]:
            found.append(f"not marked when focused: {at['name']}")
        if at["cut"] > 2:
            found.append(f"its mark is cut all round: {at['name']}")
        if not at["seen"]:
            found.append(f"focused out of view: {at['name']}")
        page.keyboard.press("Tab")
    else:
        found.append(f"{most} stops and no end")
    return found + [f"never reached: {name}" for name in _ask(page, "stops", selector)]
