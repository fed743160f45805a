"""A reply as Markdown means it: a tree of few elements, of which the page makes nodes.

There is nothing to be sanitised behind it: no HTML is made or passed on. What a reply has of it
stays text; a picture is named and not loaded, a link leads to http, https or mail alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from workbench.i18n import t

MOST = 20_000  # characters of a text that is rendered: a longer one is shown as it is
DEEPEST = 40  # quotes and lists within each other; what is deeper would be lost
Node = Any  # a text, or [tag, attributes, nodes]
_SAFE = ("http", "https", "mailto")
_LINK = {"target": "_blank", "rel": "noopener noreferrer nofollow"}
_MATHS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_TAGS = {
    "paragraph": "p", "em": "em", "strong": "strong", "s": "s", "bullet_list": "ul",
    "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote", "table": "table",
    "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
}  # fmt: skip


@lru_cache(maxsize=512)
def rendered(text: str) -> list[Node] | None:
    """The nodes of a text; None of one that is too long, or too deep.

    >>> rendered("**a** <b>")
    [['p', {}, [['strong', {}, ['a']], ' <b>']]]
    >>> rendered("[x](javascript:f) ![y](http://z)")
    [['p', {}, ['[x](javascript:f) ', 'y (picture, not loaded: http://z)']]]
    """
    if len(text) > MOST:
        return None
    from markdown_it.tree import SyntaxTreeNode

    tokens = _parser().parse(text)
    if any(token.level >= DEEPEST for token in tokens):
        return None
    tree = SyntaxTreeNode(tokens)
    return [node for child in tree.children for node in _nodes(child)]


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST + 2})
    parser.enable(["table", "strikethrough"]).disable("reference")  # its lines would not be seen
    parser.inline.ruler.before("escape", "maths", _maths)
    return parser


def _maths(state: Any, silent: bool) -> bool:
    """A formula stays as it is written: none of its signs is Markdown's."""
    source, start = state.src, state.pos
    for opens, closes in _MATHS:
        if not source.startswith(opens, start):
            continue
        inside = start + len(opens)
        end = source.find(closes, inside)
        if end <= inside:
            continue
        behind = source[end + len(closes) : end + len(closes) + 1]
        price = source[inside].isspace() or source[end - 1].isspace() or behind.isdigit()
        if opens == "$" and (price or "\n" in source[inside:end]):
            continue
        if not silent:
            token = state.push("code_inline", "code", 0)
            token.content = source[start : end + len(closes)]
        state.pos = end + len(closes)
        return True
    return False


def _nodes(node: Any) -> list[Node]:
    kind = node.type
    if kind in ("text", "text_special"):
        return [node.content] if node.content else []
    if kind in ("softbreak", "hardbreak"):
        return [["br", {}, []]] if kind == "hardbreak" else ["\n"]
    if kind == "code_inline":
        return [["code", {}, [node.content]]]
    if kind in ("fence", "code_block"):
        return [["pre", {"tabindex": "0", "title": node.info}, [node.content]]]
    if kind == "hr":
        return [["hr", {}, []]]
    if kind == "image":
        said = t("chat_panel.picture", name=node.content, address=node.attrs.get("src", ""))
        return [said]
    inner = [one for child in node.children for one in _nodes(child)]
    if kind == "heading":
        return [[f"h{min(6, int(node.tag[1]) + 3)}", {}, inner]]
    if kind == "link":
        address = str(node.attrs.get("href", ""))
        if not _is_safe(address):
            return [*inner, f" ({address})"]
        said = " ".join(filter(None, (address, str(node.attrs.get("title", "")))))
        return [["a", {"href": address, "title": said, **_LINK}, inner]]
    tag = _TAGS.get(kind)
    if tag is None or (tag == "p" and node.hidden):  # inline parts; an item of a tight list
        return inner
    start = node.attrs.get("start") if tag == "ol" else None
    return [[tag, {} if start is None else {"start": str(start)}, inner]]


def _is_safe(address: str) -> bool:
    try:
        return urlsplit(address).scheme.lower() in _SAFE
    except ValueError:
        return False
