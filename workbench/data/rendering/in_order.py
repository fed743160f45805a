"""Templates that write one turn behind the other: where each ends follows from one rendering.

Such a template loops over the messages once, and what it writes of one looks at that message, at
the first one and at how many came before, never at those behind it. So the text of the first few
messages is the beginning of the text of all, and what asks for a reply is always the same. Whether
a template is one is read from its syntax tree; what is not surely one is rendered turn by turn.
"""

from __future__ import annotations

import importlib
from typing import Any

from ... import libraries

MARK = "\uf8ff\uf8fe"  # stands behind each turn while a text is rendered
_METHODS = ("strip", "lstrip", "rstrip", "startswith", "endswith", "replace", "split", "upper",
            "lower", "title", "capitalize", "get")  # fmt: skip
_LOOP = ("first", "index", "index0", "previtem")  # say nothing of what follows
_ASK, _ALL = "add_generation_prompt", "messages"


class InOrder:
    """A template of that kind, compiled with a mark behind each turn.

    Parameters
    ----------
    compiled : jinja2.Template
    special : dict of str to str
        The tokenizer's own tokens, by what the template calls them.
    """

    def __init__(self, compiled: Any, special: dict[str, Any]):
        self.compiled, self.special = compiled, special

    @classmethod
    def of(cls, source: str, special: dict[str, Any]) -> InOrder | None:
        """The template of a source; None where it is not surely of that kind."""
        try:
            compile_ = libraries.transformers("utils.chat_template_utils._compile_jinja_template")
            environment = compile_(source).environment
            tree = environment.parse(source)
        except Exception:  # the library keeps it elsewhere, or it is none: the slow way says so
            return None
        if not _mark(tree):
            return None
        return cls(environment.from_string(tree), special)

    def text(self, messages: list[dict], *, ask: bool = False) -> tuple[str, list[int]] | None:
        """The rendered text, and where each turn ends in it (characters).

        None for messages that the templates' library would render in its own way: those that hold
        more than texts, or the mark.
        """
        plain = all(
            isinstance(message, dict)
            and message.keys() <= {"role", "content"}
            and all(type(value) is str and MARK[0] not in value for value in message.values())
            for message in messages
        )
        if not plain or not messages:
            return None
        try:
            marked = self.compiled.render(
                messages=messages, tools=None, documents=None, **{_ASK: ask}, **self.special
            )
        except Exception:  # somebody's template refuses them: the slow way says in its words
            return None
        *turns, rest = marked.split(MARK)
        if len(turns) != len(messages):
            return None
        ends, at = [], 0
        for turn in turns:
            at += len(turn)
            ends.append(at)
        return "".join(turns) + rest, ends


def _nodes() -> Any:
    """The parts of a syntax tree, of the renderer that the library brings with it."""
    return importlib.import_module("jinja2.nodes")


def _mark(tree: Any) -> bool:
    """Put the mark behind what is written of each message; False where it may not be done."""
    nodes = _nodes()

    loops = [node for node in tree.body if isinstance(node, nodes.For)]
    if len(loops) != 1:
        return False
    (loop,) = loops
    at = tree.body.index(loop)
    called = {_ALL}
    for node in tree.body[:at]:
        if _is_alias(node, called):
            called.add(node.target.name)
        elif not _looks_back(node, called, set()):
            return False
    named = isinstance(loop.iter, nodes.Name) and loop.iter.name in called
    if not named or not isinstance(loop.target, nodes.Name):
        return False
    if loop.test is not None or loop.recursive or loop.else_:
        return False
    if not all(_looks_back(node, called, {"loop"}) for node in loop.body):
        return False
    if not all(_only_asks(node, called) for node in tree.body[at + 1 :]):
        return False
    loop.body.append(nodes.Output([nodes.TemplateData(MARK)]))
    return True


def _is_alias(node: Any, called: set[str]) -> bool:
    """``{% set loop_messages = messages %}``"""
    nodes = _nodes()

    return (
        isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name)
        and isinstance(node.node, nodes.Name) and node.node.name in called
    )  # fmt: skip


def _looks_back(node: Any, called: set[str], within: set[str]) -> bool:
    """Whether a node writes the same, whatever messages follow, asked for a reply or not."""
    nodes = _nodes()

    plain = (
        nodes.Output, nodes.TemplateData, nodes.If, nodes.Const, nodes.Filter, nodes.Test,
        nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub,
        nodes.Mul, nodes.Mod, nodes.Concat, nodes.CondExpr, nodes.Slice, nodes.Neg, nodes.List,
        nodes.Tuple, nodes.Keyword,
    )  # fmt: skip
    if isinstance(node, nodes.Name):
        return node.name not in called | {_ASK, "loop", "namespace", "strftime_now"}
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        of = node.node
        if isinstance(of, nodes.Name) and of.name in called:  # the first message, and no other
            return isinstance(node, nodes.Getitem) and _is(node.arg, 0)
        if isinstance(of, nodes.Name) and of.name == "loop":
            return "loop" in within and isinstance(node, nodes.Getattr) and node.attr in _LOOP
    elif isinstance(node, nodes.Assign):
        if not isinstance(node.target, nodes.Name) or node.target.name in called:
            return False
        return _looks_back(node.node, called, within)
    elif isinstance(node, nodes.Call):
        of = node.node
        name = of.name if isinstance(of, nodes.Name) else ""
        method = of.attr if isinstance(of, nodes.Getattr) else ""
        if name != "raise_exception" and method not in _METHODS:
            return False
        inner = [*node.args, *node.kwargs, *([of.node] if method else [])]
        return all(_looks_back(one, called, within) for one in inner)
    elif not isinstance(node, plain):
        return False
    return all(_looks_back(one, called, within) for one in node.iter_child_nodes())


def _only_asks(node: Any, called: set[str]) -> bool:
    """``{% if add_generation_prompt %}…{% endif %}``, the same whatever was said."""
    nodes = _nodes()

    if not isinstance(node, nodes.If) or node.elif_ or node.else_:
        return False
    if not isinstance(node.test, nodes.Name) or node.test.name != _ASK:
        return False
    return all(
        isinstance(one, nodes.Output)
        and all(isinstance(part, (nodes.TemplateData, nodes.Const)) for part in one.nodes)
        for one in node.body
    )


def _is(node: Any, value: Any) -> bool:
    nodes = _nodes()

    return isinstance(node, nodes.Const) and node.value == value
