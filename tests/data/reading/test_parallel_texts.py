"""Texts in two languages: two files line by line, and translation memories."""

import textwrap

import pytest

from workbench.data import check
from workbench.data.reading import parallel_texts, sources
from workbench.errors import DataError

DE, EN = ["Der Hund schläft.", "Es regnet.", "Guten Tag."], ["The dog sleeps.", "It rains.", "Hi."]


def folder(path, **files):
    for name, lines in files.items():
        file = path / name.replace("__", "/").replace("_", ".", 1)
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


NAMES = {
    "languages": ("train.en", "train.de"),
    "with-endings": ("news.en.txt", "news.de.txt"),
    "sides": ("source.txt", "target.txt"),
    "short-sides": ("train.src", "train.tgt"),
    "before": ("src-train.txt", "tgt-train.txt"),
    "languages-alone": ("en.txt", "de.txt"),
    "tokenized": ("train.tok.en", "train.tok.de"),
    "direction": ("corpus.en-de.en", "corpus.en-de.de"),
    "regions": ("corpus.en_US", "corpus.de-DE"),
    "regions-of-one": ("corpus.pt-br", "corpus.pt-PT"),
    "scripts": ("eng_Latn.train", "deu_Latn.train"),
}


@pytest.mark.parametrize(("one", "other"), NAMES.values(), ids=NAMES)
def test_two_files_are_pairs(tmp_path, one, other):
    (tmp_path / one).write_text("\n".join(EN), "utf-8")
    (tmp_path / other).write_text("\n".join(DE) + "\n", "utf-8")
    splits, reports = sources.opened(tmp_path)
    assert splits["train"]["source"][:] == EN and splits["train"]["target"][:] == DE
    said = [note.what for report in reports for note in report.notes]
    assert any(f"{one} → {other}" in one_said for one_said in said)


def test_words_that_are_codes_are_no_side_of_a_text():
    for name in ("My_Book.txt", "No_More.txt", "Faust_Pt_II.txt"):
        assert parallel_texts.side_of(name) is None
    assert parallel_texts.side_of("en.Test") == ("test", "en")
    assert parallel_texts.side_of("En_Test.txt") is None
    assert parallel_texts.side_of("x.en_CA") == ("x", "en-ca")


def test_the_name_says_the_direction(tmp_path):
    (tmp_path / "c.de-en.en").write_text("\n".join(EN))
    (tmp_path / "c.de-en.de").write_text("\n".join(DE))
    assert sources.load(tmp_path)["train"]["source"][:] == DE


def test_capitals_say_the_direction_as_well(tmp_path):
    (tmp_path / "C.EN-DE.EN").write_text("\n".join(EN))
    (tmp_path / "C.EN-DE.DE").write_text("\n".join(DE))
    assert sources.load(tmp_path)["train"]["source"][:] == EN


def test_splits_and_chinese(tmp_path):
    for split, texts in (("train", EN), ("dev", EN[:1]), ("test", EN[1:])):
        (tmp_path / f"{split}.en").write_text("\n".join(texts))
        (tmp_path / f"{split}.zh").write_text("\n".join("狗" * len(text) for text in texts))
    splits = sources.load(tmp_path)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 3, "validation": 1, "test": 2}
    found = check(tmp_path)
    assert found.mapping.columns == {"source": "source", "target": "target"}


def test_unequal_files_are_refused_with_both_lengths(tmp_path):
    (tmp_path / "train.en").write_text("\n".join(EN))
    (tmp_path / "train.de").write_text("\n".join(DE[:2]))
    with pytest.raises(DataError, match=r"train.en.*3.*train.de.*2"):
        sources.load(tmp_path)


def test_a_line_without_its_other_side_is_left_out_and_counted(tmp_path):
    (tmp_path / "train.en").write_text("a\n\n\nd\n")
    (tmp_path / "train.de").write_text("x\n\ny\n\n")
    splits, reports = sources.opened(tmp_path)
    assert splits["train"].to_list() == [{"source": "a", "target": "x"}]
    said = [n for report in reports for n in report.notes if n.severity == "warning"]
    assert [n.count for n in said] == [2]


def test_three_languages_are_asked_about(tmp_path):
    for name in ("en", "de", "fr"):
        (tmp_path / f"train.{name}").write_text("\n".join(EN))
    with pytest.raises(DataError, match=r"more than two: train.de, train.en, train.fr"):
        sources.load(tmp_path)


