"""Readers of the samples for models that write: dialogues, instructions, texts in two languages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

Splits = dict[str, dict[str, list[Any]]]

#: Turns that a conversation has at least: half of all were given up after two.
TURNS = 4
#: Instances of a task that are read, so that large tasks do not drown the others.
INSTANCES = 200
#: Pairs whose sources are as much alike as that would let a memory of train answer the test.
ALIKE = 0.7


def chitchat(folder: Path) -> Splits:
    """``messages`` (JSON text): conversations of four turns and more.

    Messages that one speaker sends one after the other are a turn; who speaks first asks, the other
    one answers.
    """
    found = []
    for one in json.loads((folder / "dataset.json").read_text("utf-8")).values():
        turns: list[tuple[str, list[str]]] = []
        for message in (message for turn in one["messages"] for message in turn):
            if not message["text"].strip():
                continue
            if not turns or turns[-1][0] != message["sender"]:
                turns.append((message["sender"], []))
            turns[-1][1].append(message["text"].strip())
        if len(turns) < TURNS or len({sender for sender, _ in turns}) != 2:
            continue
        messages = [
            {"role": "user" if sender == turns[0][0] else "assistant", "content": "\n".join(texts)}
            for sender, texts in turns
        ]
        found.append(json.dumps(messages, ensure_ascii=False))
    return {"train": {"messages": found}}


def chitchat_replies(folder: Path) -> Splits:
    """``prompt``, ``completion``, ``conversation``: what was said, and the reply to it.

    Of conversations of six turns and more the first two turns of 3 to 30 words whose replies have
    3 to 25; no pair twice. A tenth of the conversations is the test split, another tenth the
    validation, each whole.
    """
    splits: dict[str, dict[tuple[str, str], str]] = {"train": {}, "validation": {}, "test": {}}
    known: set[tuple[str, str]] = set()
    for name, one in json.loads((folder / "dataset.json").read_text("utf-8")).items():
        turns = [
            " ".join(" ".join(message["text"] for message in turn).split())
            for turn in one["messages"]
        ]
        split, taken = _split_of(name), 0
        for pair in zip(turns, turns[1:], strict=False) if len(turns) >= 6 else ():
            asked, reply = (len(text.split()) for text in pair)
            if 3 <= asked <= 30 and 3 <= reply <= 25 and pair not in known and taken < 2:
                taken += 1
                known.add(pair)
                splits[split][pair] = name
    return {
        split: {
            "prompt": [asked for asked, _ in pairs], "completion": [reply for _, reply in pairs],
            "conversation": list(pairs.values()),
        }
        for split, pairs in splits.items()
    }  # fmt: skip


def _split_of(name: str) -> str:
    """Which split a part of the data is held out for: a tenth of them each, by its name."""
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10
    return {0: "test", 1: "validation"}.get(number, "train")


def chatterbot(folder: Path) -> Splits:
    """``prompt``, ``completion``, ``topic``: what is said, and each reply to it; no pair twice.

    Texts keep their lines, which matter in code. A conversation whose dash the authors put inside
    the text is parted there; replies that end after "it", beside a whole one to the same question,
    are left out.
    """
    import yaml

    pairs: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.yml")):
        for said in yaml.safe_load(path.read_text("utf-8"))["conversations"]:
            if isinstance(said, str):
                one, _, reply = said.rpartition(" - ")
                said = [one, yaml.safe_load(reply)] if one else []
            texts = [str(text).strip() for text in said]
            for one, reply in zip(texts, texts[1:], strict=False):
                if one and reply and reply != "it":
                    pairs.setdefault((one, reply), path.stem)
    return {"train": {
        "prompt": [one for one, _ in pairs], "completion": [reply for _, reply in pairs],
        "topic": list(pairs.values()),
    }}  # fmt: skip


def ui_strings_de(folder: Path) -> Splits:
    """``source`` (English), ``target`` (German), ``component``; see :func:`_ui_strings`."""
    return _ui_strings(folder, "de")


def ui_strings_zh(folder: Path) -> Splits:
    """``source`` (English), ``target`` (simplified Chinese), ``component``."""
    return _ui_strings(folder, "zh-Hans")


def _ui_strings(folder: Path, language: str) -> Splits:
    """Texts of an interface and their translations; no source twice.

    A tenth of the components is the test split, another tenth the validation, each whole; of both
    go the pairs whose source is much like one of train, so that nothing can be looked up.
    """
    splits: dict[str, list[tuple[str, str, str]]] = {"train": [], "validation": [], "test": []}
    seen: set[str] = set()
    for path in sorted(folder.glob(f"*/translations/{language}.json")):
        component = path.parent.parent.name
        said = json.loads(path.read_text("utf-8"))
        source = json.loads((path.parent / "en.json").read_text("utf-8"))
        split = _split_of(component)
        targets = dict(_flat(said))
        for key, text in _flat(source):
            target = targets.get(key, "").strip()
            text = text.strip()
            if target and len(text.split()) > 1 and target != text and text.lower() not in seen:
                seen.add(text.lower())
                splits[split].append((text, target, component))
    for name in ("validation", "test"):
        splits[name] = _unlike(splits[name], splits["train"])
    return {
        name: {
            column: [row[place] for row in rows]
            for place, column in enumerate(("source", "target", "component"))
        }
        for name, rows in splits.items()
    }


def _flat(node: Any, above: str = "") -> list[tuple[str, str]]:
    if isinstance(node, str):
        return [(above, node)]
    if not isinstance(node, dict):
        return []
    return [pair for key, value in node.items() for pair in _flat(value, f"{above}/{key}")]


def _unlike(rows: list[tuple], train: list[tuple]) -> list[tuple]:
    """Rows whose source has no cosine of :data:`ALIKE` or more with one of train (TF-IDF)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not rows or not train:
        return rows
    vectors = TfidfVectorizer(token_pattern=r"\S+").fit([one[0] for one in train])
    known = vectors.transform([one[0] for one in train])
    alike = (vectors.transform([one[0] for one in rows]) @ known.T).max(axis=1).toarray().ravel()
    return [row for row, most in zip(rows, alike, strict=True) if most < ALIKE]


