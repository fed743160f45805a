"""What the samples hold, counted, against the figures they were chosen by."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest

from workbench.catalog.samples import readers, writing_readers
from workbench.catalog.samples.pinned import SAMPLES
from workbench.catalog.samples.writing_readers import chatterbot
from workbench.data.conversations import reading
from workbench.errors import DataError

SMALL = [n for n, s in SAMPLES.items() if s.kind == "dataset" and s.archive.project != "bigbench"]


@pytest.fixture(scope="module")
def read(sample_folder):
    return lambda name: readers.read(name, sample_folder(name))


def test_the_encoder_is_the_pinned_one(sample_folder):
    with open(sample_folder("minilm-l6") / "model.safetensors", "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    assert digest == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.mark.parametrize("name", SMALL)
def test_columns_are_of_one_length_and_the_declared_size(read, name):
    splits = read(name)
    lengths = {len(v) for columns in splits.values() for v in columns.values()}
    assert len(lengths) == len(splits)
    assert sum(len(next(iter(columns.values()))) for columns in splits.values()) == (
        SAMPLES[name].size
    )


@pytest.mark.parametrize("name", [n for n in SMALL if "text-classification" in SAMPLES[n].tasks])
def test_text_and_label_are_texts_with_nothing_around_them(read, name):
    for columns in read(name).values():
        assert list(columns) == ["text", "label"]
        for values in columns.values():
            assert all(isinstance(v, str) and v and v == v.strip() for v in values)


def test_movie_sentiment(read):
    columns = read("movie-sentiment")["train"]
    assert Counter(columns["label"]) == {"negative": 5322, "positive": 5233}
    lengths = sorted(map(len, columns["text"]))
    assert lengths[len(lengths) // 2] == 109
    assert columns["text"][0].startswith("The Rock is destined to be the 21st Century's new")
    assert columns["label"][0] == "positive"


def test_question_types(read, sample_folder):
    lines = (sample_folder("question-types") / "question_labels.txt").read_text().splitlines()
    assert len(lines) == 15_452 and len(set(lines)) == 5_382
    columns = read("question-types")["train"]
    assert len(set(columns["text"])) == len(columns["text"]) == 5_381
    # the one question with two fine types, both NUM, counts once
    assert Counter(columns["label"]) == {
        "ENTY": 1245,
        "HUM": 1215,
        "DESC": 1153,
        "NUM": 858,
        "LOC": 824,
        "ABBR": 86,
    }


def test_question_types_fine(read):
    columns = read("question-types-fine")["train"]
    counts = Counter(columns["label"])
    assert len(counts) == 50
    assert counts.most_common(1) == [("HUM:ind", 956)] and counts["NUM:ord"] == 3
    assert columns["text"] == read("question-types")["train"]["text"]


def test_reuters_r8_has_its_own_test_split(read):
    splits = read("reuters-r8")
    assert list(splits) == ["train", "test"]
    assert Counter(splits["train"]["label"]) == {
        "earn": 2840,
        "acq": 1596,
        "crude": 253,
        "trade": 251,
        "money-fx": 206,
        "interest": 190,
        "ship": 108,
        "grain": 41,
    }
    assert len(splits["test"]["text"]) == 2189
    assert set(splits["test"]["label"]) == set(splits["train"]["label"])


def test_spam_has_no_run_together_message(read):
    columns = read("spam")["train"]
    assert max(map(len, columns["text"])) == 910
    assert not any("\nham\t" in text or "\nspam\t" in text for text in columns["text"])
    assert len(set(columns["text"])) == len(columns["text"])
    assert set(columns["label"]) == {"ham", "spam"}


def test_chinese_sentiment_has_no_text_twice(read):
    columns = read("chinese-sentiment")["train"]
    assert len(set(columns["text"])) == len(columns["text"])
    counts = Counter(columns["label"])
    # 9,078 and 8,379 different texts (blanks around them aside), 47 of them under both labels
    assert counts == {"negative": 9078 - 47, "positive": 8379 - 47}


def test_tweets_ner(read):
    columns = read("tweets-ner")["train"]
    tags = Counter(tag for sentence in columns["tags"] for tag in sentence)
    assert tags.total() == 46_469
    assert (tags["B-person"], tags["B-geo-loc"], tags["B-movie"]) == (449, 276, 34)
    assert len({tag[2:] for tag in tags if tag != "O"}) == 10
    assert [len(t) for t in columns["tokens"]] == [len(t) for t in columns["tags"]]
    # an inside tag follows its own type
    for sentence in columns["tags"]:
        for before, tag in zip(["O", *sentence], sentence, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:]


def test_shakespeare_and_cmudict(read):
    plays = read("shakespeare")["train"]
    assert len(plays["title"]) == 35 and 4.4e6 < sum(map(len, plays["text"])) < 4.6e6
    assert "To be, or not to be" in plays["text"][plays["title"].index("hamlet")]
    words = read("cmudict")["train"]
    pairs = list(zip(words["word"], words["phonemes"], strict=True))
    assert ("hello", "HH AH0 L OW1") in pairs and ("hello", "HH EH0 L OW1") in pairs
    assert not any("#" in sounds or "(" in word for word, sounds in pairs)


def test_a_harmed_file_is_one_sentence(tmp_path):
    (tmp_path / "question_labels.txt").write_text("oneword\n")
    with pytest.raises(DataError, match="not as expected"):
        readers.read("question-types", tmp_path)
    with pytest.raises(DataError, match="not as expected"):
        readers.read("movie-sentiment", tmp_path)


def test_a_model_is_no_dataset(tmp_path):
    with pytest.raises(DataError, match="'minilm-l6' is not a dataset"):
        readers.read("minilm-l6", tmp_path)


def test_people_daily_by_hand(tmp_path):
    lines = [
        "江/nr  泽民/nr  在/p  北京/ns  说/v  ：/w  “/w  好/a  。/w  ”/w  新华社/nt  记者/n",
        "叶利钦/nr  李/nr  鹏/nr  来/v  ！/w",
        "",
        "叶利钦/nr  李/nr  鹏/nr  来/v  ！/w",  # a repeat
    ]
    (tmp_path / "199801.txt").write_text("\n".join(lines), "utf-8")
    splits = readers.people_daily_ner(tmp_path)
    rows = [row for part in splits.values()
            for row in zip(part["tokens"], part["tags"], strict=True)]
    assert ["".join(tokens) for tokens, _ in rows] == [
        "江泽民在北京说：“好。”", "新华社记者", "叶利钦李鹏来！"]
    assert rows[0][1] == ["B-PER", "I-PER", "I-PER", "O", "B-LOC", "I-LOC", *["O"] * 6]
    assert rows[1][1] == ["B-ORG", "I-ORG", "I-ORG", "O", "O"]
    # a whole foreign name is no family name: the next one begins a person of its own
    assert rows[2][1] == ["B-PER", "I-PER", "I-PER", "B-PER", "I-PER", "O", "O"]


def test_people_daily(read):
    splits = read("people-daily-ner")
    assert {name: len(part["tokens"]) for name, part in splits.items()} == {
        "train": 35_027, "validation": 4378, "test": 4379}
    texts = ["".join(tokens) for part in splits.values() for tokens in part["tokens"]]
    assert len(set(texts)) == len(texts) == 43_784  # no sentence is in two splits
    begun = Counter(tag for part in splits.values() for tags in part["tags"] for tag in tags
                    if tag.startswith("B-"))
    assert begun == {"B-LOC": 27_807, "B-PER": 19_809, "B-ORG": 3398}
    assert texts[1] == "中共中央总书记、国家主席江泽民"
    assert splits["train"]["tags"][1][:4] == ["B-ORG", "I-ORG", "I-ORG", "I-ORG"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param(
            {"a.csv": 'text,label\n"one, two",x\n'},
            {"train": {"text": ["one, two"], "label": ["x"]}}, id="one-file-is-train",
        ),
        pytest.param(
            {"train.tsv": "text\tlabel\na\tb\n", "test.tsv": "text\tlabel\nc\td\n"},
            {"test": {"text": ["c"], "label": ["d"]}, "train": {"text": ["a"], "label": ["b"]}},
            id="splits-by-name",
        ),
        pytest.param(
            {"rows.jsonl": '{"text": "caf\u00e9", "label": 1}\n\n{"text": "b", "label": 2}\n'},
            {"train": {"text": ["caf\u00e9", "b"], "label": [1, 2]}}, id="objects",
        ),
    ],
)  # fmt: skip
def test_a_plain_table_needs_no_reader_of_its_own(tmp_path, files, found):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert readers.read("of-nobody", tmp_path) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.csv", "text,label\nonly\n", id="short"),
        pytest.param("a.csv", "text,label\na,b,c\n", id="long"),
        pytest.param("a.csv", "text,label\n", id="no-rows"),
        pytest.param("a.csv", "", id="empty"),
        pytest.param("a.csv", 'text,label\n"a"b,c\n', id="quotes"),
        pytest.param("a.jsonl", "[1]\n", id="lists"),
        pytest.param("a.jsonl", '{"a": 1}\n{"b": 1}\n', id="other-keys"),
    ],
)
def test_a_plain_table_that_is_harmed_is_one_sentence(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match="not as expected"):
        readers.read("of-nobody", tmp_path)


@pytest.mark.parametrize("name", ["ui-strings-de", "ui-strings-zh"])
def test_strings_are_held_out_by_whole_components(read, name):
    splits = read(name)
    where = {split: set(columns["component"]) for split, columns in splits.items()}
    assert not where["train"] & where["test"] and not where["train"] & where["validation"]
    assert not where["validation"] & where["test"]
    sources = [text.lower() for columns in splits.values() for text in columns["source"]]
    assert len(set(sources)) == len(sources)
    assert splits["train"]["source"][0] == "Re-authentication was successful"
    chinese = any("\u4e00" <= char <= "\u9fff" for char in splits["train"]["target"][0])
    assert chinese is (name == "ui-strings-zh")


def test_conversations_take_turns(read):
    found = reading.read([{"messages": one} for one in read("chitchat")["train"]["messages"]])
    assert not found.problems and len(found.conversations) == 3242
    first = found.conversations[0].messages
    assert first[0].content == "Hello\nHow are you doing today?"
    assert all([m.role for m in one.messages] == ["user", "assistant"] * (len(one.messages) // 2)
               + ["user"] * (len(one.messages) % 2) for one in found.conversations)  # fmt: skip


def test_tasks_are_held_out_whole_and_large_ones_do_not_drown_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(writing_readers, "INSTANCES", 3)
    for number in (4, 5, 10, 11):
        folder = tmp_path / f"subtask{number:03}_boats"
        folder.mkdir()
        examples = [{"input": f" boat {n} ", "target": [f"pier {n}", "sea"]} for n in range(4)]
        examples[1] = {"input": "boat 0", "target": "again"}
        said = f"Definition: be brief.\nPrompt:  Where is\nboat {number}? "
        (folder / "task.json").write_text(json.dumps({"task_prefix": said, "examples": examples}))
    found = readers.read("natural-instructions", tmp_path)
    assert {split: sorted(set(rows["task"])) for split, rows in found.items()} == {
        "train": ["subtask004_boats", "subtask011_boats"], "validation": ["subtask010_boats"],
        "test": ["subtask005_boats"],
    }  # fmt: skip
    assert {name: rows[:3] for name, rows in found["test"].items()} == {
        "prefix": ["Where is boat 5?"] * 3, "source": ["boat 0", "boat 2", "boat 3"],
        "target": ["pier 0", "pier 2", "pier 3"], "task": ["subtask005_boats"] * 3,
    }  # fmt: skip


def test_short_replies(read):
    english, chinese = read("chatterbot-english")["train"], read("chatterbot-chinese")["train"]
    assert english["prompt"][2] == "Are you sentient?" and english["completion"][2] == "Sort of."
    assert chinese["prompt"][0] == "什么是ai" and set(chinese["topic"]) >= {"ai", "food"}


def test_replies_are_whole_however_the_authors_wrote_the_list(tmp_path):
    (tmp_path / "odd.yml").write_text(
        "conversations:\n"
        "- - how far is the moon\n"
        "  - it\n"
        "- - how far is the moon\n"
        "  - about 400,000\n"
        "    kilometres\n"
        "- Which number is called 'two fat ladies'?\n"
        "  - '88'\n"
        "- a lonely line\n"
        "- - show me a loop\n"
        "  - |\n"
        "    for n in range(3):\n"
        "        print(n)\n"
        "- - is it 3 o'clock\n"
        "  - 'yes: it is'\n"
        "  - \"well, - no\"\n",
        encoding="utf-8",
    )
    found = chatterbot(tmp_path)["train"]
    assert list(zip(found["prompt"], found["completion"], strict=True)) == [
        ("how far is the moon", "about 400,000 kilometres"),
        ("Which number is called 'two fat ladies'?", "88"),
        ("show me a loop", "for n in range(3):\n    print(n)"),
        ("is it 3 o'clock", "yes: it is"),
        ("yes: it is", "well, - no"),
    ]


@pytest.mark.parametrize("name", ["chatterbot-english", "chatterbot-chinese"])
def test_no_letter_of_a_line_is_a_reply(read, name):
    found = read(name)["train"]
    pairs = zip(found["prompt"], found["completion"], strict=True)
    assert [pair for pair in pairs if len(pair[0]) == len(pair[1]) == 1] == []
    assert "it" not in found["completion"]
