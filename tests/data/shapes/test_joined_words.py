"""Sentences a line with a tag behind each word, and lines that only look a little like them."""

import pytest

import workbench as wb
from workbench.data.reading import sources

WORDS = ["On", "day", "{}", "Mira", "Holt", "saw", "Oslo", "."]
TAGS = ["O", "O", "O", "B-PER", "I-PER", "O", "B-LOC", "O"]


def written(mark, n=40):
    pairs = list(zip(WORDS, TAGS, strict=True))
    lines = (" ".join(f"{word.format(i)}{mark}{tag}" for word, tag in pairs) for i in range(n))
    return "\n".join(lines) + "\n"


def opened(tmp_path, text, name="own.txt", **reading):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    splits, reports = sources.opened(str(path), reading=reading)
    return splits["train"], [note for report in reports for note in report.notes]


@pytest.mark.parametrize("mark", ["/", "_", "|", "###"], ids=["slash", "line", "bar", "hashes"])
def test_words_and_tags_joined_by_a_mark(tmp_path, mark):
    table, notes = opened(tmp_path, written(mark))
    assert len(table) == 40 and table.column_names == ["tokens", "tags"]
    assert table[7]["tokens"] == [word.format(7) for word in WORDS] and table[7]["tags"] == TAGS
    assert [note.severity for note in notes if note.check == "joined words"] == ["info"]
    found = wb.check(tmp_path / "own.txt")
    assert found.ok and found.mapping.task == "token-classification"


def test_a_mark_within_a_word_and_parts_of_speech(tmp_path):
    lines = ["1/2/NUM cup/NOUN of/ADP tea/NOUN", "and/or/CCONJ milk/NOUN ././PUNCT"] * 10
    table, _ = opened(tmp_path, "\n".join(lines), "own.pos")
    assert table[0]["tokens"] == ["1/2", "cup", "of", "tea"]
    assert table[1]["tokens"] == ["and/or", "milk", "./."]
    assert table[1]["tags"] == ["CCONJ", "NOUN", "PUNCT"]


def test_chinese_words_with_their_kinds(tmp_path):
    table, _ = opened(tmp_path, "我/r 爱/v 北京/ns 。/w\n他/r 去/v 上海/ns 。/w\n" * 5)
    assert table[0]["tokens"] == ["我", "爱", "北京", "。"] and table[1]["tags"][2] == "ns"


def test_a_line_without_its_tags_is_left_out_and_counted(tmp_path):
    text = written("/", 80) + "this line has none\n"
    table, notes = opened(tmp_path, text)
    (said,) = [note for note in notes if note.check == "joined words" and note.count == 1
               and note.severity == "warning"]  # fmt: skip
    assert len(table) == 80 and "line 81" in said.what


@pytest.mark.parametrize(
    "text",
    [
        "either/or is a question\nwhat/ever you like\n" * 5,
        "a/b\nc/d\ne/f\ng/h\n" * 3,
        "2024/05/01 2024/05/02\n2024/06/01 2024/06/02\n" * 5,
        "see http://a.example/x and http://b.example/y\n" * 8,
    ],
    ids=["words", "one-word", "dates", "addresses"],
)
def test_what_only_looks_like_them_stays_text(tmp_path, text):
    table, _ = opened(tmp_path, text)
    assert "tokens" not in table.column_names


def test_lines_can_be_kept_as_texts(tmp_path):
    table, _ = opened(tmp_path, written("/"), shape="plain")
    assert table.column_names == ["text"] and len(table) == 40


@pytest.mark.parametrize(
    "line",
    ["{text} ||| {label}", "{text}|||{label}", "{label}: {text}", "{label}::{text}"],
    ids=["bars", "bars-close", "colon", "colons"],
)
def test_a_label_parted_by_rarer_marks(tmp_path, line):
    rows = [(f"the film number {n} was {'fine' if n % 2 else 'dull'}", ["neg", "pos"][n % 2])
            for n in range(40)]  # fmt: skip
    table, _ = opened(tmp_path, "\n".join(line.format(text=t, label=y) for t, y in rows))
    assert table.column_names == ["text", "label"]
    assert list(zip(table["text"], table["label"], strict=True)) == rows


def test_a_colon_in_plain_sentences_is_no_label(tmp_path):
    texts = [f"note {n}: the film was fine" for n in range(40)]
    texts += [f"he said: number {n}" for n in range(5)]
    table, _ = opened(tmp_path, "\n".join(texts))
    assert table.column_names == ["text"]
