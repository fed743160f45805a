"""Conversations in every shape are read onto one type; what is odd is named with its row."""

import json

import pandas as pd
import pytest

from workbench.data import check
from workbench.data.conversations import reading, turn_texts
from workbench.data.conversations.layouts import layout_of
from workbench.data.loading import rehearsed
from workbench.data.reading import sources
from workbench.errors import DataError

ASKED, SAID = "Is the ferry late?", "By ten minutes."
TALK = [("user", ASKED), ("assistant", SAID)]


def said(conversation):
    return [(message.role, message.content) for message in conversation.messages]


def one(row, **options):
    """The only conversation of a row, and the kinds of problems."""
    found = reading.read([row], **options)
    return found.conversations[0] if found.conversations else None, {p.kind for p in found.problems}


SHAPES = {
    "openai": {"messages": [{"role": "user", "content": ASKED},
                            {"role": "assistant", "content": SAID}]},
    "sharegpt": {"conversations": [{"from": "human", "value": ASKED},
                                   {"from": "gpt", "value": SAID}]},
    "sharegpt-mixed": {"conversations": [{"role": "Human", "text": ASKED},
                                         {"role": "BOT", "text": SAID}]},
    "speakers": {"dialogue": [{"speaker": "customer", "utterance": ASKED},
                              {"speaker": "agent", "utterance": SAID}]},
    "lists-of-an-object": {"messages": {"role": ["user", "assistant"], "content": [ASKED, SAID],
                                        "name": [None, None]}},
    "json-text": {"messages": json.dumps([{"role": "user", "content": ASKED},
                                          {"role": "assistant", "content": SAID}])},
    "wrapped": {"chat": {"messages": [{"role": "user", "content": ASKED},
                                      {"role": "assistant", "content": SAID}]}},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": ASKED}]},
                           {"role": "assistant", "content": [{"type": "output_text",
                                                              "text": SAID}]}]},
    "pairs-of-objects": {"conversation": [{"human": ASKED, "assistant": SAID}]},
    "pairs-of-lists": {"dialog": [[ASKED, SAID]]},
    "texts-in-turn": {"dialog": [ASKED, SAID]},
    "prompt-completion": {"prompt": ASKED, "completion": SAID},
    "halves": {"prompt": [{"role": "user", "content": ASKED}],
               "completion": [{"role": "assistant", "content": SAID}]},
    "half": {"prompt": [{"role": "user", "content": ASKED}], "completion": [
        {"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]},
    "question-answer": {"question": ASKED, "answer": SAID},
    "statement-reply": {"Statement": ASKED, "Reply": SAID},
    "statement-replies": {"statement": ASKED, "Replies": SAID},
    "post-response": {"post": ASKED, "response": SAID},
    "alpaca-empty-input": {"instruction": ASKED, "input": "", "output": SAID},
    "alpaca-no-instruction": {"instruction": "", "input": ASKED, "output": SAID},
    "marked": {"text": f"Human: {ASKED}\nAssistant: {SAID}"},
    "marked-headings": {"text": f"### Human: {ASKED}\n### Assistant: {SAID}"},
    "marked-blank-lines": {"text": f"\n\nHuman: {ASKED}\n\nAssistant: {SAID}"},
    "marked-chinese": {"text": f"用户：{ASKED}\n助手：{SAID}"},
    "chatml": {"text": f"<|im_start|>user\n{ASKED}<|im_end|>\n<|im_start|>assistant\n"
                       f"{SAID}<|im_end|>\n"},
    "llama-2": {"text": f"<s>[INST] {ASKED} [/INST] {SAID} </s>"},
    "llama-3": {"text": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
                        f"{ASKED}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
                        f"{SAID}<|eot_id|>"},
    "gemma": {"text": f"<bos><start_of_turn>user\n{ASKED}<end_of_turn>\n<start_of_turn>model\n"
                      f"{SAID}<end_of_turn>\n"},
    "deepseek": {"text": f"<｜begin▁of▁sentence｜><｜User｜>{ASKED}<｜Assistant｜>{SAID}"
                         "<｜end▁of▁sentence｜>"},
    "command": {"text": f"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{ASKED}<|END_OF_TURN_TOKEN|>"
                        f"<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{SAID}<|END_OF_TURN_TOKEN|>"},
    "guanaco": {"text": f"### Human: {ASKED}### Assistant: {SAID}"},
    "alpaca": {"text": f"### Instruction:\n{ASKED}\n\n### Response:\n{SAID}</s>"},
    "headings": {"text": f"## Question\n{ASKED}\n\n## Answer\n{SAID}"},
    "letters": {"text": f"Q: {ASKED}\nA: {SAID}"},
    "inline": {"text": f"USER: {ASKED} ASSISTANT: {SAID}</s>"},
    "inline-names": {"text": f"User: {ASKED} Assistant: {SAID}"},
    "rendered-prompt": {"prompt": f"<s>[INST] {ASKED} [/INST]", "completion": f" {SAID} </s>"},
    "begun-prompt": {"prompt": f"<|im_start|>user\n{ASKED}<|im_end|>\n<|im_start|>assistant\n",
                     "completion": f"{SAID}<|im_end|>"},
    "signs": {"text": f"<|user|>\n{ASKED}</s>\n<|assistant|>\n{SAID}</s>"},
    "harmony": {"text": f"<|start|>user<|message|>{ASKED}<|end|><|start|>assistant<|channel|>final"
                        f"<|message|>{SAID}<|return|>"},
    "harmony-prompt": {"prompt": f"<|start|>user<|message|>{ASKED}<|end|><|start|>assistant",
                       "completion": f"<|channel|>final<|message|>{SAID}<|return|>"},
    "chatglm": {"text": f"[Round 0]\n问：{ASKED}\n答：{SAID}"},
    "chatglm-2": {"text": f"[gMASK]sop[Round 1]\n\n问：{ASKED}\n\n答：{SAID}"},
    "chatglm-3": {"text": f"[gMASK]sop<|user|> \n {ASKED}<|assistant|> \n {SAID}"},
}  # fmt: skip


@pytest.mark.parametrize("row", SHAPES.values(), ids=SHAPES)
def test_each_shape_gives_the_same_conversation(row):
    conversation, kinds = one(row)
    assert said(conversation) == TALK and kinds == set()
    assert conversation.replies == [1]


TURNS = [("system", "Be brief."), ("user", "a"), ("assistant", "b\n\nc"), ("user", "d"),
         ("assistant", "e")]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\na [/INST] b\n\nc </s>"
                     "<s>[INST] d [/INST] e </s>", id="llama-2"),
        pytest.param("<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]a[/INST]b\n\nc</s>"
                     "[INST]d[/INST]e</s>", id="mistral"),
        pytest.param("<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief."
                     "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\na<|eot_id|>"
                     "<|start_header_id|>assistant<|end_header_id|>\n\nb\n\nc<|eot_id|>"
                     "<|start_header_id|>user<|end_header_id|>\n\nd<|eot_id|>"
                     "<|start_header_id|>assistant<|end_header_id|>\n\ne<|eot_id|>", id="llama-3"),
        pytest.param("<|system|>\nBe brief.</s>\n<|user|>\na</s>\n<|assistant|>\nb\n\nc</s>\n"
                     "<|user|>\nd</s>\n<|assistant|>\ne</s>\n", id="zephyr"),
        pytest.param("Be brief. USER: a ASSISTANT: b\n\nc</s>USER: d ASSISTANT: e</s>",
                     id="vicuna"),
        pytest.param("Be brief.\n\n### Instruction:\na\n\n### Response:\nb\n\nc\n\n"
                     "### Instruction:\nd\n\n### Response:\ne", id="alpaca"),
        pytest.param("<｜begin▁of▁sentence｜>Be brief.<｜User｜>a<｜Assistant｜>b\n\nc"
                     "<｜end▁of▁sentence｜><｜User｜>d<｜Assistant｜>e<｜end▁of▁sentence｜>",
                     id="deepseek"),
        pytest.param("<|start|>system<|message|>Be brief.<|end|><|start|>user<|message|>a<|end|>"
                     "<|start|>assistant<|channel|>final<|message|>b\n\nc<|end|><|start|>user"
                     "<|message|>d<|end|><|start|>assistant<|channel|>final<|message|>e<|return|>",
                     id="harmony"),
        pytest.param("<|system|>\nBe brief.<|user|>\n a<|assistant|>\n b\n\nc<|user|>\n d"
                     "<|assistant|>\n e", id="chatglm-3"),
        pytest.param("Be brief.\n[Round 1]\n\n问：a\n\n答：b\n\nc\n\n[Round 2]\n\n问：d\n\n答：e",
                     id="chatglm-2"),
        pytest.param("System: Be brief.\nUser: a\nAssistant: b\n\nc\nUser: d\nAssistant: e\n",
                     id="names"),
    ],
)  # fmt: skip
def test_turns_of_rendered_texts_come_back_whole(text):
    conversation, kinds = one({"text": text})
    assert said(conversation) == TURNS and kinds == set()


