"""Where a table holds its conversations: which columns, and how they are to be read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from ...i18n import t
from . import reasoning
from .cells import PAIRS, asks, messages_in
from .tool_calls import loaded
from .turn_texts import form_of, is_open

LOOKED_AT = 200  # rows by which a column is known
_NAMES = tuple(
    "messages conversations conversation chat dialog dialogue dialogs turns message data text"
    .split()
)  # fmt: skip
_SYSTEM = ("system", "system_prompt", "系统")
_INPUT = ("input", "context", "输入")
_TOOLS = ("tools", "functions", "available_tools")
_HISTORY = ("history", "chat_history", "conversation_history")
_REASONING = (*reasoning.KEYS, *reasoning.UNUSUAL)
_WANTED = ("label", "kto_tag", "desirable", "is_desirable", "wanted")
_PREFERENCES = ("prompt", "instruction")  # how data of preferences call what is asked
_IDS = ("id", "conversation_id", "conv_id", "dialog_id", "idx", "uid")
#: Columns that are neither prompt nor reply, and those that are not where there are two others.
BESIDE, RATHER = (*_SYSTEM, *_TOOLS, *_HISTORY, *_WANTED, *_IDS, "rejected"), (*_INPUT, *_REASONING)


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the columns of a table make conversations.

    Parameters
    ----------
    kind : {'messages', 'halves', 'instruction', 'pair', 'chosen', 'turns', 'marked'}
        A column of messages; prompt and completion that are lists of messages; an instruction with
        an input of its own; two columns of texts; those of which the second was preferred to
        another one; lists of texts that take turns; one text whose turns are marked.
    columns : dict of str to str
        ``messages``, or ``prompt`` and ``reply``; maybe ``input``, ``system``, ``tools``,
        ``history``, ``reasoning``, ``id``, ``wanted`` (false where a reply is not to be learnt).
    reason : str
    rivals : tuple of str
        Columns that hold conversations as well, and are not read.
    rendered : bool
        Whether a template made the texts of the prompts, so that they are to be parted again.
    texts : tuple of str
        Of two halves the columns that hold texts: what stands there is no JSON of messages.
    beside : str
        A column of replies that is not read, since messages are taken for whole conversations.
    """

    kind: str
    columns: dict[str, str]
    reason: str
    rivals: tuple[str, ...] = ()
    rendered: bool = False
    texts: tuple[str, ...] = ()
    beside: str = ""


def layout_of(values: dict[str, list], given: dict[str, str] | None = None) -> Layout | None:
    """What columns hold, by their names and the first of their values; None for no conversations.

    Parameters
    ----------
    values : dict of str to list
        Column -> its first rows.
    given : dict of role to column, optional
        What is settled; a column of messages, or of a prompt with its reply, leaves no other one.
    """
    if given := {role: name for role, name in (given or {}).items() if name in values}:
        found = _layout({role: values[name] for role, name in _given(values, given).items()})
        if found is None:
            return None
        real = {role: _given(values, given)[name] for role, name in found.columns.items()}
        rivals, texts = (
            tuple(_given(values, given)[name] for name in names)
            for names in (found.rivals, found.texts)
        )
        found = dataclasses.replace(found, columns=real, rivals=rivals, texts=texts)
    else:
        found = _layout(values)
    if found is not None and found.kind == "messages":
        found = _whole(found, values)
    if found is not None and "wanted" not in given and _is_class(found.columns):
        del found.columns["wanted"]
    return found


def _is_class(columns: dict[str, str]) -> bool:
    """Whether a label beside a conversation is a class of it, and says not whether it is wanted."""
    label = columns.get("wanted", "").strip().lower() == "label"
    return label and columns.get("prompt", "").strip().lower() not in _PREFERENCES


def _given(values: dict[str, list], given: dict[str, str]) -> dict[str, str]:
    """Columns that are left to be looked at: what they are called -> what they are in the data."""
    whole = "messages" in given or {"prompt", "reply"} <= set(given)
    beside = (*_SYSTEM, *_TOOLS, *_HISTORY, *_IDS, *_WANTED)
    beside += () if "messages" in given else (*_INPUT, *_REASONING)
    rest = {
        name: name for name in values
        if name not in given.values() and name.strip().lower() not in given
        and (not whole or name.strip().lower() in beside)
    }  # fmt: skip
    return rest | given


