"""HTML that a notebook shows as it is: ``$5 and $6`` in a text or a name is no formula."""

from __future__ import annotations

#: Classes of elements in which neither generation of MathJax looks for formulas.
NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def as_it_is(html: str) -> str:
    """The HTML in an element in which nothing is typeset.

    >>> as_it_is("<p>$5 and $6</p>")
    '<div class="tex2jax_ignore mathjax_ignore"><p>$5 and $6</p></div>'
    """
    return f'<div class="{NO_FORMULAS}">{html}</div>'