def test_rendered_texts_keep_inputs_thoughts_calls_and_results():
    text = "### Instruction:\nAdd.\n\n### Input:\n2 and 3\n\n### Response:\n5"
    assert said(one({"text": text})[0]) == [("user", "Add.\n\n2 and 3"), ("assistant", "5")]
    text = "### Context:\nIt rains.\n### Question:\nWet?\n### Answer:\nYes."
    assert said(one({"text": text})[0])[0] == ("user", "It rains.\n\nWet?")
    text = (
        "<|im_start|>user\nTide?<|im_end|>\n<|im_start|>assistant\n<think>\nAsk.\n</think>\n\n"
        '<tool_call>\n{"name": "tide", "arguments": {"port": "Emden"}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\nlow\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\nLow.<|im_end|>\n"
    )
    conversation, kinds = one({"text": text})
    user, call, result, reply = conversation.messages
    assert (call.reasoning, call.content) == ("Ask.", "")
    assert call.calls[0].arguments == {"port": "Emden"}
    assert (result.role, result.content) == ("tool", "low") and reply.content == "Low."
    assert kinds == set()


def test_channels_of_a_rendered_text_are_reasoning_calls_and_what_is_said():
    text = (
        "<|start|>system<|message|>You are a model.\nReasoning: low<|end|>"
        "<|start|>developer<|message|># Instructions\n\nBe brief.<|end|>"
        "<|start|>user<|message|>Tide?<|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>Ask.<|end|>"
        "<|start|>assistant<|channel|>commentary<|message|>I look it up.<|end|>"
        "<|start|>assistant<|channel|>commentary to=functions.tide <|constrain|>json<|message|>"
        '{"port": "Emden"}<|call|>'
        '<|start|>functions.tide to=assistant<|channel|>commentary<|message|>"low"<|end|>'
        "<|start|>assistant<|channel|>analysis<|message|>Say it.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Low.<|return|>"
    )
    conversation, kinds = one({"text": text})
    system, user, call, result, reply = conversation.messages
    assert system.content == "You are a model.\nReasoning: low\n\n# Instructions\n\nBe brief."
    assert (call.reasoning, call.content) == ("Ask.", "I look it up.")
    assert (call.calls[0].name, call.calls[0].arguments) == ("tide", {"port": "Emden"})
    assert (result.role, result.content) == ("tool", '"low"') and user.content == "Tide?"
    assert (reply.reasoning, reply.content) == ("Say it.", "Low.") and kinds == set()
    prompt, begun, completion = text.rpartition("<|start|>assistant<|channel|>analysis")
    row = {"prompt": f"{prompt}<|start|>assistant",
           "completion": begun.removeprefix("<|start|>assistant") + completion}  # fmt: skip
    conversation, kinds = one(row)
    call, _, reply = conversation.messages[2:]
    assert (call.reasoning, reply.reasoning) == ("Ask.", "Say it.")
    assert reply.content == "Low." and kinds == set()
    assert conversation.replies == [4]


HI, REPLY = "<|start|>user<|message|>Hi<|end|>", "<|start|>assistant"
FINAL = "<|channel|>final<|message|>B<|return|>"
ANALYSIS = "<|channel|>analysis<|message|>"


@pytest.mark.parametrize(
    ("begun", "completion", "content", "thought", "kinds"),
    [
        (REPLY + ANALYSIS, f"t<|end|>{REPLY}{FINAL}", "B", "t", set()),
        (f"{REPLY}<|channel|>commentary<|message|>", f"A<|end|>{REPLY}{FINAL}", "A\n\nB", None,
         set()),
        ("", f"{REPLY}{ANALYSIS}t<|end|>{REPLY}{FINAL}", "B", "t", set()),
        ("", FINAL, "B", None, set()),
        (f"{REPLY}<|channel|>", "final<|message|>C", "C", None, set()),
        (f"{REPLY}<|channel|>final", "<|message|>C", "C", None, set()),
        (f"{REPLY}<|channel|>final<|message|>It is", " so<|return|>", "It is so", None, set()),
        ("<|start|>", f"assistant{FINAL}", "B", None, set()),
        (REPLY, "B<|return|>", "B", None, set()),
        (REPLY, "A <|message|> is a sign", "A <|message|> is a sign", None, {"signs_left"}),
        (REPLY, f"{ANALYSIS}t<|end|>{REPLY}<|channel|>final B", "",
         f"t<|end|>{REPLY}<|channel|>final B", {"signs_left"}),
    ],
)  # fmt: skip
def test_channels_are_read_wherever_the_prompt_ends(begun, completion, content, thought, kinds):
    conversation, found = one({"prompt": HI + begun, "completion": completion})
    user, reply = conversation.messages
    assert (user.role, user.content) == ("user", "Hi") and conversation.replies == [1]
    assert (reply.content, reply.reasoning) == (content, thought) and found == kinds


@pytest.mark.parametrize(
    ("begun", "completion", "content", "thought"),
    [
        ("<think>\n", "b</think>\nc<|im_end|>", "c", "b"),
        ("<think>\n\n</think>\n\n", "c<|im_end|>", "c", None),
        ("It is", " so<|im_end|>", "It is so", None),
        ("b<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n", "c", "c", None),
    ],
)
def test_a_reply_that_any_prompt_begins_is_one_turn(begun, completion, content, thought):
    prompt = f"<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n{begun}"
    conversation, kinds = one({"prompt": prompt, "completion": completion})
    *before, user, reply = conversation.messages
    assert user.role == "user" and kinds == set() and conversation.replies == [len(before) + 1]
    assert (reply.content, reply.reasoning) == (content, thought)


@pytest.mark.parametrize("reply", ["<|channel|>final B", "<|channel|>final\n<|message|>B"])
def test_channels_that_cannot_be_read_are_said(reply):
    assert one({"prompt": HI + REPLY, "completion": reply}) == (None, {"unreadable"})


def test_a_call_that_the_prompt_begins_is_a_call_of_the_reply():
    begun = f"{REPLY}<|channel|>commentary to=functions.tide <|constrain|>json<|message|>"
    conversation, kinds = one({"prompt": HI + begun, "completion": '{"port": "Emden"}<|call|>'})
    (call,) = conversation.messages[1].calls
    assert (call.name, call.arguments) == ("tide", {"port": "Emden"}) and kinds == set()


@pytest.mark.parametrize(
    ("completion", "decided", "thought"),
    [
        (FINAL, "", "long"),
        (f"{ANALYSIS}long<|end|>{REPLY}{FINAL}", "", "long"),
        (f"{ANALYSIS}t<|end|>{REPLY}{FINAL}", "key", "long"),
        (f"{ANALYSIS}t<|end|>{REPLY}{FINAL}", "inline", "t"),
    ],
)
def test_a_column_of_reasoning_stands_beside_channels(completion, decided, thought):
    row = {"prompt": HI + REPLY, "completion": completion, "reasoning": "long"}
    conversation, kinds = one(row, reasoning=decided)
    reply = conversation.messages[1]
    assert (reply.content, reply.reasoning, kinds) == ("B", thought, set())


def test_two_reasonings_of_a_column_and_a_channel_are_said():
    row = {"prompt": HI + REPLY, "completion": f"{ANALYSIS}t<|end|>{REPLY}{FINAL}"}
    assert one({**row, "reasoning": "long"}) == (None, {"two_reasonings"})


def test_whoever_writes_to_the_assistant_is_a_tool():
    text = f"{HI}{REPLY}<|channel|>commentary to=container.exec<|message|>{{}}<|call|>"
    text += "<|start|>container.exec to=assistant<|channel|>commentary<|message|>1<|end|>"
    conversation, kinds = one({"text": f"{text}{REPLY}{FINAL}"})
    assert said(conversation)[2:] == [("tool", "1"), ("assistant", "B")] and kinds == set()
    found = reading.read([{"text": f"{HI}<|start|>critic<|message|>No.<|end|>{REPLY}{FINAL}"}])
    assert [(p.kind, p.detail) for p in found.problems] == [("role_unknown", "critic")]


@pytest.mark.parametrize("sign", ["<|startoftext|>", "<|begin_of_sentence|>", "<|bos|>"])
def test_the_sign_of_a_new_text_is_no_system_prompt(sign):
    text = f"{sign}<|im_start|>user\n{ASKED}<|im_end|>\n<|im_start|>assistant\n{SAID}<|im_end|>"
    conversation, kinds = one({"text": text})
    assert said(conversation) == TALK and kinds == set()