def _layout(values: dict[str, list]) -> Layout | None:
    by_lower = {name.strip().lower(): name for name in values}
    also = {
        role: by_lower[found]
        for role, names in (("system", _SYSTEM), ("tools", _TOOLS), ("id", _IDS))
        if (found := next((n for n in names if n in by_lower), None)) is not None
    }
    wanted = [by_lower[n] for n in _WANTED if n in by_lower and _all(values[by_lower[n]], _says)]
    also |= {"wanted": wanted[0]} if wanted else {}
    lists = [name for name, cells in values.items() if _all(cells, _is_list_of_messages)]
    pair = _pair(by_lower, values)
    if pair and "history" in pair.columns:  # what was said before is no conversation of its own
        lists = [name for name in lists if name != pair.columns["history"]]
    if halves := _halves(by_lower, lists, values):
        rest = tuple(name for name in lists if name not in halves)
        held = [repr(name) for name in halves if name in lists]
        said = f"{' and '.join(held)} hold{'s' if len(held) == 1 else ''} lists of messages."
        columns = {"prompt": halves[0], "reply": halves[1], **also}
        texts = tuple(name for name in halves if name not in lists)
        return Layout("halves", columns, said, rest, texts=texts)
    if lists:
        chosen = _likeliest(lists, by_lower)
        rivals = tuple(name for name in lists if name != chosen)
        said = f"{chosen!r} holds lists of messages."
        return Layout("messages", {"messages": chosen, **_besides(also, chosen)}, said, rivals)
    taking = [name for name, cells in values.items() if _all(cells, _takes_turns)]
    taking = [n for n in taking if n.strip().lower() in (*_NAMES, *_HISTORY) and n != "text"]
    if taking and by_lower.keys().isdisjoint(_HISTORY):
        said = f"{taking[0]!r} holds lists of texts, which take turns."
        return Layout("turns", {"messages": taking[0], **also}, said, tuple(taking[1:]))
    if pair:
        rest = _besides(also, *pair.columns.values())
        return dataclasses.replace(pair, columns={**pair.columns, **rest})
    marked = [name for name, cells in values.items() if _all(cells, _is_marked)]
    if marked:
        chosen = _likeliest(marked, by_lower)
        titles = Counter(form.title for cell in values[chosen] if (form := form_of(cell)))
        said = t(
            "turn_texts.found", name=chosen, titles=", ".join(n for n, _ in titles.most_common())
        )
        rivals = tuple(name for name in marked if name != chosen)
        return Layout("marked", {"messages": chosen, **_besides(also, chosen)}, said, rivals)
    return None


def _likeliest(names: list[str], by_lower: dict[str, str]) -> str:
    """That of several columns with conversations which is learnt: never what was rejected."""
    known = [by_lower[name] for name in (*_NAMES, "chosen") if by_lower.get(name) in names]
    return (known or [n for n in names if n.strip().lower() != "rejected"] or names)[0]


def _besides(also: dict[str, str], *taken: str) -> dict[str, str]:
    return {role: name for role, name in also.items() if name not in taken}


def _halves(
    by_lower: dict[str, str], lists: list[str], values: dict[str, list]
) -> tuple[str, str] | None:
    """A prompt and its reply, both lists of messages, or one of them and the other a text."""
    texts = [name for name, cells in values.items() if name not in lists and _all(cells, _is_text)]
    for prompt, reply in (("prompt", "completion"), ("prompt", "response"), ("prompt", "chosen"),
                          ("prompt", "reply"), ("input", "preferred_output"), ("prompt", "answer"),
                          ("context", "response"), ("context", "completion"),
                          ("messages", "completion"), ("messages", "response")):  # fmt: skip
        found = by_lower.get(prompt), by_lower.get(reply)
        if prompt == "messages" and found[0] in lists and not mostly_ask(values[found[0]]):
            continue
        if all(name in lists for name in found):
            return found
        whole = reply == "chosen" and found[1] in lists  # it may have what is asked as well
        if not whole and any(name in lists for name in found) and all(
            name in (*lists, *texts) for name in found
        ):  # fmt: skip
            return found
    return None


