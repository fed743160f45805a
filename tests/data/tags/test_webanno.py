"""WebAnno TSV 3: spans over several tokens, several layers, values that overlap."""

from __future__ import annotations

import pytest

from workbench.data.reading import sources, user_files
from workbench.errors import DataError

NER = "#T_SP=org.example.NamedEntity|identifier|value\n"
POS = "#T_SP=org.example.POS|PosValue\n"
RELATION = "#T_RL=org.example.Relation|kind|BT_org.example.NamedEntity\n"


def written(*blocks, layers=NER, version="3.3"):
    """Sentences as the tool writes them: rows of a token and the cells of its features."""
    out = f"#FORMAT=WebAnno TSV {version}\n{layers}\n\n"
    for number, rows in enumerate(blocks, 1):
        out += "#Text=" + " ".join(row[0] for row in rows) + "\n"
        place = 0
        for n, (token, *cells) in enumerate(rows, 1):
            out += f"{number}-{n}\t{place}-{place + len(token)}\t{token}\t" + "\t".join(cells)
            out += "\t\n"
            place += len(token) + 1
        out += "\n"
    return out


def read(tmp_path, content, name="a.tsv", encoding="utf-8", **reading):
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    reports = []
    table = user_files.read_file(path, reading, reports)
    return table.to_pylist(), reports[0].notes


ADA = [("Ada", "*[1]", "PER[1]"), ("Lovelace", "*[1]", "PER[1]"), ("saw", "_", "_"),
       ("Rome", "*", "LOC"), (".", "_", "_")]  # fmt: skip
TAGS = ["B-PER", "I-PER", "O", "B-LOC", "O"]


@pytest.mark.parametrize("name", ["a.tsv", "a.txt", "a.conll", "CURATION_USER.tsv", "export"])
def test_spans_of_several_tokens_are_entities_whatever_the_file_is_called(tmp_path, name):
    (row, other), notes = read(tmp_path, written(ADA, [("Oslo", "*", "LOC")]), name)
    assert row == {"tokens": [one[0] for one in ADA], "tags": TAGS}
    assert other == {"tokens": ["Oslo"], "tags": ["B-LOC"]}
    assert "3 entities in 2 sentences" in notes[-1].what


def test_two_entities_side_by_side_stay_two(tmp_path):
    rows = [("Ada", "_", "PER[1]"), ("Bo", "_", "PER[2]"), ("Cy", "_", "PER[2]")]
    (row,), _ = read(tmp_path, written(rows), encoding="utf-8-sig")
    assert row["tags"] == ["B-PER", "B-PER", "I-PER"]


def test_of_spans_that_overlap_the_longest_is_kept_and_the_others_are_counted(tmp_path):
    rows = [("Bank", "_", "ORG[1]"), ("of", "_", "ORG[1]"), ("Rome", "_", "ORG[1]|LOC"),
            ("fell", "_", "_")]  # fmt: skip
    (row,), notes = read(tmp_path, written(rows))
    assert row["tags"] == ["B-ORG", "I-ORG", "I-ORG", "O"]
    (lost,) = [note for note in notes if note.check == "overlapping spans"]
    assert (lost.severity, lost.count) == ("warning", 1)


def test_parts_of_words_are_left_out_and_counted(tmp_path):
    content = written(ADA).replace("1-4\t", "1-3.1\t13-14\ts\t*\tX\t\n1-4\t")
    (row,), notes = read(tmp_path, content)
    assert row["tags"] == TAGS
    assert [note.count for note in notes if note.check == "overlapping spans"] == [1]


def test_one_of_several_layers_is_read_and_the_others_are_named(tmp_path):
    rows = [("Ada", "NN", "_", "PER"), ("left", "VB", "_", "_")]
    content = written(rows, layers=POS + NER)
    (row,), notes = read(tmp_path, content)
    assert row["tags"] == ["B-PER", "O"]
    (said,) = [note for note in notes if note.check == "layers"]
    assert "'POS.PosValue'" in said.what and said.severity == "warning"
    (row,), _ = read(tmp_path, content, tag_column="PosValue")
    assert row["tags"] == ["NN", "VB"]  # a value for every token: plain tags
    with pytest.raises(DataError, match="no layer or feature 'lemma'"):
        read(tmp_path, content, tag_column="lemma")


def test_columns_of_relations_are_passed_over(tmp_path):
    rows = [("Ada", "at", "1-2", "PER"), ("Rome", "_", "_", "LOC")]
    layers = RELATION + "#T_SP=org.example.NamedEntity|value\n"
    (row,), _ = read(tmp_path, written(rows, layers=layers))
    assert row["tags"] == ["B-PER", "B-LOC"]


def test_columns_of_chains_are_passed_over(tmp_path):
    rows = [("Ada", "*->1-1", "she[1]", "PER"), ("Rome", "_", "_", "LOC")]
    layers = "#T_CH=org.example.Link|relation|kind\n#T_SP=org.example.NamedEntity|value\n"
    (row,), _ = read(tmp_path, written(rows, layers=layers))
    assert row["tags"] == ["B-PER", "B-LOC"]


def test_a_layer_without_features_gives_its_name(tmp_path):
    rows = [("Ada", "*[1]"), ("Lovelace", "*[1]"), ("left", "_")]
    (row,), _ = read(tmp_path, written(rows, layers="#T_SP=webanno.custom.Person\n"))
    assert row["tags"] == ["B-Person", "I-Person", "O"]


def test_what_is_escaped_is_read_as_it_was(tmp_path):
    rows = [("Ada", "_", r"a\|b\[c\]"), ("left", "_", "_")]
    (row,), _ = read(tmp_path, written(rows))
    assert row["tags"] == ["B-a|b[c]", "O"]


def test_without_any_value_it_is_refused(tmp_path):
    with pytest.raises(DataError, match="no layer with a value"):
        read(tmp_path, written([("Ada", "_", "_")]))


def test_it_is_a_dataset_of_tags(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(written(*[ADA] * 3))
    assert sources.load(path)["train"].column_names == ["tokens", "tags"]




def test_sentences_that_no_blank_line_parts_are_parted_by_their_numbers(tmp_path):
    parted = written(ADA, [("Oslo", "*", "LOC")])
    head, _, rest = parted.partition("\n\n")
    close = f"{head}\n\n" + rest.lstrip("\n").replace("\n\n", "\n")
    assert "\n\n" not in close.partition("\n\n")[2]
    assert read(tmp_path, close)[0] == read(tmp_path, parted)[0]
    bare = "\n".join(line for line in close.splitlines() if not line.startswith("#Text="))
    assert len(read(tmp_path, bare)[0]) == 2