def test_signs_that_are_left_within_a_turn_are_named():
    text = "<|im_start|>user\na<|im_end|>\nlost\n<|im_start|>assistant\nb<|im_end|>"
    conversation, kinds = one({"text": text})
    assert said(conversation) == [("user", "a<|im_end|>\nlost"), ("assistant", "b")]
    assert kinds == {"signs_left"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("On the wall: User: and Assistant: and Assistant: again.", id="prose"),
        pytest.param("Question: Capital?\nA: Paris\nB: Rome", id="choices"),
        pytest.param("## Input\nA number.\n## Output\nIts square.", id="statement"),
        pytest.param("Model: T480\nUser: Ann", id="sheet"),
        pytest.param("<|im_start|>user\nalone<|im_end|>", id="no-reply"),
    ],
)
def test_other_texts_are_no_conversations(text):
    with pytest.raises(DataError, match="hold conversations"):
        one({"text": text})


def test_what_was_rejected_is_never_learnt():
    marked = "\n\nHuman: a\n\nAssistant: "
    layout = reading.read([{"rejected": marked + "no", "chosen": marked + "yes"}])
    assert said(layout.conversations[0]) == [("user", "a"), ("assistant", "yes")]
    turns = [{"role": "user", "content": "a"}]
    rows = [{name: [*turns, {"role": "assistant", "content": name}]
             for name in ("rejected", "chosen")}]  # fmt: skip
    assert said(reading.read(rows).conversations[0])[1] == ("assistant", "chosen")


@pytest.mark.parametrize(
    ("lines", "talks"),
    [
        pytest.param("User: a\nAssistant: b\nc\n\nUser: d\nAssistant: e\nUser: f\nAssistant: g\n",
                     ["a|b\nc", "d|e|f|g"], id="blank-line"),
        pytest.param("\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d\n\n\n\n"
                     "Human: e\n\nAssistant: f\n", ["a|b|c|d", "e|f"], id="two-blank-lines"),
        pytest.param("User: a\nAssistant: b\n---\nUser: c\nAssistant: d\n", ["a|b", "c|d"],
                     id="rule"),
        pytest.param("<bos><start_of_turn>user\na<end_of_turn>\n<start_of_turn>model\nb\n\nc"
                     "<end_of_turn>\n<bos><start_of_turn>user\nd<end_of_turn>\n"
                     "<start_of_turn>model\ne<end_of_turn>\n", ["a|b\n\nc", "d|e"], id="new-text"),
        pytest.param("<s>[INST] <<SYS>>\nS\n<</SYS>>\n\na [/INST] b </s>\n"
                     "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nc [/INST] d </s>\n",
                     ["S|a|b", "S|c|d"], id="system"),
        pytest.param("Q: a\n\nA: b\n\nQ: c\n\nA: d\nmore\n\nQ: e\n\nA: f\n",
                     ["a|b", "c|d\nmore", "e|f"], id="list-of-questions"),
        pytest.param("问题：a\n\n回答：b\n\n问题：c\n\n回答：d\n", ["a|b", "c|d"],
                     id="chinese-list"),
        pytest.param("Q: a\n\nA: b\n\nQ: c\n\nA: d\n\n\nQ: e\n\nA: f\n", ["a|b|c|d", "e|f"],
                     id="interviews"),
        pytest.param("Q: a\n\nA: b\n\nQ: c\n\nA: d\n\n---\n\nQ: e\n\nA: f\n",
                     ["a|b|c|d", "e|f"], id="interviews-rule"),
        pytest.param("Q: a\n\nA: b\n\nQ: c\n\nA: d\n\n<|endoftext|>\n\nQ: e\n\nA: f\n",
                     ["a|b|c|d", "e|f"], id="interviews-sign"),
        pytest.param("Q: a\n\nA: b\n\nQ: c\n\nA: d\n\n---\n", ["a|b", "c|d"],
                     id="list-below-it-a-rule"),
        pytest.param("User: a\n\nAssistant: b\n\nUser: c\n\nAssistant: d\n", ["a|b|c|d"],
                     id="one-talk"),
        pytest.param("<s>[INST] a [/INST] b </s>\n<s>[INST] c [/INST] d </s>\n", ["a|b", "c|d"],
                     id="a-line-each"),
    ],
)  # fmt: skip
def test_conversations_in_plain_texts_are_found(tmp_path, lines, talks):
    file = tmp_path / "talks.txt"
    file.write_text(lines)
    made = check(file, model="none")
    assert made.recipe.task == "chat" and made.recipe.columns == {"messages": "text"}
    splits, _ = sources.opened(file)
    found = reading.read(list(splits["train"])).conversations
    assert ["|".join(m.content for m in one.messages) for one in found] == talks


ROUNDS = "[Round 1]\n问：a\n答：b\n\n[Round 2]\n问：c\n答：d\n\n"
NAMED = "Human: a\nAssistant: b\nHuman: c\nAssistant: d\n\n"
ALL_HAVE = "3 of 3 conversations have a system prompt above their first turn"


@pytest.mark.parametrize(
    ("about", "learnt", "kinds"),
    [
        pytest.param({"train": False}, [3], {"masked"}, id="switch"),
        pytest.param({"training": "False"}, [3], {"masked"}, id="axolotl-text"),
        pytest.param({"weight": 0}, [3], {"masked"}, id="openai"),
        pytest.param({"weight": "0.0"}, [3], {"masked"}, id="weight-text"),
        pytest.param({"weight": 1}, [1, 3], set(), id="weight-of-all"),
        pytest.param({"weight": 0.5}, [1, 3], {"weighted"}, id="share"),
        pytest.param({"weight": -1}, [1, 3], {"mask_unread"}, id="below"),
        pytest.param({"train": "perhaps"}, [1, 3], {"mask_unread"}, id="unread"),
        pytest.param({"train": None}, [1, 3], set(), id="nothing"),
        pytest.param({"train": float("nan")}, [1, 3], set(), id="nan"),
        pytest.param({"weight": 0.5, "loss": False}, [3], {"masked"}, id="share-and-switch"),
        pytest.param({"train": "perhaps", "weight": 1}, [1, 3], set(), id="unread-and-weight"),
        pytest.param({"weight": 0.5, "loss": "so-so"}, [1, 3], {"weighted"}, id="none-says-it"),
        pytest.param({"loss_mask": [0, 1]}, [1, 3], {"mask_left"}, id="another-key"),
        pytest.param({"doTrain": False}, [1, 3], {"mask_left"}, id="another-word"),
        pytest.param({"mood": "glad"}, [1, 3], {"keys_left"}, id="no-mask"),
    ],
)  # fmt: skip
def test_what_the_data_says_of_learning_is_followed_or_said(about, learnt, kinds):
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", **about},
            {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]  # fmt: skip
    conversation, found = one({"messages": talk})
    assert (conversation.replies, found) == (learnt, kinds)


def test_a_mask_of_other_turns_or_in_a_column_is_said():
    talk = [{"role": "user", "content": "a", "train": True}, {"role": "assistant", "content": "b"}]
    conversation, found = one({"messages": talk, "loss_mask": [0, 1]})
    assert conversation.replies == [1] and found == {"mask_elsewhere", "mask_column"}
    ragged = reading.read([{"messages": talk}, {"messages": talk, "loss_mask": [0, 1]}])
    named = [one.place for one in ragged.problems if one.kind == "mask_column"]
    assert named == ["train row 1"]


@pytest.mark.parametrize("nothing", [[], "[]", None], ids=["list", "text", "none"])
def test_rows_without_messages_do_not_hide_the_others(nothing):
    good = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]
    found = reading.read([{"messages": good}, {"messages": nothing}, {"messages": good}])
    assert len(found.conversations) == 2 and found.left == ["train row 1"]


@pytest.mark.parametrize(
    "lines, firsts, severity, what",
    [
        pytest.param(("Be kind.\n\n" + ROUNDS) * 3, ["Be kind."] * 3, "info", ALL_HAVE,
                     id="rounds"),
        pytest.param("Be kind.\nBe short.\n" + ROUNDS * 3, ["Be kind.\nBe short.", "a", "a"],
                     "warning", "1 of 3 conversations has", id="once"),
        pytest.param("".join(f"Be {n}.\n\n{ROUNDS}---\n" for n in "xyz"),
                     ["Be x.", "Be y.", "Be z."], "info", ALL_HAVE, id="others-below-a-rule"),
        pytest.param("".join(f"Be {n}.\n\n{ROUNDS}" for n in "xyz"), ["Be x.", "a", "a"],
                     "warning", "1 of 3 conversations has", id="others-without-a-rule"),
        pytest.param("Be kind.\n<|user|>\na\n<|assistant|>\nb\n\n" * 3, ["Be kind."] * 3, "info",
                     ALL_HAVE, id="signs"),
        pytest.param(("Be kind.\n\n" + NAMED) * 3, ["Be kind."] * 3, "info", ALL_HAVE, id="names"),
    ],
)  # fmt: skip
def test_a_text_above_the_first_turn_is_a_system_prompt(tmp_path, lines, firsts, severity, what):
    file = tmp_path / "talks.txt"
    file.write_text(lines)
    made = check(file, task="chat", model="none")
    splits, _ = sources.opened(file, reading=made.recipe.reading)
    found = reading.read(list(splits["train"])).conversations
    assert [one.messages[0].content for one in found] == firsts
    assert {one.messages[0].role for one in found} <= {"system", "user"}
    said = made.findings.set_index("check").loc["system prompts"]
    assert said["severity"] == severity and said["what"].startswith(what)
    assert ("write a line of ---" in said["remedy"]) == (severity == "warning")