def test_other_folders_are_read_as_before(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\na,x\nb,y\n")
    (tmp_path / "test.csv").write_text("text,label\nc,x\nd,y\n")
    assert sources.load(tmp_path)["train"].column_names == ["text", "label"]


def tmx(*units, head='<?xml version="1.0" encoding="UTF-8"?>\n', source="en"):
    return (
        f'{head}<tmx version="1.4">\n<header srclang="{source}" datatype="plaintext"/>\n<body>\n'
        + "\n".join(units) + "\n</body>\n</tmx>\n"
    )  # fmt: skip


def unit(attribute="xml:lang", **texts):
    return "<tu>" + "".join(
        f'<tuv {attribute}="{name.replace("_", "-")}"><seg>{text}</seg></tuv>'
        for name, text in texts.items()
    ) + "</tu>"  # fmt: skip


def opened(path, text, encoding="utf-8"):
    file = path / "memory.tmx"
    file.write_bytes(text.encode(encoding))
    splits, reports = sources.opened(file)
    return splits["train"], {n.what: n.count for r in reports for n in r.notes if n.check == "tmx"}


def test_a_memory_is_read(tmp_path):
    rows, said = opened(tmp_path, tmx(unit(en="A &amp; B", de="A und B"), unit(de="Ja", en="Yes")))
    assert rows.to_list() == [{"source": "A & B", "target": "A und B"},
                              {"source": "Yes", "target": "Ja"}]  # fmt: skip
    assert list(said.values()) == [2] and "en → de" in next(iter(said))
    assert check(tmp_path / "memory.tmx").mapping.task == "text-to-text"


@pytest.mark.parametrize(
    ("text", "rows", "counts"),
    [
        pytest.param(tmx(unit(en="a", de="b"), unit(en="c")), [("a", "b")], [1, 1], id="lacking"),
        pytest.param(tmx(unit("lang", en="a", de="b")), [("a", "b")], [1], id="old-attribute"),
        pytest.param(tmx(unit(en="a", de="b"), source="de"), [("b", "a")], [1], id="source"),
        pytest.param(tmx(unit(en="a", de="b"), source="*all*"), [("a", "b")], [1], id="any"),
        pytest.param(tmx(unit(en_US="a", de_DE="b"), unit(en_GB="c", de_DE="d"), source="en-US"),
                     [("a", "b"), ("c", "d")], [2, 2], id="regions"),
        pytest.param(tmx(unit(en='go <bpt i="1">&lt;b></bpt>on<ept i="1">&lt;/b></ept> now',
                              de="<hi>weiter</hi>")),
                     [("go on now", "weiter")], [1, 1], id="codes"),
        pytest.param(tmx('<tu><tuv xml:lang="en"><seg>a</seg></tuv><tuv xml:lang="en"><seg>z</seg>'
                         '</tuv><tuv xml:lang="de"><seg>b</seg></tuv></tu>'),
                     [("a", "b")], [1, 1], id="twice"),
        pytest.param(tmx(unit(en="a\n  b", de="c")), [("a b", "c")], [1], id="broken-lines"),
        pytest.param(tmx(unit(en="a", de="b"), head='<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'),
                     [("a", "b")], [1], id="doctype"),
    ],
)  # fmt: skip
def test_what_is_left_out_of_a_memory_is_counted(tmp_path, text, rows, counts):
    found, said = opened(tmp_path, text)
    assert [tuple(row.values()) for row in found.to_list()] == rows
    assert list(said.values()) == counts


def test_a_memory_in_another_encoding(tmp_path):
    text = tmx(unit(en="dog", zh="狗"), head='<?xml version="1.0" encoding="UTF-16"?>\n')
    assert opened(tmp_path, text, "utf-16")[0]["target"][:] == ["狗"]


def test_of_three_languages_each_is_a_column(tmp_path):
    rows, said = opened(tmp_path, tmx(unit(en="a", de="b", fr="c"), unit(en="d", fr="e")))
    assert rows.column_names == ["en", "de", "fr"] and rows["de"][:] == ["b", None]


def test_regions_that_stand_beside_each_other_stay_apart(tmp_path):
    rows, said = opened(tmp_path, tmx(unit(en="dog", zh_CN="狗猪", zh_TW="狗豬")))
    assert rows.to_list() == [{"en": "dog", "zh-cn": "狗猪", "zh-tw": "狗豬"}]
    assert list(said.values()) == [1]
    said = opened(tmp_path, tmx(unit(en="dog", zh_CN="狗猪"), unit(en="pig", zh_TW="豬")))[1]
    assert "Regions of a language are read as one: en (2), zh-cn (1), zh-tw (1)." in said
    units = [unit(en_US=f"a {n}", de="b") for n in range(9)] + [unit(en_GB="c", de="d")] * 10
    rows, said = opened(tmp_path, tmx(*units, unit(en_US="x", en_GB="y", de="z")))
    assert len(rows) == 20 and rows[19] == {"source": "x", "target": "z"}
    assert [n for what, n in said.items() if "the first is taken" in what] == [1]


LAUGHS = '<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n'
FILE = '<!DOCTYPE tmx [\n<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(tmx(unit(en="&b;", de="x"), head=LAUGHS), r"entity 'a' in line 1", id="grows"),
        pytest.param(tmx(unit(en="&secret;", de="x"), head=FILE), r"'secret' in line 2", id="file"),
        pytest.param(tmx(unit(en="a & b", de="x")), r"line 5: not well-formed", id="ampersand"),
        pytest.param(tmx("<tu><tuv></tu>"), r"line 5: mismatched tag", id="tags"),
        pytest.param(tmx(unit(en="a", de="b"))[:-20], r"line 5: unclosed token", id="cut"),
        pytest.param(tmx(unit(en="&nbsp;a", de="b")), r"line 5: undefined entity", id="no-entity"),
        pytest.param("<xliff><file/></xliff>", r"begins with <xliff>", id="xliff"),
        pytest.param(tmx(unit(en="a"), unit(en="b")), r"one language only: en", id="one-language"),
        pytest.param(tmx(), r"has 0 units with no text whose language is said", id="empty"),
        pytest.param(tmx(unit(en="a", de="b")).replace('xml:lang="', 'about="'),
                     r"has 1 unit with no text whose language is said", id="no-languages"),
    ],
)
def test_a_memory_that_cannot_be_read_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        opened(tmp_path, text)


