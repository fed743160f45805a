"""Tagged sentences are read from whatever file holds them: words, tags, and what is said."""


import json

import pandas as pd
import pytest

import workbench as wb
from tests.data.tags import tagged_files
from tests.waiting import PATIENCE
from workbench.data.columns import mapping
from workbench.data.reading import sources
from workbench.data.tags.tagged import examples_of, load_tagged
from workbench.recipe import Recipe


def read(path, **reading):
    """Words and tags (BIO) of all rows in their order, as training gets them, and the notes."""
    splits, reports = sources.opened(str(path), reading=reading)
    guessed = mapping.infer(splits)
    recipe = Recipe(dataset=str(path), task=guessed.task, columns=guessed.recipe_columns(),
                    reading=reading, test_size=2, validation_size=2)  # fmt: skip
    assert guessed.task == "token-classification"
    examples = examples_of(splits, recipe)
    frame = pd.concat(examples.splits.values()).sort_values("row")
    notes = [note for report in reports for note in report.notes]
    return list(zip(frame["tokens"], frame["tags"], strict=True)), notes


ALL = tagged_files.SPANS | tagged_files.LINES | tagged_files.ROWS


@pytest.mark.parametrize("name", ALL, ids=list(ALL))
def test_every_way_to_write_them_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(ALL[name])
    found, _ = read(path)
    said = [
        (words, [tag[:2] + tag[2:].upper() for tag in tags]) for words, tags in found
    ]  # lower.conll names its types so
    assert said == tagged_files.wanted() or found == tagged_files.wanted()


def jsonl(path, rows):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, "utf-8")
    return path


def marked(path, change, n=12, *, prefix=""):
    """doccano's lines, each with ``change(number, text, spans)`` as its spans."""
    return jsonl(path, [
        {"text": text, "label": change(i, text, [list(span[:3]) for span in spans])}
        for i, (text, _, _, spans) in enumerate(tagged_files.sentences(n, prefix=prefix))
    ])  # fmt: skip


def counts(notes):
    return {note.check: (note.severity, note.count) for note in notes}


def test_offsets_that_do_not_fit_are_counted_and_nothing_is_lost_in_silence(tmp_path):
    def damaged(i, text, spans):
        if i == 0:
            spans[0][1] -= 2  # Mira Ho
        if i == 1:
            spans.append([500, 510, "PER"])
        if i == 2:
            spans.append([spans[0][0], spans[0][0] + 3, "FIRST"])  # Lea, of Lea Kern
        if i == 3:
            spans[1][0] -= 1  # a blank and Bergen
        if i == 4:
            spans.append([2, 3, "LOC"])  # a blank
        return spans

    path = marked(tmp_path / "a.jsonl", damaged)
    found, notes = read(path)
    assert found == tagged_files.wanted()
    assert counts(notes) == {
        "spans": ("info", 24), "spans cut a word": ("warning", 1), "spans outside": ("warning", 1),
        "overlapping spans": ("warning", 1), "spans with blanks": ("info", 1),
        "empty spans": ("warning", 1),
    }  # fmt: skip
    said = next(note for note in notes if note.check == "spans cut a word")
    assert "(row 1, 'Mira Ho' first)" in said.what and "'characters'" in said.remedy
    shorter, _ = read(path, overlaps="shortest")
    assert shorter[2][1][3:5] == ["B-FIRST", "O"]
    letters, notes = read(path, words="characters")
    assert "spans cut a word" not in counts(notes)
    assert "".join(letters[0][0][6:12]) == "MiraHo" and letters[0][1][12] == "O"