SIGNS = "<|user|>\nhi\n<|assistant|>\n{}\n\n"
RULED = SIGNS.format("one\n---\ntwo")


@pytest.mark.parametrize(
    "lines, texts",
    [
        pytest.param("Be kind.\n---\nUser: hi\nAssistant: hello\n\n" * 2,
                     ["Be kind.\n---|hi|hello"] * 2, id="above-a-rule"),
        pytest.param("---\nUser: hi\nAssistant: hello\nsecond line\n\n" * 2,
                     ["hi|hello\nsecond line"] * 2, id="rule-on-top"),
        pytest.param("Be kind.\n\n" + RULED + SIGNS.format("ok") * 2,
                     ["Be kind.|hi|one\n---\ntwo", "hi|ok", "hi|ok"],
                     id="rule-in-a-reply"),
        pytest.param("Be kind.\n\n" + RULED + RULED, ["Be kind.|hi|one\n---\ntwo",
                     "hi|one\n---\ntwo"], id="rule-in-both-replies"),
        pytest.param("Be kind.\n---\n" + RULED + SIGNS.format("ok"),
                     ["Be kind.\n---|hi|one\n---\ntwo", "hi|ok"], id="rule-below-the-prompt"),
        pytest.param("---\nBe kind.\n" + SIGNS.format("ok") + "---\nBe short.\n\n" + RULED,
                     ["Be kind.|hi|ok", "Be short.|hi|one\n---\ntwo"], id="each-below-a-rule"),
        pytest.param("Be kind.\n" + SIGNS.format("ok") + "---\n" +
                     SIGNS.format("r").replace("hi", "q\n---") + SIGNS.format("y"),
                     ["Be kind.|hi|ok", "q\n---|r", "hi|y"], id="rule-above-an-answer"),
    ],
)  # fmt: skip
def test_a_rule_takes_no_line_of_a_reply(tmp_path, lines, texts):
    file = tmp_path / "talks.txt"
    file.write_text(lines)
    made = check(file, task="chat", model="none")
    splits, _ = sources.opened(file, reading=made.recipe.reading)
    found = reading.read(list(splits["train"])).conversations
    assert ["|".join(m.content for m in one.messages) for one in found] == texts


def test_a_table_of_conversations_is_cut_at_its_own_marks(tmp_path):
    file = tmp_path / "judged.txt"
    file.write_text("".join(f"USER: {n} ASSISTANT: b ||| good ||| {n}\n" for n in range(4)))
    splits, _ = sources.opened(file)
    assert list(splits["train"][0].values()) == ["USER: 0 ASSISTANT: b ", " good ", 0]


def test_what_is_quoted_within_a_round_stays_there():
    text = "[Round 1]\n问：a\n答：See\n[Round 2]\nbelow.\n[Round 2]\n问：c\n答：d\n问：e"
    conversation, kinds = one({"text": text})
    assert said(conversation) == [("user", "a"), ("assistant", "See\n[Round 2]\nbelow."),
                                  ("user", "c"), ("assistant", "d\n问：e")]  # fmt: skip
    assert kinds == set()


def test_a_list_of_questions_is_said_with_the_way_back(tmp_path):
    file = tmp_path / "faq.txt"
    file.write_bytes(b"\xef\xbb\xbf" + b"Q: a\r\n\r\nA: b\r\n\r\n" * 3)
    told = check(file, model="none").findings.set_index("check").loc["conversations"]
    assert told["what"].startswith("The lines of faq.txt are 3 questions with their answers")
    assert "as many blank lines stand above questions as above answers" in told["what"]
    assert "{'shape': 'one conversation'}" in told["remedy"]
    splits, _ = sources.opened(file, reading={"shape": "one conversation"})
    (one,) = reading.read(list(splits["train"])).conversations
    assert [m.content for m in one.messages] == ["a", "b"] * 3


def test_prose_that_speaks_of_turns_stays_as_it_is(tmp_path):
    file = tmp_path / "story.txt"
    file.write_text("A story.\nUser: he said.\nAssistant: she said.\n" * 5)
    assert check(file, model="none").recipe.task == "language-modelling"


def test_rendered_texts_that_are_learnt_whole_are_named_with_a_way_out():
    texts = [*(f"<s>[INST] {n}? [/INST] {n}. </s>" for n in "abcdefghi"), "So."]
    frame = pd.DataFrame({"text": texts})
    made = check(frame, task="language-modelling", model="none")
    row = made.findings.set_index("check").loc["rendered conversations"]
    assert row["what"].startswith("9 of 10 texts looked at are conversations, marked by [INST]")
    mended = made.fix("rendered conversations")
    assert mended.recipe.task == "chat" and mended.recipe.columns == {"messages": "text"}
    assert mended.findings.set_index("check").loc["unreadable", "count"] == 1


def test_an_instruction_keeps_its_input_system_and_history():
    row = {"instruction": "Translate.", "input": "der Hund", "output": "the dog",
           "system": "Be short.", "history": [["Hello", "Hi"]]}  # fmt: skip
    conversation, _ = one(row)
    assert said(conversation) == [
        ("system", "Be short."), ("user", "Hello"), ("assistant", "Hi"),
        ("user", "Translate.\n\nder Hund"), ("assistant", "the dog"),
    ]  # fmt: skip


def test_of_a_prompt_no_reply_is_learnt():
    prompt = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
              {"role": "user", "content": "c"}]  # fmt: skip
    conversation, _ = one({"prompt": prompt, "completion": [{"role": "assistant", "content": "d"}]})
    assert conversation.replies == [3]


@pytest.mark.parametrize("key", ["train", "weight", "training"])
def test_a_turn_that_the_data_leaves_out_is_not_learnt(key):
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", key: 0},
             {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]  # fmt: skip
    assert one({"messages": turns})[0].replies == [3]


