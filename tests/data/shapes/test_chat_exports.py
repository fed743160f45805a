"""Conversations as Gemini is given them and as ChatGPT exports them."""

import json

import pytest

import workbench as wb
from workbench.data.conversations.examples import load_conversations
from workbench.data.conversations.stored import from_line
from workbench.errors import DataError


def read(path, rows):
    """Conversations of a file as lists of (role, content), by their row; the check of it."""
    lines = "\n".join(map(json.dumps, rows))
    path.write_text(lines if path.suffix == ".jsonl" else json.dumps(rows))
    check = wb.check(path)
    assert check.recipe.task == "chat"
    recipe = check.recipe.replace(test_size=1, validation_size=1)
    found = {}
    for part in load_conversations(recipe).splits.values():
        for line, row in zip(part["conversation"], part["row"], strict=True):
            found[row] = from_line(line)[0]
    return found, check


def said(one):
    return [(message.role, message.content) for message in one.messages]


def gemini(user, model, **more):
    return {"contents": [{"role": "user", "parts": [{"text": user}]},
                         {"role": "model", "parts": [{"text": model}]}], **more}  # fmt: skip


def test_contents_of_gemini(tmp_path):
    tool = {"functionDeclarations": [{"name": "tide", "description": "Height of the tide."}]}
    calls = {"contents": [
        {"parts": [{"text": "Low?"}, {"text": "Now?"}]},
        {"role": "model", "parts": [{"text": "Ask.", "thought": True},
                                    {"functionCall": {"name": "tide", "args": {"day": 7}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "tide", "response": {"m": 2}}}]},
        {"role": "model", "parts": [{"text": "2 m."}, {"inlineData": {"data": "x"}}]},
    ], "tools": [tool, {"googleSearch": {}}]}  # fmt: skip
    rows = [gemini("Low 0?", "At 0.", systemInstruction={"parts": [{"text": "Be short."}]}),
            gemini("Low 1?", "At 1.", system_instruction="Be kind."), calls]  # fmt: skip
    rows += [gemini(f"{n}?", "Yes.") for n in range(3)]
    found, check = read(tmp_path / "tuning.jsonl", rows)
    assert said(found[0]) == [("system", "Be short."), ("user", "Low 0?"), ("assistant", "At 0.")]
    assert said(found[1])[0] == ("system", "Be kind.")
    assert said(found[2]) == [("user", "Low?\nNow?"), ("assistant", ""), ("tool", '{"m": 2}'),
                              ("assistant", "2 m.")]  # fmt: skip
    turn = found[2].messages[1]
    assert turn.reasoning == "Ask." and (turn.calls[0].name, turn.calls[0].arguments) == (
        "tide", {"day": 7})  # fmt: skip
    assert [one["function"]["name"] for one in found[2].tools] == ["tide"]
    assert found[2].messages[2].name == "tide"
    assert any("no functions of its own" in one.what and one.count == 1 for one in check.found)
    assert any("parts that are no text" in one.what and one.count == 1 for one in check.found)


def node(name, parent, role=None, *parts, kind="text", **more):
    raw = role and {"author": {"role": role}, "recipient": "all",
                    "content": {"content_type": kind, "parts": list(parts)}, **more}  # fmt: skip
    return {name: {"id": name, "parent": parent, "children": [], "message": raw}}


def export(*nodes, last, **more):
    tree = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    for one in nodes:
        tree |= one
    return {"title": "Tides", "mapping": tree, "current_node": last, "moderation_results": [],
            "create_time": 1.7e9, **more}  # fmt: skip


def test_the_tree_of_chatgpt(tmp_path):
    hidden = {"content": {"content_type": "user_editable_context", "user_profile": "A sailor.",
                          "user_instructions": "Be short."}}  # fmt: skip
    thoughts = {"content": {"content_type": "thoughts", "thoughts": [{"content": "Noon?"}]}}
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file"}
    voice = {"content_type": "audio_transcription", "text": "1?", "direction": "in"}
    rows = [
        export(
            node("s", "root", "system", ""), node("c", "s", "user", **hidden),
            node("u", "c", "user", "Low?"), node("old", "u", "assistant", "At one."),
            node("t", "u", "assistant", **thoughts), node("a", "t", "assistant", "At noon."),
            node("v", "a", "user", picture, "And high?", kind="multimodal_text"),
            node("b", "v", "assistant", "At six."), last="b", conversation_id="first",
        ),
        export(node("u", "root", "user", voice, kind="multimodal_text"),
               node("a", "u", "assistant", "1."), last="a"),
        export(node("u", "root", "user", "2?"), node("a", "u", "assistant", "2."), last="gone"),
        export(node("u", "root", "user", "3?"), node("old", "u", "assistant", "Four."),
               node("x", "u", "assistant", "print(3)", recipient="python"),
               node("y", "x", "tool", "3"), node("a", "y", "assistant", "3."), last="a"),
        *(export(node("u", "root", "user", f"{n}?"), node("a", "u", "assistant", f"{n}."), last="a")
          for n in range(4, 8)),
    ]  # fmt: skip
    found, check = read(tmp_path / "conversations.json", rows)
    first = found[0]
    assert said(first) == [("system", "A sailor.\nBe short."), ("user", "Low?"),
                           ("assistant", "At noon."), ("user", "And high?"),
                           ("assistant", "At six.")]  # fmt: skip
    assert first.messages[2].reasoning == "Noon?"
    assert [said(one) for row, one in sorted(found.items()) if row] == [
        [("user", f"{n}?"), ("assistant", f"{n}.")] for n in (1, 2, 4, 5, 6, 7)
    ]
    told = {one.what: one.count for one in check.found}
    branches = next(what for what in told if "gone on with in several ways" in what)
    tools = next(what for what in told if "calls tools" in what)
    assert told[branches] == told[tools] == 1 and tools.startswith("1 conversation of conv")
    assert any("parts that are no text" in what for what in told)


def test_of_an_export_that_is_left_out_whole_it_is_said_why(tmp_path):
    row = export(node("u", "root", "user", "3?"), node("y", "u", "tool", "3"), last="y")
    (tmp_path / "conversations.json").write_text(json.dumps([row, row]))
    with pytest.raises(DataError, match="has no rows. 2 conversations .* call tools") as said:
        wb.check(tmp_path / "conversations.json")
    assert "tool_calls" in said.value.remedy