@pytest.mark.parametrize(
    ("unit", "prefix", "count"),
    [
        ("utf-16", "👍🏽 ok ", lambda text: len(text.encode("utf-16-le")) // 2),
        ("bytes", "Café über ", lambda text: len(text.encode())),
        ("crlf", "a\nb\nc ", lambda text: len(text) + text.count("\n")),
        ("lf", "a\r\nb ", lambda text: len(text) - text.count("\r")),
    ],
    ids=["utf-16", "bytes", "crlf", "lf"],
)
def test_what_offsets_count_is_found_out_and_said(tmp_path, unit, prefix, count):
    def counted(i, text, spans):
        return [[count(text[:a]), count(text[:b]), kind] for a, b, kind in spans]

    path = marked(tmp_path / "a.jsonl", counted, prefix=prefix)
    found, notes = read(path)
    first = len(found[0][0]) - 12
    assert [(w[first:], t[first:]) for w, t in found] == tagged_files.wanted()
    assert counts(notes)["offsets"] == ("warning", 24)
    assert [tags for _, tags in read(path, offsets=unit)[0]] == [tags for _, tags in found]
    _, notes = read(path, offsets="characters")
    assert "offsets" not in counts(notes) and "spans cut a word" in counts(notes)


def test_offsets_in_characters_stay_so_beside_emoji(tmp_path):
    path = marked(tmp_path / "a.jsonl", lambda i, text, spans: spans, prefix="👩‍👩‍👧 é\n")
    found, notes = read(path)
    assert found[0][0][:3] == ["👩‍👩‍👧", "é", "On"] and set(counts(notes)) == {"spans"}


def test_annotators_who_disagree_reject_or_did_nothing(tmp_path):
    rows = []
    for i, (text, _, _, spans) in enumerate(tagged_files.sentences()):
        result = [{"type": "labels", "value": {"start": a, "end": b, "labels": [kind]}}
                  for a, b, kind, _ in spans]  # fmt: skip
        done = [{"result": result}]
        if i < 3:
            done.append({"result": []})
        if i == 11:
            done[0]["was_cancelled"] = True
        rows.append({"id": i, "data": {"text": text}, "annotations": done})
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    found, notes = read(path)
    assert found == tagged_files.wanted()[:11]
    assert counts(notes)["several annotations"] == ("warning", 3)
    assert counts(notes)["no annotation"] == ("info", 1)
    lines = [
        {"text": text, "spans": [{"start": a, "end": b, "label": k} for a, b, k, _ in spans],
         "answer": "reject" if i < 2 else "accept"}
        for i, (text, _, _, spans) in enumerate(tagged_files.sentences())
    ]  # fmt: skip
    found, notes = read(jsonl(tmp_path / "b.jsonl", lines))
    assert found == tagged_files.wanted()[2:] and counts(notes)["answers"] == ("info", 2)


def test_a_folder_of_brat(tmp_path):
    for i, (text, _, _, spans) in enumerate(tagged_files.sentences()):
        folder = tmp_path / ("train" if i < 9 else "dev" if i < 10 else "test")
        folder.mkdir(exist_ok=True)
        (folder / f"d{i:02}.txt").write_bytes(f"News\r\n{text}\r\n".encode())
        lines = [f"T{k}\t{kind} {a + 6} {b + 6}\t{said}\n"
                 for k, (a, b, kind, said) in enumerate(spans)]  # fmt: skip
        (folder / f"d{i:02}.ann").write_text("".join([*lines, "R1\tIn Arg1:T0 Arg2:T1\n"]))
    (tmp_path / "train" / "more.txt").write_text("Nobody looked at this.")
    splits, reports = sources.opened(str(tmp_path))
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 18, "validation": 2, "test": 4}  # fmt: skip
    rows = [row for name in ("train", "validation", "test") for row in splits[name]]
    assert [(row["tokens"], row["tags"]) for row in rows[1::2]] == tagged_files.wanted()
    assert rows[0]["text"] == "News" and rows[1]["document"] == "d00"
    assert counts(reports[0].notes)["no annotation"] == ("warning", 1)
    (tmp_path / "test" / "d11.ann").write_text("T1\tPER nine 12\tx\n")
    with pytest.raises(wb.errors.DataError, match="Line 1 of .*d11.ann is no entity of brat"):
        sources.opened(str(tmp_path))