def reply(content="Twelve.", **more):
    return {"messages": [{"role": "user", "content": "How many?"},
                         {"role": "assistant", "content": content, **more}]}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reasoning", "answer", "kinds"),
    [
        pytest.param(reply(reasoning_content="3 x 4"), "3 x 4", "Twelve.", set(), id="key"),
        pytest.param(reply(reasoning="3 x 4"), "3 x 4", "Twelve.", set(), id="short-key"),
        pytest.param(reply(thinking="3 x 4"), "3 x 4", "Twelve.", {"unusual_key"}, id="odd-key"),
        pytest.param(reply("<think>3 x 4</think>\n\nTwelve."), "3 x 4", "Twelve.", set(), id="in"),
        pytest.param(reply("\n<Thinking>\n3 x 4\n</thinking>Twelve."), "3 x 4", "Twelve.", set(),
                     id="other-tag"),
        pytest.param(reply("3 x 4\n</think>\nTwelve."), "3 x 4", "Twelve.",
                     {"tag_opening_missing"}, id="no-opening"),
        pytest.param(reply("<think>3 x 4 is"), "3 x 4 is", "", {"tag_closing_missing"},
                     id="no-closing"),
        pytest.param(reply("<think>\n\n</think>\n\nTwelve."), None, "Twelve.", set(), id="empty"),
        pytest.param(reply("</think>Twelve."), None, "Twelve.", set(), id="only-a-closing"),
        pytest.param(reply("<think></think>Twelve.", reasoning_content="3 x 4"), "3 x 4",
                     "Twelve.", set(), id="empty-beside-a-key"),
        pytest.param(reply("<think>3  x 4</think>Twelve.", reasoning_content="3 x 4"), "3 x 4",
                     "Twelve.", set(), id="twice-the-same"),
        pytest.param(reply("Twelve.", reasoning_content=""), None, "Twelve.", set(), id="blank"),
        pytest.param(reply("Close it with `</think>` first."), None,
                     "Close it with `</think>` first.", set(), id="spoken-of"),
        pytest.param(reply("Write <think>x</think> so."), None, "Write <think>x</think> so.",
                     set(), id="in-the-middle"),
        pytest.param(reply(reasoning_content=[{"type": "text", "text": "3 x 4"}]), "3 x 4",
                     "Twelve.", set(), id="key-with-parts"),
        pytest.param(reply(reasoning={"text": "3 x 4"}), "3 x 4", "Twelve.", set(),
                     id="key-with-an-object"),
        pytest.param(reply(reasoning=[7]), None, "Twelve.", {"reasoning_left"}, id="key-unread"),
        pytest.param(reply(reasoningContent="3 x 4"), "3 x 4", "Twelve.", set(), id="camel-case"),
        pytest.param(reply(Thoughts="3 x 4"), "3 x 4", "Twelve.", {"unusual_key"}, id="capital"),
        pytest.param(reply(reasoning_details=[{"type": "reasoning.text", "text": "3 x 4"}]),
                     "3 x 4", "Twelve.", {"unusual_key"}, id="details"),
        pytest.param(reply(model_thoughts="It is 12."), None, "Twelve.", {"reasoning_left"},
                     id="a-key-like-it"),
        pytest.param(reply(reasoning_effort="high"), None, "Twelve.", {"keys_left"},
                     id="a-key-about-it"),
        pytest.param(reply(reasoning_content="3 x 4", reasoningContent=None), "3 x 4", "Twelve.",
                     set(), id="twice-and-one-is-empty"),
        pytest.param(reply(reasoning="Add.End.", reasoning_details=[
            {"type": "reasoning.text", "text": one} for one in ("Add.", "End.")]), "Add.End.",
                     "Twelve.", set(), id="once-in-pieces"),
        pytest.param(reply(reasoning="on"), None, "Twelve.", {"keys_left"}, id="a-switch"),
        pytest.param(reply('So. <think lang="en">3 x 4</think> Twelve.'), None,
                     'So. <think lang="en">3 x 4</think> Twelve.', set(), id="opened-within"),
        pytest.param(reply([{"type": "reasoning", "id": "r", "summary": []},
                            {"type": "output_text", "text": "Twelve."}]), None, "Twelve.", set(),
                     id="part-of-nothing"),
        pytest.param(reply("<think >3 x 4</think>Twelve."), "3 x 4", "Twelve.", set(),
                     id="a-blank-in-the-tag"),
        pytest.param(reply('<think lang="en">3 x 4</think>Twelve.'), "3 x 4", "Twelve.", set(),
                     id="more-in-the-tag"),
        pytest.param(reply("<think>3 x 4</thinking>Twelve."), "3 x 4", "Twelve.", set(),
                     id="closed-by-another-name"),
        pytest.param(reply("<scratchpad>3 x 4</scratchpad>\nTwelve."), "3 x 4", "Twelve.", set(),
                     id="scratchpad"),
        pytest.param(reply("<|begin_of_thought|>\n3 x 4\n<|end_of_thought|>\n\n"
                           "<|begin_of_solution|>Twelve.<|end_of_solution|>"), "3 x 4", "Twelve.",
                     set(), id="a-solution-in-signs"),
        pytest.param(reply("<|START_THINKING|>3 x 4<|END_THINKING|>Twelve."), "3 x 4", "Twelve.",
                     set(), id="signs-of-a-turn"),
        pytest.param(reply("<|channel|>analysis<|message|>3 x 4<|end|><|start|>assistant"
                           "<|channel|>final<|message|>Twelve."), "3 x 4", "Twelve.", set(),
                     id="channels-in-the-text"),
        pytest.param(reply([{"type": "reasoning", "summary": [{"type": "summary_text",
                                                               "text": "3 x 4"}]},
                            {"type": "output_text", "text": "Twelve."}]), "3 x 4", "Twelve.",
                     set(), id="part-with-a-summary"),
        pytest.param(reply([{"type": "reasoning", "encrypted_content": "gAAA"},
                            {"type": "output_text", "text": "Twelve."}]), None, "Twelve.",
                     {"parts_left"}, id="part-that-nobody-reads"),
        pytest.param({"messages": [reply()["messages"][0], {"role": "reasoning",
                                   "content": "3 x 4"}, reply()["messages"][1]]},
                     "3 x 4", "Twelve.", set(), id="a-role-of-its-own"),
        pytest.param(reply(reasoning=False), None, "Twelve.", set(), id="switched-off"),
        pytest.param(reply("[THINK]3 x 4[/THINK]Twelve."), "3 x 4", "Twelve.", set(),
                     id="brackets"),
        pytest.param(reply("◁think▷3 x 4◁/think▷Twelve."), "3 x 4", "Twelve.", set(), id="signs"),
        pytest.param(reply("[THINK]3 x 4[/THINK]Say [THINK] first."), "3 x 4",
                     "Say [THINK] first.", set(), id="signs-spoken-of"),
        pytest.param(reply("<think>3 <think>x</think> 4</think>Twelve."), "3 x 4", "Twelve.",
                     set(), id="nested"),
        pytest.param(reply("<think>3 x 4</think></think>Twelve."), "3 x 4", "Twelve.",
                     {"tags_left"}, id="closed-twice"),
        pytest.param(reply("<think>3 x 4</think>So <think>12</think>Twelve."), "3 x 4",
                     "So <think>12</think>Twelve.", {"tags_left"}, id="a-second-block"),
        pytest.param(reply([{"type": "thinking", "thinking": "3 x 4"},
                            {"type": "text", "text": "Twelve."}]), "3 x 4", "Twelve.", set(),
                     id="part"),
    ],
)  # fmt: skip
def test_reasoning_is_found_wherever_it_stands(row, reasoning, answer, kinds):
    conversation, found = one(row)
    message = conversation.messages[-1]
    assert (message.reasoning, message.content, found) == (reasoning, answer, kinds)


@pytest.mark.parametrize("column", ["reasoning", "Reasoning_Content", "thinking", "rationale"])
@pytest.mark.parametrize(
    ("asked", "said"), [("prompt", "response"), ("instruction", "output"), ("question", "answer")]
)
def test_a_column_of_reasoning_belongs_to_the_reply(column, asked, said):
    conversation, kinds = one({asked: ASKED, column: "It was late before.", said: SAID})
    message = conversation.messages[-1]
    assert (message.reasoning, message.content) == ("It was late before.", SAID)
    assert kinds == (set() if "easoning" in column else {"unusual_key"})


def test_a_row_without_reasoning_in_its_column_has_none():
    rows = [{"prompt": ASKED, "reasoning": text, "response": SAID} for text in ("hm", "", None)]
    found = reading.read(rows).conversations
    assert [conversation.messages[-1].reasoning for conversation in found] == ["hm", None, None]


def test_messages_that_python_wrote_are_read():
    messages = [{"role": "user", "content": "Isn't it late?", "name": None},
                {"role": "assistant", "content": SAID}]  # fmt: skip
    assert said(one({"messages": str(messages)})[0]) == [("user", "Isn't it late?"), TALK[1]]


TWO = reply("<think>It snows.</think>\n\nCold.", reasoning_content="It is July.")


def test_of_two_reasonings_the_user_decides():
    assert one(TWO) == (None, {"two_reasonings"})
    for decided, wanted in (("key", "It is July."), ("inline", "It snows.")):
        conversation, kinds = one(TWO, reasoning=decided)
        assert conversation.messages[-1].reasoning == wanted and not kinds
        assert conversation.messages[-1].content == "Cold."


def test_reasoning_in_a_part_beside_another_one_is_told():
    parts = [{"type": "thinking", "thinking": "It snows."}, {"type": "text", "text": "Cold."}]
    row = reply(parts, reasoning_content="It is July.")
    assert one(row) == (None, {"two_reasonings"})
    assert one(row, reasoning="inline")[0].messages[-1].reasoning == "It snows."


def test_of_two_blocks_of_reasoning_none_goes_when_it_is_decided():
    row = reply("<think>It snows.</think><think>It is July.</think>Cold.")
    assert one(row) == (None, {"two_reasonings"})
    message = one(row, reasoning="inline")[0].messages[-1]
    assert (message.reasoning, message.content) == ("It snows.\n\nIt is July.", "Cold.")


@pytest.mark.parametrize(
    ("beside", "kind"),
    [({"reasoning": "3 x 4"}, "reasoning_column"), ({"Thoughts": "hm"}, "reasoning_column"),
     ({"thinking": False}, None), ({"reasoning": "on"}, None),
     ({"images": ["a.png"]}, "media_column"), ({"images": []}, None), ({"thinking": None}, None)],
)  # fmt: skip
def test_columns_beside_messages_that_are_not_read_are_said(beside, kind):
    assert one(reply() | beside)[1] == ({kind} if kind else set())


@pytest.mark.parametrize("sign", ["</s>", "<|im_end|>", "[TOOL_CALLS]", "<function=", "<|eot_id|>"])
def test_signs_of_a_template_in_a_reply_are_said(sign):
    assert one(reply(f"Twelve. {sign}"))[1] == {"signs_left"}
    for asked in ("How many?", [{"role": "user", "content": "How many?"}]):
        assert one({"prompt": asked, "completion": f"Twelve. {sign}"})[1] == {"signs_left"}


def test_tools_within_a_message_are_those_of_the_conversation():
    tool = {"type": "function", "function": {"name": "tide", "parameters": {}}}
    row = reply()
    row["messages"].insert(0, {"role": "system", "content": "Be brief.", "tools": [tool]})
    conversation, kinds = one(row)
    assert conversation.tools == (tool,) and not kinds


@pytest.mark.parametrize("tools", [["tide"], "none", True, "[]"])
def test_what_is_no_tool_within_a_message_costs_no_row(tools):
    row = reply()
    row["messages"][0]["tools"] = tools
    conversation, kinds = one(row)
    assert conversation.tools == () and kinds == (set() if tools == "[]" else {"keys_left"})


