"""The wheel holds what the repository holds, and a file too few or too many is named."""

import zipfile

import pytest

from tests.setup import wheel
from workbench import Recipe, cli
from workbench.commands import demo


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return wheel.build(tmp_path_factory.mktemp("dist"))


def test_it_holds_every_file_and_no_other(built):
    assert wheel.complaints(built) == []
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    assert {"workbench/locales/en.json", "workbench/widgets/style.css",
            "workbench/widgets/vendor/d3.LICENSE.txt"} <= set(names)  # fmt: skip
    assert not [name for name in names if name.startswith(("tests/", "notebooks/"))]


def test_what_is_missing_or_strange_is_named(built, tmp_path):
    other = tmp_path / built.name
    with zipfile.ZipFile(built) as archive, zipfile.ZipFile(other, "w") as changed:
        for name in archive.namelist():
            if not name.endswith(("style.css", "/LICENSE")):
                changed.writestr(zipfile.ZipInfo(name), archive.read(name))
        changed.writestr(zipfile.ZipInfo("workbench/secret.txt"), b"x")
    assert wheel.complaints(other) == [
        "It lacks workbench/widgets/style.css.",
        "It holds workbench/secret.txt, which is not tracked.",
        "It lacks the licence.",
    ]


def test_nothing_is_left_in_the_tree(built, tmp_path):
    def left():
        """What a build leaves; another test may leave other things meanwhile."""
        patterns = ("*.egg-info", "build/lib*", "build/bdist*", "dist")
        return {path.name for pattern in patterns for path in wheel.ROOT.glob(pattern)}

    before = left()
    wheel.build(tmp_path / "dist")
    wheel.build(tmp_path / "dist")  # the one of before is replaced
    assert len(list((tmp_path / "dist").iterdir())) == 1
    assert left() == before


def test_the_demo_is_the_default_recipe_with_what_is_set(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(demo, "train", lambda *given: asked.append(given))
    cli.main(["demo", "--set", "max_steps=5", "--out", str(tmp_path)])
    cli.main(["demo"])
    assert asked == [(Recipe(max_steps=5), tmp_path), (Recipe(), None)]
    cli.main(["demo", *[word for setting in wheel.SMALL for word in ("--set", setting)]])
    assert asked[2][0].max_steps < 10
