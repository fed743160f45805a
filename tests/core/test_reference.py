"""A reference is taken apart in one way, whoever reads it."""

import re
from pathlib import Path

import pytest

import workbench
from workbench.errors import UnknownName
from workbench.reference import Origin, Reference, origin_of, short_name

STORED = "data:sha256-" + "0" * 64


@pytest.mark.parametrize(
    ("written", "kind", "origin", "name"),
    [
        pytest.param("sample:spam", "dataset", Origin.SAMPLE, "spam", id="sample"),
        pytest.param("sample:", "model", Origin.SAMPLE, "", id="sample-of-no-name"),
        pytest.param("hub:a/b", "model", Origin.HUB, "a/b", id="hub"),
        pytest.param("net:bert-tiny", "model", Origin.NET, "bert-tiny", id="net"),
        pytest.param("net:bert-tiny", "dataset", Origin.PATH, "net:bert-tiny", id="no-net-of-data"),
        pytest.param(STORED, "dataset", Origin.STORED, STORED[5:], id="stored"),
        pytest.param(STORED, "model", Origin.PATH, STORED, id="no-stored-model"),
        pytest.param("texts.csv", "dataset", Origin.PATH, "texts.csv", id="file"),
        pytest.param("a:b.csv", "dataset", Origin.PATH, "a:b.csv", id="colon-in-a-path"),
        pytest.param("hub", "dataset", Origin.PATH, "hub", id="folder-called-hub"),
        pytest.param("SAMPLE:spam", "dataset", Origin.PATH, "SAMPLE:spam", id="capitals"),
        pytest.param("", "model", Origin.PATH, "", id="nothing"),
        pytest.param(":x", "model", Origin.PATH, ":x", id="nothing-before-the-colon"),
        pytest.param(Path("sub/x.csv"), "dataset", Origin.PATH, "sub/x.csv", id="a-path"),
    ],
)
def test_origin_and_name(written, kind, origin, name):
    found = Reference.parse(written, kind)
    assert (found.origin, found.name, found.kind) == (origin, name, kind)
    assert found.written == str(found) == str(written)
    assert origin_of(written, kind) is origin


def test_what_is_misspelt_still_has_an_origin():
    assert origin_of("hub:a/b/c", "model") is Origin.HUB
    with pytest.raises(UnknownName, match="'hub:a/b/c' is not a hub reference"):
        Reference.parse("hub:a/b/c", "model")


def test_a_net_names_the_model_whose_weights_it_takes():
    assert Reference.parse("net:bert-tiny", "model").weights is None
    assert Reference.parse("net:bert@", "model").weights is None
    taken = Reference.parse("net:bert@hub:a/b@v1", "model").weights
    assert (taken.origin, taken.repo, taken.revision) == (Origin.HUB, "a/b", "v1")
    assert Reference.parse("net:bert@./mine", "model").weights.path == Path("mine")


def test_a_path_is_no_address():
    assert Reference.parse("s3:bucket", "dataset").path == Path("s3:bucket")
    here = Reference.parse("~/texts.csv", "dataset")
    assert here.path == Path.home() / "texts.csv" and here.written == "~/texts.csv"


def test_a_reference_is_a_value():
    one, other = (Reference.parse("hub:a/b:c", "dataset") for _ in range(2))
    assert one == other and len({one, other}) == 1
    with pytest.raises(AttributeError):
        one.name = "x"


@pytest.mark.parametrize(
    ("written", "short"),
    [
        pytest.param("sample:movie-sentiment", "movie-sentiment", id="sample"),
        pytest.param("hub:cardiffnlp/tweet_eval:emotion", "emotion", id="configuration"),
        pytest.param("hub:org/Model_v2@main", "model-v2", id="revision"),
        pytest.param(STORED, "frame", id="stored"),
        pytest.param("/tmp/a b/My Texts.csv.gz", "my-texts-csv", id="file"),
        pytest.param("./folder/", "folder", id="folder"),
        pytest.param("数据.csv", "", id="no-latin-letter"),
        pytest.param("x" * 80, "x" * 30, id="long"),
    ],
)
def test_short_names(written, short):
    assert short_name(written) == short


def test_nobody_else_takes_references_apart():
    """What a prefix means is decided in one module."""
    apart = re.compile(
        r"""(startswith|removeprefix)\(\(?f?["'](sample|hub|net|data):|split\(["']:["'], 1\)"""
    )
    package = Path(workbench.__file__).parent
    own = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if apart.search(path.read_text("utf-8"))
    }
    # a sample, and a name of the hub, may be given without what stands before them
    assert own <= {"catalog/samples/stored.py", "catalog/references.py"}
    assert apart.search('text.startswith("hub:")')


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://huggingface.co/acme/tiny", "hub:acme/tiny"),
        ("https://huggingface.co/datasets/acme/tiny-2.0/tree/main", "hub:acme/tiny-2.0@main"),
        ("hf://datasets/acme/tiny", "hub:acme/tiny"),
        ("hub:https://huggingface.co/acme/tiny", "hub:acme/tiny"),
        ("hub:datasets/acme/tiny", "hub:acme/tiny"),
        ("HUB:acme/tiny", "hub:acme/tiny"),
        ("acme/tiny", "hub:acme/tiny"),
        ("https://example.org/tiny.csv", None),
        ("./acme/tiny", None),
        ("acme/tiny.csv", None),
        ("tests/tiny", None),  # in a folder that is here
    ],
)
@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_an_address_is_answered_with_what_to_write(written, meant, kind):
    with pytest.raises(UnknownName) as caught:
        workbench.catalog.check(written, kind)
    assert (f"Write {meant!r}" in caught.value.remedy) == (meant is not None)
    assert ("Download" in caught.value.remedy) == ("example.org" in written)