def test_keys_of_messages_in_another_spelling_are_read():
    call = {"name": "tide", "arguments": {}}
    for message in ({"content": "", "toolCalls": [call]}, {"ToolCalls": [call]}):
        conversation, kinds = one({"messages": [
            {"role": "user", "content": "Low?"}, {"role": "assistant", **message}]})  # fmt: skip
        assert conversation.messages[-1].calls[0].name == "tide" and not kinds
    for key in ("Weight", "Train"):
        conversation, kinds = one(reply(**{key: 0}))
        assert conversation.messages[-1].train is False and kinds == {"masked"}


def test_a_turn_of_reasoning_is_learnt_as_it_says_and_read_as_a_recipe_says():
    row = reply("Twelve.", train=False)
    row["messages"].insert(1, {"role": "thought", "content": "3 x 4", "train": False})
    (message,) = one(row)[0].messages[1:]
    assert (message.reasoning, message.content, message.train) == ("3 x 4", "Twelve.", False)
    found = reading.read([row], roles={"Thought": "user", "thought": "user"})
    assert [m.role for m in found.conversations[0].messages] == ["user", "user", "assistant"]


def test_of_reasoning_under_two_keys_one_can_be_decided():
    row = reply(thinking="It snows.", scratchpad="It is July.")
    assert one(row) == (None, {"two_reasonings", "unusual_key"})
    conversation, kinds = one(row, reasoning="key")
    assert conversation.messages[-1].reasoning == "It snows."
    assert kinds == {"unusual_key", "keys_left"}


def test_what_is_said_behind_a_call_is_not_moved_in_silence():
    text = 'So: <tool_call>{"name": "tide", "arguments": {}}</tool_call>'
    assert one(reply(text))[1] == set()
    assert one(reply(f"{text} Wait."))[1] == {"calls_moved"}
    assert one(reply("<tool_call>{'name': 'tide'}</tool_call>"))[1] == {"signs_left"}


def test_a_users_text_with_tags_stays_as_it_is():
    row = {"messages": [{"role": "user", "content": "<think>hm</think> well"},
                        {"role": "assistant", "content": "Yes."}]}  # fmt: skip
    assert one(row)[0].messages[0].content == "<think>hm</think> well"


def call(arguments, content=None, **more):
    function = {"name": "tide", "arguments": arguments}
    return {"messages": [
        {"role": "user", "content": "Tide?"},
        {"role": "assistant", "content": content,
         "tool_calls": [{"id": "1", "type": "function", "function": function}], **more},
        {"role": "tool", "tool_call_id": "1", "content": "low 4:10"},
        {"role": "assistant", "content": "At 4:10."},
    ]}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "arguments", "kinds"),
    [
        pytest.param({"port": "青岛", "n": 7}, {"port": "青岛", "n": 7}, set(), id="object"),
        pytest.param('{"port": "青岛"}', {"port": "青岛"}, set(), id="text"),
        pytest.param(json.dumps('{"port": "Emden"}'), {"port": "Emden"}, {"encoded_twice"},
                     id="twice"),
        pytest.param("", {}, set(), id="empty"),
        pytest.param(None, {}, set(), id="none"),
        pytest.param("null", {}, set(), id="null"),
        pytest.param('{"port": null}', {"port": None}, set(), id="a-null-of-its-own"),
        pytest.param("port=Emden", "port=Emden", {"arguments_unreadable"}, id="no-json"),
    ],
)  # fmt: skip
def test_arguments_are_encoded_once(written, arguments, kinds):
    conversation, found = one(call(written))
    spoken = conversation.messages[1]
    assert (spoken.calls[0].arguments, found, spoken.content) == (arguments, kinds, "")
    assert conversation.messages[2].call_id == "1" and conversation.replies == [1, 3]


CALLS = {
    "flat": {"role": "assistant", "content": "",
             "tool_calls": [{"name": "tide", "arguments": {"port": "Husum"}}]},
    "old": {"role": "assistant", "content": None,
            "function_call": {"name": "tide", "arguments": '{"port": "Husum"}'}},
    "sharegpt": {"from": "function_call",
                 "value": '{"name": "tide", "arguments": {"port": "Husum"}}'},
    "part": {"role": "assistant", "content": [
        {"type": "tool_use", "id": "", "name": "tide", "input": {"port": "Husum"}}]},
    "inline": {"role": "assistant", "content":
               '<tool_call>\n{"name": "tide", "arguments": {"port": "Husum"}}\n</tool_call>'},
    "text": {"role": "assistant", "tool_calls":
             '[{"name": "tide", "parameters": {"port": "Husum"}}]'},
}  # fmt: skip


@pytest.mark.parametrize("message", CALLS.values(), ids=CALLS)
def test_calls_are_read_however_they_are_written(message):
    conversation, kinds = one({"messages": [{"role": "user", "content": "Tide?"}, message]})
    spoken = conversation.messages[-1]
    assert [(c.name, c.arguments) for c in spoken.calls] == [("tide", {"port": "Husum"})]
    assert (spoken.role, spoken.content, kinds) == ("assistant", "", set())


@pytest.mark.parametrize(
    "result", [{"low": "4:10"}, [{"low": "4:10"}, {"low": "16:30"}], [4, 10],
               {"type": "spring", "low": "4:10"}, {"text": "low", "at": "4:10"}],
    ids=["object", "objects", "numbers", "typed", "with-a-text"],
)  # fmt: skip
def test_a_result_that_is_an_object_is_kept_as_json(result):
    row = call({})
    row["messages"][2]["content"] = result
    conversation, kinds = one(row)
    assert json.loads(conversation.messages[2].content) == result and not kinds


def test_a_result_with_a_time_is_kept_as_it_is_written():
    row = call({})
    row["messages"][2]["content"] = {"low": pd.Timestamp("2024-05-01 04:10").to_pydatetime()}
    assert one(row)[0].messages[2].content == '{"low": "2024-05-01 04:10:00"}'


def test_results_in_parts_come_before_what_is_said_beside_them():
    part = {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "low"}]}
    row = {"messages": [{"role": "user", "content": [part, {"type": "text", "text": "And now?"}]},
                        {"role": "assistant", "content": "Now low."}]}  # fmt: skip
    conversation, _ = one(row)
    assert said(conversation)[:2] == [("tool", "low"), ("user", "And now?")]


BAD = {
    "role": ({"messages": [{"role": "user", "content": "a"}, {"role": "critic", "content": "b"}]},
             "role_unknown"),
    "content": ({"messages": [{"role": "user", "content": {"a": 1}, "value": 3},
                              {"role": "assistant", "content": [3]}]}, "unreadable"),
    "call": (reply(tool_calls=[{"function": {"arguments": "{}"}}]), "unreadable"),
    "tools": ({**reply(), "tools": "search, tide"}, "unreadable"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "kind"), BAD.values(), ids=BAD)
def test_a_row_that_cannot_be_used_is_named_and_the_others_stay(row, kind):
    good = {"id": 7, **reply()}
    found = reading.read([good, {"id": "x9", **row}, good])
    assert [c.row for c in found.conversations] == [0, 2]
    assert found.left == ["train row 1 (x9)"]
    told = found.said()
    assert [(s.kind, s.count) for s in told if s.kind == kind] == [(kind, 1)]
    assert all(s.what and s.remedy for s in told)


def test_a_word_for_a_role_can_be_said():
    rows = [{"dialog": [{"speaker": "Ann", "text": "a"}, {"speaker": "Bo", "text": "b"}]}]
    assert reading.read(rows).left == ["train row 0"]
    found = reading.read(rows, roles={"Ann": "user", "Bo": "assistant"})
    assert said(found.conversations[0]) == [("user", "a"), ("assistant", "b")]


def test_no_conversations_is_said():
    with pytest.raises(DataError, match="'text', 'label'"):
        reading.read([{"text": "a", "label": "b"}])


ROWS = [
    call({"port": "Husum", "day": "today"}) | {"id": "a"},
    call({"port": "Emden"}) | {"id": "b"},
    call({"until": 7}) | {"id": "c"},
    call({"until": "noon"}) | {"id": "d"},
    call({}) | {"id": "e"},
]
WANTED = [{"port": "Husum", "day": "today"}, {"port": "Emden"}, {"until": 7}, {"until": "noon"}, {}]
TOOLS = [{"type": "function", "function": {"name": "tide", "parameters": {"port": {}}}}]


def _written(form, folder):
    rows = [row | {"tools": TOOLS} for row in ROWS]
    if form == "frame":
        return pd.DataFrame(rows)
    path = folder / f"talk.{'jsonl' if form == 'jsonl' else 'json'}"
    if form == "jsonl":
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    else:
        path.write_text(json.dumps({"about": "tides", "data": rows} if form == "under" else rows))
    return path