def mostly_ask(cells: list) -> bool:
    """Whether most lists of messages end with what is to be answered."""
    ends = [asks(cell) for cell in cells[:LOOKED_AT] if _is_list_of_messages(cell)]
    return 2 * sum(ends) > len(ends)


def _whole(found: Layout, values: dict[str, list]) -> Layout:
    """The layout of whole conversations, with the column of replies beside them."""
    name, by_lower = found.columns["messages"], {n.strip().lower(): n for n in values}
    reply = by_lower.get("completion", by_lower.get("response"))
    if name.strip().lower() != "messages" or reply is None:
        return found
    reason = f"{found.reason} {t('conversations.whole', reply=reply)}"
    rivals = tuple(name for name in found.rivals if name != reply)
    return dataclasses.replace(found, beside=reply, reason=reason, rivals=rivals)


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str)


def _pair(by_lower: dict[str, str], values: dict[str, list]) -> Layout | None:
    for prompt, reply in PAIRS:
        if prompt not in by_lower or reply not in by_lower:
            continue
        columns = {"prompt": by_lower[prompt], "reply": by_lower[reply]}
        cells = [cell for name in columns.values() for cell in values[name] if cell is not None]
        if not cells or not all(isinstance(cell, str) for cell in cells):
            continue
        said = f"They are called {prompt!r} and {reply!r}."
        worse = by_lower.get("rejected") if reply == "chosen" else None
        if worse is not None:
            said += f" What was rejected ({worse!r}) is not read."
        extra = next((n for n in _INPUT if n in by_lower and n not in (prompt, reply)), None)
        history = next((n for n in _HISTORY if n in by_lower and n not in (prompt, reply)), None)
        if history is not None:
            columns["history"] = by_lower[history]
        thought = next((n for n in _REASONING if n in by_lower and n not in (prompt, reply)), None)
        if thought is not None:
            columns["reasoning"] = by_lower[thought]
        if extra is not None and prompt in ("instruction", "prompt", "指令"):
            return Layout("instruction", {**columns, "input": by_lower[extra]}, said)
        kind, made = "pair" if worse is None else "chosen", _all(values[columns["prompt"]], is_open)
        if made:
            said = f"{said} {t('turn_texts.prompts', name=columns['prompt'])}"
        return Layout(kind, columns, said, rendered=made)
    return None


def _says(cell: Any) -> bool:
    """Whether a cell says true or false: of 0 and 1 it cannot be told what they say."""
    return isinstance(cell, bool) or str(cell).strip().lower() in ("true", "false")


def _all(cells: list, fits: Any) -> bool:
    """Whether nine in ten filled cells fit; a few may be damaged, and are named later."""
    filled = [cell for cell in cells[:LOOKED_AT] if not _is_empty(cell)]
    return bool(filled) and sum(map(fits, filled)) >= 0.9 * len(filled)


def _is_empty(cell: Any) -> bool:
    if isinstance(cell, (list, tuple, dict)):
        return not cell
    written = isinstance(cell, str) and cell.strip() in ("", "[]", "null")
    return cell is None or written or (isinstance(cell, float) and cell != cell)


def _is_list_of_messages(cell: Any) -> bool:
    found = messages_in(cell)
    return found is not None and bool(found)


def _takes_turns(cell: Any) -> bool:
    found = loaded(cell)
    if not isinstance(found, (list, tuple)) or not found:
        return False
    if all(isinstance(one, (list, tuple)) and len(one) == 2 for one in found):
        return all(isinstance(text, str) for pair in found for text in pair)
    return len(found) > 1 and all(isinstance(one, str) for one in found)


def _is_marked(cell: Any) -> bool:
    return form_of(cell) is not None