def test_a_folder_of_plain_texts_is_learnt_text_by_text(tmp_path):
    for n in range(12):
        play = f"Play {n}.\n\nEnter ghost {n} with a lantern.\n"
        (tmp_path / f"play {n}.txt").write_text(play * 3)
    found = check(tmp_path)
    assert found.mapping.task == "language-modelling"
    texts = sources.load(tmp_path)["train"][found.mapping.columns["text"]]
    assert sum(text.count("ghost") for text in texts) == 36


PART = "\n".join(textwrap.wrap(
    "It was a grey morning at {n}, and no boat came into the bay, so that they sat by the window "
    "and looked at the water until the lamps along the pier were lit, one after the other, and the "
    "fishermen went home with empty nets.", 64)) + "\n\n"  # fmt: skip
BOOK = "".join(PART.format(n=n) for n in range(9))
LINES = PART.strip().splitlines()


@pytest.mark.parametrize(
    ("text", "task"),
    [
        pytest.param(BOOK, "language-modelling", id="books"),
        pytest.param(BOOK.replace("\n", "\r\n"), "language-modelling", id="carriage-returns"),
        pytest.param("".join(f"The boat {n} is here.\n" for n in range(9)), "text-classification",
                     id="a-line-each"),
        pytest.param("".join(f"The boat {n} is here.\n\n" for n in range(9)),
                     "text-classification", id="blank-lines-between"),
        pytest.param("".join(f"so we came to the bay and saw the boat again {n}.\n"
                             + "\n" * (n == 5) for n in range(12)),
                     "text-classification", id="groups-alike-in-width"),
        pytest.param("".join(f"{LINES[0][: 60 - 4 * n]}\n{LINES[1]}\n\n" for n in range(12)),
                     "text-classification", id="groups-of-unlike-width"),
        pytest.param(BOOK.replace("\n\n", "\n"), "text-classification", id="no-paragraphs"),
    ],
)  # fmt: skip
def test_books_are_no_class_each_and_classes_name_the_way_out(tmp_path, text, task):
    for name in ("dracula", "emma", "walden"):
        (tmp_path / f"{name}.txt").write_bytes(f"{name} begins.\n{text}".encode())
    found = check(tmp_path, model="none")
    assert found.mapping.task == task
    told = found.findings.set_index("check")
    if task == "language-modelling":
        assert "classes" not in told.index
        assert "dracula.txt to walden.txt" in told.loc["books", "what"]
        assert told.loc["books", ["severity", "count"]].tolist() == ["warning", 3]
        assert "reading={'files': 'classes'}" in told.loc["books", "remedy"]
    else:
        assert "task='language-modelling'" in told.loc["classes", "remedy"]
        assert "reading={'files': 'parts'}" in told.loc["classes", "remedy"]