@pytest.mark.parametrize("form", ["jsonl", "json", "under", "frame"])
def test_a_file_keeps_each_row_as_it_was_written(form, tmp_path):
    found = check(_written(form, tmp_path))
    assert found.mapping.task == "chat" and found.mapping.columns["messages"] == "messages"
    splits = sources.load(found.recipe.dataset, reading=found.recipe.reading)
    read = reading.read(splits["train"])
    assert [c.messages[1].calls[0].arguments for c in read.conversations] == WANTED
    assert all(c.tools == tuple(TOOLS) for c in read.conversations)
    assert not read.problems


def test_keys_that_a_table_filled_with_nulls_go_and_are_counted():
    import datasets

    split = datasets.Dataset.from_list(ROWS[:2])
    read = reading.read(split, nulls=True)
    assert [c.messages[1].calls[0].arguments for c in read.conversations] == WANTED[:2]
    assert [(s.kind, s.count) for s in read.said()] == [("nulls_left", 1)]


DOCUMENTS = {
    "one-object": (reply(), 1),
    "lists": ([reply()["messages"], reply()["messages"]], 2),
    "one-list": (reply()["messages"], 1),
    "splits": ({"train": [reply()], "test": [reply(), reply()]}, 1),
}


@pytest.mark.parametrize(("content", "rows"), DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_documents_of_conversations(content, rows, ending, tmp_path):
    path = tmp_path / f"talk.{ending}"
    path.write_text(json.dumps(content, indent=1))
    read = reading.read(sources.load(path)["train"])
    assert len(read.conversations) == rows
    assert said(read.conversations[0])[1] == ("assistant", "Twelve.")


def test_messages_a_row_become_conversations(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "conversation_id,turn,role,content\n"
        "k1,2,assistant,Hi there\nk1,1,user,Hello\nk2,1,user,Bye\nk2,2,assistant,See you\n"
    )
    splits, reports = sources.opened(path)
    read = reading.read(splits["train"])
    assert [said(c)[0] for c in read.conversations] == [("user", "Hello"), ("user", "Bye")]
    assert [c.id for c in read.conversations] == ["k1", "k2"]
    assert any("4 rows of rows.csv are messages of 2" in n.what for r in reports for n in r.notes)


def test_reasoning_in_tags_is_no_marked_entity(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("prompt,completion\n" + "".join(
        f"How many is {n}?,<think>It is {n}.</think> It is {n}.\n" for n in range(8)
    ))  # fmt: skip
    assert sources.load(path)["train"].column_names == ["prompt", "completion"]


@pytest.mark.parametrize(
    ("rows", "task"),
    [
        pytest.param([{"messages": reply()["messages"]}] * 4, "chat", id="messages"),
        pytest.param([{"instruction": f"Say {n}", "input": f"{n} ships", "output": f"{n}!"}
                      for n in range(9)], "chat", id="instruction"),
        pytest.param([{"question": f"Is {n} odd?", "answer": f"Number {n} is not told."}
                      for n in range(9)], "text-to-text", id="two-columns"),
        pytest.param([{"text": f"User: {n}\nAssistant: {n}", "label": "ab"[n % 2]}
                      for n in range(20)], "text-classification", id="labelled"),
    ],
)  # fmt: skip
def test_the_check_tells_conversations_from_rivals(rows, task):
    found = check(pd.DataFrame(rows))
    assert found.mapping.task == task


def test_two_columns_of_messages_are_told():
    first, other = reply()["messages"], reply("No.")["messages"]
    found = check(pd.DataFrame([{"messages": first, "rejected": other}] * 3))
    assert found.mapping.columns["messages"] == "messages"
    assert "'rejected'" in found.mapping.reasons["messages"]


def test_the_check_says_what_is_left_and_takes_a_decision(tmp_path):
    path = tmp_path / "talk.jsonl"
    rows = (TWO, reply(thinking="x"), reply(), reply("", reasoning="x"))
    path.write_text("\n".join(json.dumps(row) for row in rows))
    told = {f.check: f for f in check(path).found}
    assert told["two reasonings"].count == 1 and told["two reasonings"].severity == "warning"
    assert "'thinking'" in told["unusual key"].what
    assert told["only reasoning"].count == 1 and "empty turns" not in told
    decided = check(path, reading={"reasoning": "key"})
    assert "two reasonings" not in {f.check for f in decided.found}


@pytest.mark.parametrize("name", ["label", "kto_tag"])
def test_replies_that_are_not_wanted_are_left_out_and_said(tmp_path, name):
    """Data for KTO: a reply a row, and whether it was good."""
    file = tmp_path / "kto.jsonl"
    rows = [{"prompt": f"{word}?", "completion": f"{word}.", name: n % 3 != 0}
            for n, word in enumerate("one two three four five six seven".split())]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, rows)))
    made = check(file, model="none")
    assert made.recipe.task == "chat"
    assert made.mapping.columns == {"prompt": "prompt", "reply": "completion", "wanted": name}
    row = made.findings.set_index("check").loc["unwanted"]
    assert (row["severity"], row["count"]) == ("warning", 3)
    assert row["what"].startswith("3 rows have replies that are marked as not wanted (false)")
    learnt = rehearsed(made.recipe)
    assert sorted(reply for part in learnt.splits.values() for reply in part["reply"]) == [
        "five.", "six.", "three.", "two.",
    ]  # fmt: skip


def test_of_0_and_1_beside_a_reply_it_is_not_said_which_is_wanted():
    columns = {"prompt": ["a", "b"], "completion": ["c", "d"], "label": [0, 1]}
    assert "wanted" not in layout_of(columns).columns
    assert check(pd.DataFrame(columns), model="none").recipe.task == "text-classification"


def test_a_class_of_a_whole_conversation_is_no_word_on_its_reply():
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert "wanted" not in layout_of({"messages": [talk] * 2, "label": [True, False]}).columns


@pytest.mark.parametrize("given", [None, {"messages": "messages"}, {"messages": "talk"}])
def test_it_is_none_where_the_conversations_are_named(given):
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    name = (given or {}).get("messages", "messages")
    found = layout_of({name: [talk] * 2, "label": [True, False]}, given)
    assert found.columns == {"messages": name}
    chosen = {"messages": name, "wanted": "label"}
    assert layout_of({name: [talk] * 2, "label": [True, False]}, chosen).columns == chosen


@pytest.mark.parametrize("names", [("question", "answer"), ("context", "response")])
def test_whether_an_answer_is_right_is_a_class(names):
    texts = [f"{word} is what it is" for word in "one two three four five six".split()]
    rows = {name: [f"{text}, {name}" for text in texts] for name in names}
    rows["label"] = [n % 2 == 0 for n in range(6)]
    assert check(pd.DataFrame(rows), model="none").recipe.task == "text-classification"


SENTENCES = [f"The {n}th sentence tells of a river and of a house." for n in range(60)]
PLAY = ["Customer: A coffee.", "Waiter: At once.", "Customer: Thanks.", "Agent: Who are you?"] * 15


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        pytest.param([*SENTENCES, "Llama reads [INST] this [/INST] and that."], 61, id="said once"),
        pytest.param([*SENTENCES, "so <|im_start|>user <|im_start|>assistant"], 61, id="signs"),
        pytest.param(["Question: Is it?", *SENTENCES, "Answer: Yes."], 62, id="a question above"),
        pytest.param(PLAY, 60, id="a play"),
        pytest.param([f"{('question', 'answer')[n % 3 > 0]}: {n} is it" for n in range(60)],
                     60, id="classes"),
        pytest.param([f"{('question', 'answer')[n > 30]}: {n} is it" for n in range(60)],
                     60, id="sorted classes"),
        pytest.param(["Q: Is it far?", "A: Two miles.", "By boat.", ""] * 9, 9, id="conversations"),
    ],
)  # fmt: skip
def test_lines_that_only_speak_of_turns_stay_lines(tmp_path, lines, rows):
    """A corpus of which one line named the signs of a template became one text."""
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines))
    splits, _ = sources.opened(path)
    assert len(splits["train"]) == rows


@pytest.mark.parametrize(
    ("text", "reply"),
    [("a </s> b</s> <|im_end|>\n", "a </s> b"), ("\n<s> a\u3000<|end|>", "<s> a"), ("</s>\n", ""),
     ("a" + " " * 9000 + "b" + "</s> " * 9000, "a" + " " * 9000 + "b"), ("a <s", "a <s")],
    ids=range(5),
)  # fmt: skip
def test_what_ends_a_reply_is_cut_off(text, reply):
    assert turn_texts.without_end(text) == reply


def test_names_within_a_text_stand_alone():
    ask = "{}USER: Is it far? {}ASSISTANT: Two miles."
    assert turn_texts.form_of(ask.format("<s>", "")).name == "inline"
    assert turn_texts.form_of(ask.format("", "</s>")).name == "inline"
    assert turn_texts.form_of(ask.format("A", "")) is None


