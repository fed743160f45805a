"""Folders and compressed files as people have them; what is not read is said with a count."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from workbench.data.reading import archives, extracting, sources
from workbench.data.reading.folder_entries import is_book
from workbench.data.reading.uploads import save_upload
from workbench.errors import DataError

WORDS = "river stone garden letter window bread castle violin".split()
TEXTS = [f"{WORDS[n % 8]} {WORDS[(n * 3 + 1) % 8]} number {n}" for n in range(12)]
FRAME = pd.DataFrame({"text": TEXTS, "label": ["neg", "pos"] * 6})
CSV = FRAME.to_csv(index=False)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


def folder(tmp_path, files):
    root = tmp_path / "data"
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def opened(path):
    splits, reports = sources.opened(path)
    notes = [note for report in reports for note in report.notes]
    return {name: len(split) for name, split in splits.items()}, notes, splits


def packed(files, mode="w:gz"):
    made = io.BytesIO()
    if mode == "zip":
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return made.getvalue()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            data = content.encode()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def zstandard(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


# --- compressed ----------------------------------------------------------------------------------

PACKED = {
    "r.csv.gz": gzip.compress(CSV.encode()),
    "r.csv.bz2": bz2.compress(CSV.encode()),
    "r.csv.xz": lzma.compress(CSV.encode()),
    "r.csv.zst": zstandard(CSV.encode()),
    "r.csv": gzip.compress(CSV.encode()),
    "r.jsonl.gz": gzip.compress(FRAME.to_json(orient="records", lines=True).encode()),
    "r.csv.zip": packed({"r.csv": CSV}, "zip"),
    "r.zip": packed({"r.csv": CSV, "__MACOSX/._r.csv": "x", ".DS_Store": "x"}, "zip"),
    "r.tar.gz": packed({"deep/r.csv": CSV}),
    "r.tgz": packed({"r.csv": CSV, "._r.csv": "x"}),
    "two.csv.gz": gzip.compress(CSV[:100].encode()) + gzip.compress(CSV[100:].encode()),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_file_is_read_wherever_a_file_is(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(PACKED[name])
    assert sources.load(path)["train"].to_list() == FRAME.to_dict("records")
    assert sources.load(path)["train"].num_rows == 12  # from the cache
    kept = save_upload(name, PACKED[name], tmp_path / "uploads")
    assert sources.load(kept)["train"].num_rows == 12
    inside = tmp_path / "folder"
    inside.mkdir()
    (inside / name.replace("r.", "train.").replace("two", "train")).write_bytes(PACKED[name])
    if not archives.is_archive(name):
        assert sources.load(inside)["train"].num_rows == 12


def test_errors_name_the_file_that_was_given(tmp_path):
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(b"text,label\na,b,c\nd,e,f,g\n"))
    with pytest.raises(DataError, match=r"r\.csv\.gz \(the first") as caught:
        sources.load(tmp_path / "r.csv.gz")
    assert "cache" not in caught.value.message
    (tmp_path / "cut.csv.gz").write_bytes(PACKED["r.csv.gz"][:60])
    with pytest.raises(DataError, match="cut.csv.gz cannot be unpacked"):
        sources.load(tmp_path / "cut.csv.gz")
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_what_would_fill_the_disk_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 2**16)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"text\n" + b"0" * 2**22))
    with pytest.raises(DataError, match="unpacks to more than"):
        sources.load(tmp_path / "a.csv.gz")
    monkeypatch.setattr(extracting, "MAX_UNPACKED", 2**16)
    for name, mode in (("a.zip", "zip"), ("a.tar.gz", "w:gz")):
        (tmp_path / name).write_bytes(packed({"a.txt": "0" * 2**20}, mode))
        with pytest.raises(DataError, match="can be unpacked"):
            sources.load(tmp_path / name)
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


@pytest.mark.parametrize("name", ["../out.csv", "/etc/out.csv"])
@pytest.mark.parametrize("mode", ["w:gz", "zip"], ids=["tar", "zip"])
def test_an_archive_stays_in_its_folder(tmp_path, name, mode):
    path = tmp_path / ("a.zip" if mode == "zip" else "a.tar.gz")
    path.write_bytes(packed({name: CSV}, mode))
    with pytest.raises(DataError, match="leads out of its folder"):
        sources.load(path)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.json"])
def test_a_pointer_is_not_the_data(tmp_path, name):
    (tmp_path / name).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 12345\n"
    )
    with pytest.raises(DataError, match="pointer of git-lfs") as caught:
        sources.load(tmp_path / name)
    assert "git lfs pull" in caught.value.remedy


# --- folders -------------------------------------------------------------------------------------


def classes(root="", names=("neg", "pos"), ending=".txt", count=6):
    return {f"{root}{c}/{n}{ending}": f"{TEXTS[n]} {c}" for c in names for n in range(count)}


def test_reviews_with_an_unlabelled_part(tmp_path):
    files = {**classes("train/"), **classes("test/", count=3), "imdb.vocab": "a\nb\n",
             "train/urls_pos.txt": "x\n", "README": "about",
             **classes("train/", ("unsup",), count=5)}  # fmt: skip
    sizes, notes, splits = opened(folder(tmp_path, files))
    assert sizes == {"train": 12, "test": 6}
    assert sorted(set(splits["train"]["label"])) == ["neg", "pos"]
    left = [(note.count, note.what) for note in notes if note.check == "left out"]
    for count, name in ((5, "train/unsup"), (1, "urls_pos.txt"), (1, "imdb.vocab"), (1, "README")):
        assert any(count == n and name in what for n, what in left)


def test_newsgroups_by_date(tmp_path):
    groups = ("sci.space", "rec.autos")
    files = {**classes("20news-bydate-train/", groups, ending="", count=5),
             **classes("20news-bydate-test/", groups, ending="", count=2)}  # fmt: skip
    files = {name.replace("/0", "/51060"): text for name, text in files.items()}
    sizes, _, splits = opened(folder(tmp_path, files))
    assert sizes == {"train": 10, "test": 4}
    assert set(splits["test"]["label"]) == set(groups)


def test_files_of_a_system_are_never_read(tmp_path):
    files = {**classes(), "neg/._0.txt": "\x00\x05", "__MACOSX/neg/._0.txt": "\x00",
             ".DS_Store": "x", "pos/Thumbs.db": "x"}  # fmt: skip
    sizes, _, splits = opened(folder(tmp_path, files))
    assert sizes == {"train": 12} and set(splits["train"]["label"]) == {"neg", "pos"}


TABLES = {
    "folders of splits": (
        {"train/part1.csv": CSV, "train/part2.csv": CSV, "test/part1.csv": CSV},
        {"train": 24, "test": 12}, None,
    ),
    "shards": (
        {"train-00000-of-00002.csv": CSV, "train-00001-of-00002.csv": CSV},
        {"train": 24}, None,
    ),
    "a cloned folder": (
        {"README.md": "about", ".gitattributes": "x", "data/train-00000-of-00001.csv": CSV,
         "data/test-00000-of-00001.csv": CSV},
        {"train": 12, "test": 12}, None,
    ),
    "a split named eval": (
        {"train.csv": CSV, "eval.csv": CSV}, {"train": 12, "validation": 12}, "eval.csv is taken",
    ),
    "eval beside dev": (
        {"train.csv": CSV, "dev.csv": CSV, "eval.csv": CSV},
        {"train": 12, "validation": 12, "test": 12}, "eval.csv is taken for the test split",
    ),
    "two validation splits": (
        {"train.csv": CSV, "validation_matched.csv": CSV, "validation_mismatched.csv": CSV},
        {"train": 12, "validation": 24}, "2 files were put together",
    ),
    "two forms of one split": (
        {"train.csv": CSV, "train.json": FRAME.to_json(orient="records"), "test.csv": CSV},
        {"train": 12, "test": 12}, "1 other of that name was left out: train.json",
    ),
    "names around the split": (
        {"reviews_train.csv": CSV, "reviews_test.csv": CSV}, {"train": 12, "test": 12}, None,
    ),
    "something else beside": (
        {"train.csv": CSV, "test.csv": CSV, "extra.csv": CSV, "sample_submission.csv": CSV},
        {"train": 12, "test": 12}, "1 file or folder of data was not read: extra.csv",
    ),
    "numbered parts": (
        {"part-1.csv": CSV, "part-2.csv": CSV, "part-3.csv": CSV}, {"train": 36}, "parts of one",
    ),
    "compressed": ({"train.csv.gz": gzip.compress(CSV.encode()), "test.csv": CSV},
                   {"train": 12, "test": 12}, None),
    "one folder within": ({"inside/deeper/train.csv": CSV, "inside/deeper/dev.csv": CSV},
                          {"train": 12, "validation": 12}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_in_a_folder(tmp_path, name):
    files, sizes, says = TABLES[name]
    found, notes, splits = opened(folder(tmp_path, files))
    assert found == sizes and splits["train"].column_names == ["text", "label"]
    said = [note.what for note in notes if note.check in ("left out", "splits")]
    assert any(says in what for what in said) if says else said == []
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for inside, content in files.items():
            made.writestr(inside, content)
    assert opened(archive)[0] == sizes


LINES = "\n".join(TEXTS)
STORY = "title,text,date\n" + "".join(f"a,{text},2024\n" for text in TEXTS)
A_CLASS_A_FILE = {
    "named": ({"pos.txt": LINES, "neg.txt": LINES, "README.txt": "x"}, {"pos", "neg"}),
    "by ending": ({"rt.pos": LINES, "rt.neg": LINES}, {"pos", "neg"}),
    "tables": ({"Fake.csv": STORY, "True.csv": STORY}, {"Fake", "True"}),
    "an ending of its own": (
        {"quote.tok.5000": LINES, "plot.tok.5000": LINES},
        {"quote.tok", "plot.tok"},
    ),
    "after the split": ({"train-pos.txt": LINES, "train-neg.txt": LINES}, {"pos", "neg"}),
    "under splits": ({"train/pos.txt": LINES, "train/neg.txt": LINES}, {"pos", "neg"}),
}


@pytest.mark.parametrize("name", A_CLASS_A_FILE)
def test_a_file_a_class(tmp_path, name):
    files, labels = A_CLASS_A_FILE[name]
    sizes, notes, splits = opened(folder(tmp_path, files))
    assert sizes == {"train": 24} and set(splits["train"]["label"]) == labels
    assert splits["train"]["text"][0] == TEXTS[0]
    assert next(note for note in notes if note.check == "classes").severity == "warning"


GROUPS = "a fine film\na good one\n\nnice\nlovely\n"
WRAPPED = "\n\n".join(["they sat by the window and looked out at the grey water and\n"
                       "waited for the boat that was to bring the letters which had\n"
                       "been promised to them so long ago"] * 6)  # fmt: skip
KEPT = {
    "one blank line": ({"pos.txt": GROUPS, "neg.txt": GROUPS}, [4, 4]),
    "three classes": ({name: GROUPS + GROUPS for name in ("a.txt", "b.txt", "c.txt")}, [8, 8, 8]),
    "long lines": ({"pos.txt": GROUPS.replace("one", "one " * 30), "neg.txt": GROUPS}, [4, 4]),
    "a few words beside books": (
        {"a.txt": WRAPPED, "b.txt": WRAPPED, "c.txt": "x\ny\nz"}, [18, 18, 3]),
    "classes beside a book": ({"a.txt": GROUPS, "b.txt": WRAPPED}, [4, 18]),
}


@pytest.mark.parametrize("name", KEPT)
def test_classes_keep_their_labels_unless_all_are_surely_books(tmp_path, name):
    files, sizes = KEPT[name]
    root = folder(tmp_path, files)
    _, notes, splits = opened(root)
    assert splits["train"].column_names == ["text", "label"]
    counts = splits["train"].to_pandas()["label"].value_counts()
    assert [counts[file.removesuffix(".txt")] for file in files] == sizes
    said = next(note for note in notes if note.check == "classes")
    assert (said.severity, said.count) == ("warning", len(files))
    splits, _ = sources.opened(root, reading={"files": "parts"})
    assert splits["train"].column_names == ["text"] and len(splits["train"]) == sum(sizes)


@pytest.mark.parametrize("blank", ["\f", "\u00a0", "\u3000", "\r", " \t"],
                         ids=["page", "no-break", "ideographic", "return", "plain"])  # fmt: skip
def test_a_line_of_any_blanks_parts_paragraphs(tmp_path, blank):
    file = tmp_path / "a.txt"
    file.write_bytes(WRAPPED.replace("\n\n", f"\n{blank}\n").encode())
    assert is_book(file)
    file.write_bytes(WRAPPED.replace("\n", f"\n{blank}\n").encode())  # a paragraph a line
    assert not is_book(file)


WAYS = {
    "books": ({"emma.txt": WRAPPED, "walden.txt": WRAPPED}, ["emma", "walden"]),
    "numbered": ({"part1.txt": LINES, "part10.txt": LINES}, ["part1", "part10"]),
    "tables": ({"Fake.csv": STORY, "True.csv": STORY}, ["Fake", "True"]),
    "after the split": ({"train-pos.txt": LINES, "train-neg.txt": LINES}, ["neg", "pos"]),
    "under splits": ({"train/pos.txt": LINES, "train/neg.txt": LINES}, ["neg", "pos"]),
    "a line each": ({"pos.txt": "good", "neg.txt": "bad"}, ["neg", "pos"]),
}


@pytest.mark.parametrize("name", WAYS)
def test_reading_says_whether_files_are_classes_or_parts(tmp_path, name):
    files, labels = WAYS[name]
    root = folder(tmp_path, files)
    classes = sources.opened(root, reading={"files": "classes"})[0]["train"]
    parts = sources.opened(root, reading={"files": "parts"})[0]["train"]
    assert sorted(set(classes["label"])) == labels and "label" not in parts.column_names
    assert sorted(classes["text"]) == sorted(parts["text"])


NOT_KNOWN = {
    "two tables with labels": {"one.csv": CSV, "two.csv": CSV},
    "unlike tables": {"one.csv": CSV, "two.csv": "a,b\nc,d\n"},
    "pictures": {"a.png": "x", "b.png": "y"},
}


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_a_folder_that_is_none_of_these(tmp_path, name):
    with pytest.raises(DataError, match="holds no data that is known"):
        opened(folder(tmp_path, NOT_KNOWN[name]))