def conll(path, line, n=12, between="\n"):
    path.write_text(between.join(
        "".join(line(i, k, w, t) for k, (w, t) in enumerate(zip(words, tags, strict=True)))
        for i, (_, words, tags, _) in enumerate(tagged_files.sentences(n))), "utf-8")  # fmt: skip
    return path


def test_columns_are_named_by_hand_and_rivals_are_said(tmp_path):
    path = conll(tmp_path / "a.conll",
                 lambda i, k, w, t: f"{w} {t} {t.replace('LOC', 'TOWN')} X{k % 3}\n")  # fmt: skip
    found, notes = read(path)
    assert found[0][1][7] == "B-TOWN"
    (note,) = notes
    assert note.severity == "warning" and "Tags are in 2 as well" in note.what
    assert read(path, tag_column=2)[0] == tagged_files.wanted()
    parts, _ = read(path, word_column=1, tag_column=4)
    assert parts[0][1] == [f"X{k % 3}" for k in range(12)]
    with pytest.raises(wb.errors.DataError, match="tag_column is 9, and lines have 4 columns"):
        read(path, tag_column=9)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("# O\nME B-X\n\n# O\nOslo B-X\n", [["#", "ME"], ["#", "Oslo"]]),
        ("# id 7 x=y\nOslo _ _ B-X\nis _ _ O\n\n# id 8 x=y\nhere _ _ O\n",
         [["Oslo", "is"], ["here"]]),
        ("Prix O\n10\u00a0000 B-X\neuros O\n", [["Prix", "10\u00a0000", "euros"]]),
        ("我 O\n\u3000 O\n北 B-X\n", [["我", "\u3000", "北"]]),
        ("a\u2028b O\nOslo B-X\n", [["a\u2028b", "Oslo"]]),
        ("-DOCSTART- O\n\nOslo B-X\nis O\n-DOCSTART- O\nyes O\n", [["Oslo", "is"], ["yes"]]),
        ("#tag O\nOslo B-X\n", [["#tag", "Oslo"]]),
    ],
    ids=["hash", "comment", "no-break", "ideographic", "separator", "docstart", "hashtag"],
)  # fmt: skip
def test_words_and_comments_are_told_apart(tmp_path, text, rows):
    path = tmp_path / "a.conll"
    path.write_text(text, "utf-8")
    assert sources.load(str(path))["train"]["tokens"][:] == rows


def test_sentences_without_blank_lines_end_at_stops_and_that_is_said(tmp_path):
    path = conll(tmp_path / "a.conll", lambda i, k, w, t: f"{w} {t}\n", between="")
    found, notes = read(path)
    assert found == tagged_files.wanted() and counts(notes)["sentences"] == ("warning", 12)


def test_the_check_says_what_training_says(tmp_path):
    numbers = [
        {"tokens": words, "ner_tags": [["O", "B-PER", "I-PER", "B-LOC"].index(t) for t in tags]}
        for _, words, tags, _ in tagged_files.sentences()
    ]
    path = str(jsonl(tmp_path / "a.jsonl", numbers))
    recipe = Recipe(dataset=path, task="token-classification", columns={"tags": "ner_tags"})
    check = wb.check(recipe)
    (error,) = [f for f in check.found if f.severity == "error"]
    with pytest.raises(wb.errors.DataError) as refused:
        wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert (error.what, error.remedy) == (refused.value.message, refused.value.remedy)
    assert "The tags are numbers (0 to 3) that have no names" in error.what
    named = recipe.replace(reading={"tag_names": ["O", "B-PER", "I-PER", "B-LOC"]})
    assert wb.check(named).ok

    gaps = conll(tmp_path / "b.conll",
                 lambda i, k, w, t: f"{w}\t{'' if (i, k) == (3, 2) else t}\n")  # fmt: skip
    check = wb.check(str(gaps))
    assert [(f.check, f.count) for f in check.found if f.severity == "error"] == [
        ("words without a tag", 1)]  # fmt: skip
    assert check.fix("words without a tag").ok