def natural_instructions(folder: Path) -> Splits:
    """``prefix`` (what is to be done), ``source``, ``target``, ``task``: the first output of each.

    At most :data:`INSTANCES` of a task. Every tenth task is the test split and every tenth other
    one the validation, each whole: instructions that were not seen in training.
    """
    splits: Splits = {
        name: {column: [] for column in ("prefix", "source", "target", "task")}
        for name in ("train", "validation", "test")
    }
    for path in sorted(folder.glob("subtask*/task.json")):
        said = json.loads(path.read_text("utf-8"))
        number = int(path.parent.name[len("subtask") :].partition("_")[0])
        part = splits[{5: "test", 0: "validation"}.get(number % 10, "train")]
        seen: set[str] = set()
        for one in said["examples"]:
            outputs = one["target"]
            target = (outputs[0] if isinstance(outputs, list) else outputs).strip()
            source = one["input"].strip()
            if not target or source in seen or len(seen) == INSTANCES:
                continue
            seen.add(source)
            prefix = " ".join(said["task_prefix"].rpartition("Prompt:")[2].split())
            for column, text in zip(part, (prefix, source, target, path.parent.name), strict=True):
                part[column].append(text)
    return splits


READERS = {
    "natural-instructions": natural_instructions,
    "chitchat": chitchat,
    "chitchat-replies": chitchat_replies,
    "chatterbot-english": chatterbot,
    "chatterbot-chinese": chatterbot,
    "ui-strings-de": ui_strings_de,
    "ui-strings-zh": ui_strings_zh,
}