@pytest.mark.parametrize(
    "made",
    ["<|user|>\n{}\n<|assistant|>\n", "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
     "[INST]\n{}\n[/INST]"],
    ids=["signs", "chatml", "inst"],
)  # fmt: skip
def test_short_prompts_of_a_template_are_no_lists_of_labels(tmp_path, made):
    file = tmp_path / "sums.csv"
    rows = {"prompt": [made.format(f"{n} + 1") for n in range(9)], "completion": ["many"] * 9}
    pd.DataFrame(rows).to_csv(file, index=False)
    found = rehearsed(check(file, model="none").recipe)
    assert sorted(text for part in found.splits.values() for text in part["text"])[1] == "1 + 1"


BEFORE = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
THEN = [("user", "a"), ("assistant", "b"), *TALK]


@pytest.mark.parametrize("history", [
    pytest.param(BEFORE, id="messages"),
    pytest.param([{"prompt": "a", "response": "b"}], id="pair"),
    pytest.param(json.dumps(BEFORE), id="json"), pytest.param("[['a', 'b']]", id="python"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["history", "chat_history"])
def test_what_was_said_before_hides_no_reply(history, name):
    conversation, kinds = one({"prompt": ASKED, "response": SAID, name: history})
    assert (said(conversation), kinds) == (THEN, set())


@pytest.mark.parametrize("row", [
    {"prompt": [{"role": "user", "content": ASKED}], "completion": SAID},
    {"prompt": ASKED, "completion": [{"role": "assistant", "content": SAID}]},
], ids=["text", "list"])  # fmt: skip
def test_a_half_may_be_a_text_beside_one_of_messages(row):
    assert said(one(row)[0]) == TALK


def test_of_a_text_beside_messages_only_the_text_is_learnt():
    before = [*BEFORE, {"role": "user", "content": ASKED}]
    conversation, kinds = one({"context": before, "response": "42"})
    assert said(conversation) == [*THEN[:3], ("assistant", "42")]
    assert (conversation.replies, kinds) == ([3], set())


def test_channels_of_messages_are_reasoning_calls_and_what_is_said():
    def bot(channel, content, **more):
        return {"role": "assistant", "channel": channel, "content": content, **more}

    row = {"messages": [
        {"role": "user", "content": ASKED}, bot("analysis", [{"type": "text", "text": "hm"}]),
        bot("commentary", '{"a": 1}', recipient="functions.tide"),
        {"role": "tool", "name": "functions.tide", "channel": "commentary", "content": "3"},
        bot("analysis", "so"), bot("final", SAID), bot("final", "more"),
    ]}  # fmt: skip
    conversation, kinds = one(row)
    assert said(conversation) == [
        ("user", ASKED), ("assistant", ""), ("tool", "3"), ("assistant", SAID),
        ("assistant", "more"),
    ]
    _, call, result, answer, more = conversation.messages
    assert (call.reasoning, call.calls[0].name, call.calls[0].arguments) == ("hm", "tide", {"a": 1})
    assert (result.name, answer.reasoning, more.reasoning) == ("tide", "so", None)
    assert not kinds
    mail = {"messages": [{**message, "channel": "mail"} for message in BEFORE]}
    assert one(mail)[1] == {"keys_left"}  # another kind of channel


@pytest.mark.parametrize("key", ["content", "value"])
def test_a_part_may_call_its_text_otherwise(key):
    row = {"messages": [{"role": "user", "content": [{"type": "text", key: ASKED}]},
                        {"role": "assistant", "content": [{"type": "text", key: SAID}]}]}
    assert (said(one(row)[0]), one(row)[1]) == (TALK, set())


@pytest.mark.parametrize("task", ["", "chat", "language-modelling"])
@pytest.mark.parametrize("written", [list, json.dumps, str], ids=["list", "json", "python"])
def test_texts_in_segments_are_named_with_a_way_out(tmp_path, task, written):
    file = tmp_path / "data.jsonl"
    file.write_text("\n".join(json.dumps({"segments": written([
        {"label": False, "text": f"{ASKED} {n}"}, {"label": True, "text": f"{SAID} {n}"},
    ])}) for n in range(12)))  # fmt: skip
    with pytest.raises(DataError, match="'segments' holds texts in segments.*'completion'"):
        check(str(file), task=task or None)


def test_rows_of_the_same_sentence_on_several_files_are_added_up(tmp_path, monkeypatch):
    from workbench.data.conversations import examples
    from workbench.data.reading.reports import FileReport, Note
    from workbench.recipe import Recipe

    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"{n}?", "completion": f"{n}."}) + "\n"
                            for n in range(12)))  # fmt: skip
    recipe = Recipe(task="chat", dataset=str(file))
    notes = [Note("warning", "json", "Some rows are odd.", "", n) for n in (3, 4)]
    opened = sources.opened(recipe.dataset, reading=recipe.reading)
    reports = [FileReport(note.check, "jsonl", notes=[note]) for note in notes]
    monkeypatch.setattr(examples.sources, "opened", lambda *_, **__: (opened[0], reports))
    found = examples.load_conversations(recipe)
    assert found.rows_of == {"Some rows are odd.": 7}
    assert found.notes[0] == "Some rows are odd."


WHOLE = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]
REPLIES = {"text": SAID, "list": WHOLE[1:]}
TOOL = [*WHOLE[:1], {"role": "assistant", "tool_calls": [{"name": "tide", "arguments": {}}]},
        {"role": "tool", "content": "3"}]  # fmt: skip


def learnt(conversation):
    return [conversation.messages[n].content for n in conversation.replies]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("name", ["response", "completion"])
def test_whole_conversations_beside_their_reply_are_read_once(name, reply):
    """The reply stood there twice, and of the messages nothing was learnt."""
    rows = [{"messages": [*BEFORE, *WHOLE], name: REPLIES[reply]}] * 3
    found = reading.read(rows)
    assert [said(one) for one in found.conversations] == [THEN] * 3
    assert (learnt(found.conversations[0]), found.problems) == (["b", SAID], [])
    assert found.layout.columns == {"messages": "messages"}
    assert f"whole conversations, so '{name}' is not read." in found.layout.reason
    assert not found.layout.rivals


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("asked", [WHOLE[:1], TOOL], ids=["user", "tool"])
def test_messages_that_end_with_what_is_asked_have_their_reply_beside(asked, reply):
    found = reading.read([{"messages": asked, "response": REPLIES[reply]}] * 3)
    assert (learnt(found.conversations[0]), found.problems) == ([SAID], [])


@pytest.mark.parametrize("reply", REPLIES)
def test_rows_that_end_otherwise_than_most_are_counted(reply):
    whole = {"messages": [*BEFORE, *WHOLE], "response": REPLIES[reply]}
    open_, odd = {**whole, "messages": WHOLE[:1]}, {**whole, "messages": BEFORE}
    found = reading.read([whole, whole, open_])
    assert [(one.kind, one.count) for one in found.said()] == [("reply_unread", 1)]
    assert "1 row ends with what is asked, and its reply in 'response'" in found.said()[0].what
    found = reading.read([open_, open_, open_, whole, odd])
    kinds = [(one.kind, one.count) for one in found.said()]
    assert kinds == [("prompt_answered", 1), ("reply_repeated", 1)]
    assert [learnt(one) for one in found.conversations] == [[SAID]] * 5
    assert said(found.conversations[3]) == THEN


def test_columns_that_are_named_are_halves_whatever_ends_them():
    rows = [{"messages": [*BEFORE, *WHOLE], "response": SAID}] * 3
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    halves = layout_of(columns, {"prompt": "messages", "reply": "response"})
    found = reading.read(rows, layout=halves)
    assert said(found.conversations[0]) == THEN and learnt(found.conversations[0]) == [SAID]
    whole = layout_of(columns, {"messages": "messages"})
    assert learnt(reading.read(rows, layout=whole).conversations[0]) == ["b", SAID]


@pytest.mark.parametrize("text", ['{"name": "Bob"}', "[1, 2]", "['a', 'b']", "3", "null", "[]"])
def test_a_half_that_is_a_text_may_be_json_without_messages(text):
    rows = [{"prompt": WHOLE[:1], "completion": one} for one in (text, '{"name": "Ada"}')]
    found = reading.read(rows)
    assert [learnt(one) for one in found.conversations] == [[text], ['{"name": "Ada"}']]
    found = reading.read([{"prompt": text, "completion": WHOLE[1:]}, {**rows[0], "prompt": "x",
                          "completion": WHOLE[1:]}])  # fmt: skip
    assert said(found.conversations[0]) == [("user", text), TALK[1]] and not found.problems


def test_in_a_column_of_json_messages_other_json_is_named():
    rows = [{"prompt": WHOLE[:1], "completion": json.dumps(WHOLE[1:])}] * 10
    found = reading.read([*rows, {"prompt": WHOLE[:1], "completion": '[{"rol": "user"}]'}])
    assert len(found.conversations) == 10 and found.said()[0].kind == "unreadable"


def test_a_half_that_is_a_text_has_its_reasoning_parted():
    conversation, _ = one({"prompt": WHOLE[:1], "completion": f"<think>hm</think>\n\n{SAID}"})
    assert (conversation.messages[1].reasoning, said(conversation)) == ("hm", TALK)