def test_a_table_of_words_with_gaps_and_without_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(tagged_files.ROWS["no-sentence.csv"])
    _, notes = read(path)
    assert counts(notes)["a word a row"] == ("warning", 12)
    plain = sources.load(str(path), reading={"shape": "plain"})
    assert plain["train"].column_names == ["word", "tag"] and len(plain["train"]) == 144


def test_texts_of_two_columns_stay_what_they_are(tmp_path):
    path = tmp_path / "a.csv"
    rows = "".join(f"fine film {i},good\ndull story {i},bad\n" for i in range(20))
    path.write_text("text,label\n" + rows)
    assert mapping.infer(sources.load(str(path))).task == "text-classification"
    jsonl(tmp_path / "b.jsonl", [
        {"text": f"go to {town} {i}", "intent": "travel" if i % 2 else "ask",
         "entities": [{"start": 6, "end": 6 + len(town), "value": town, "entity": "town"}]}
        for i in range(10) for town in tagged_files.TOWNS])  # fmt: skip
    assert mapping.infer(sources.load(str(tmp_path / "b.jsonl"))).columns["label"] == "intent"


@pytest.mark.parametrize(
    "make",
    [
        lambda t, w, g, s: {"text": t, "label": [tuple(x[:3]) for x in s]},
        lambda t, w, g, s: {"text": t, "spans": [{"start": x[0], "end": x[1], "label": x[2]}
                                                 for x in s]},
        lambda t, w, g, s: {"words": w, "ner": g},
        lambda t, w, g, s: {"sentence": w, "label": g},
    ],
    ids=["triples", "objects", "words", "sentence"],
)  # fmt: skip
def test_tables_in_memory_are_read_the_same(make):
    frame = pd.DataFrame([make(*one) for one in tagged_files.sentences()])
    check = wb.check(frame)
    assert check.mapping.task == "token-classification" and check.ok
    found = pd.concat(load_tagged(check.recipe).splits.values()).sort_values("row")
    assert list(zip(found["tokens"], found["tags"], strict=True)) == tagged_files.wanted()
    said = [f.what for f in check.found if f.check == "spans"]
    assert all(what.startswith("The DataFrame is read as a table") for what in said)
    assert len(said) == (0 if "words" in frame or "sentence" in frame else 1)


def test_the_form_and_the_command_line_name_columns(tmp_path):
    from workbench.data.reading.reading_settings import read_setting
    from workbench.widgets.panels.check import CheckPanel

    path = conll(tmp_path / "a.conll", lambda i, k, w, t: f"{w} {t} {t}\n")
    panel = CheckPanel(str(path))
    try:
        assert panel.wait(PATIENCE) is not None
        fields = {field[0]: field for field in panel.view.reading}
        assert fields["tag_column"][2] == "" and ["2", "2"] in fields["tag_column"][3]
        panel._asked("reading", name="tag_column", value="2")
        assert panel.wait(PATIENCE).ok and panel.recipe.reading == {"tag_column": "2"}
    finally:
        panel.close()
    assert read_setting("tag_column", "2") == ("tag_column", 2)
    assert read_setting("tag_names", "O, B-a,I-a") == ("tag_names", ["O", "B-a", "I-a"])


def test_endings_that_say_nothing_or_the_split(tmp_path):
    written = tagged_files.LINES["blanks.txt"]
    for name in ("tagged", "a.data", "b.text", "c.tok"):
        (tmp_path / name).write_bytes(written)
        assert read(tmp_path / name)[0] == tagged_files.wanted()
    folder = tmp_path / "conll"
    folder.mkdir()
    for ending in ("train", "testa", "testb"):
        (folder / f"eng.{ending}").write_bytes(written)
    splits = sources.load(str(folder))
    assert {name: len(split) for name, split in splits.items()} == dict.fromkeys(
        ("train", "validation", "test"), 12
    )
    assert splits["test"]["tags"][:] == [tags for _, tags in tagged_files.wanted()]
