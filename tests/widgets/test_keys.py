"""One table says which keys do what; scripts follow their files while somebody works on them."""

import json
import os
import re
from pathlib import Path

import pytest

from workbench.widgets import base, live

FOLDER = Path(base.__file__).parent
SCRIPTS = sorted(
    path
    for path in FOLDER.rglob("*.js")
    if path.name != "keys.js" and "vendor" not in path.parts
)
TABLE = (FOLDER / "keys.js").read_text("utf-8")
USES = re.compile(
    r"\b(?:onKeys\([\w.]+, |does\(|key(?:Names|Signs)\()\"(\w+)\"|\bwalkLines\(.*?, \"(\w+)\""
)
KINDS = set(re.findall(r"^  (\w+): ", TABLE.partition("const KEYS")[2].partition("};")[0], re.M))


def test_there_are_kinds():
    assert {"lines", "pages", "tabs", "curve", "points", "cells", "field", "queue"} == KINDS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_view_reads_keys_by_itself(script):
    text = script.read_text("utf-8")
    assert not re.findall(r"\.key ===|\[event\.key\]|Arrow(?:Up|Down|Left|Right)|\"Escape\"", text)
    used = {name for match in USES.findall(text) for name in match if name}
    assert used <= KINDS


def test_a_view_that_acts_on_keys_has_the_table():
    """Scripts are joined by name: a view without keys.js would fail in the browser alone."""
    with_keys = 0
    for path in FOLDER.rglob("*.py"):
        for names in re.findall(r"_esm = module\(([^)]*)\)", path.read_text("utf-8")):
            files = re.findall(r"\"([\w./]+)\"", names)
            own = [file for file in files if file != "keys.js"]
            joined = "".join((FOLDER / file).read_text("utf-8") for file in own)
            names = "onKeys|walkLines|keyNames|keySigns|does|led|namedField"
            needs = bool(re.search(rf"\b({names})\(", joined))
            assert needs == ("keys.js" in files), path.name
            with_keys += needs
    assert with_keys > 10


def test_what_takes_keys_is_our_own():
    """A list of ipywidgets lets its keys through: in JupyterLab's command mode "o" then hides the
    output that it stands in, and "x" cuts the cell."""
    boxes = {"VBox", "HBox", "GridBox", "Label", "Widget", "Layout"}
    package = Path(base.__file__).parent
    used = {
        name for path in package.rglob("*.py")
        for name in re.findall(r"\bipywidgets\.([A-Z]\w+)", path.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert "VBox" in used and used <= boxes, used - boxes


def test_the_card_says_its_keys_by_the_table():
    from workbench import i18n

    said = i18n.group("queue")
    assert re.findall(r"{(\w+)}", said["keys"]) == ["accept", "relabel", "name", "drop", "undo"]
    assert all("{key}" in said[f"{name}_key"] for name in ("accept", "relabel", "drop", "undo"))


#: Names and signs of keys, as a person would write them into a sentence.
KEYS = re.compile(
    r"\b(?:Enter|Esc|Escape|Backspace|Del|Ctrl|Shift|Page ?(?:Up|Down)|[Ss]pace ?bar)\b"
    r"|\b[Aa]rrow(?:s\b| keys?\b|[A-Z])|\b(?:the|press|Press|and|or) (?:Home|End|Tab)\b"
    r"|[↑↓␣]|(?<!{query} )→|←|\b[Pp]ress [a-z0-9]\b"
)


def sentences(found, path: str = ""):
    """Every text of the catalogue with its key."""
    if isinstance(found, str):
        yield path, found
        return
    for name, one in found.items():
        yield from sentences(one, f"{path}.{name}".strip("."))


def test_no_sentence_names_a_key_by_hand():
    catalogue = json.loads((FOLDER.parent / "locales" / "en.json").read_text("utf-8"))
    assert {key: said for key, said in sentences(catalogue) if KEYS.search(said)} == {}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("Rows; arrow keys move, Enter chooses", True),
        ("Escape chooses none.", True),
        ("Walk with ← and →.", True),
        ("↑ moves up", True),
        ("Press d to drop it.", True),
        ("Go to the start with Home or End", True),
        ("Home address and end of the text", False),
        ("Rows; {move} move, {choose} chooses", False),
        ("{query} → {key}: {weight}", False),
    ],
    ids=["arrows", "escape", "left-right", "up", "letter", "home-end", "plain", "filled", "pair"],
)
def test_a_key_in_a_sentence_is_found(said, named):
    assert bool(KEYS.search(said)) is named


def test_a_sentence_about_keys_is_filled_by_a_script_with_the_table():
    """Each such sentence is asked for by a view's script together with what is made of the table.

    ``{name}`` and ``{key}`` stand for other things in other sentences: there they are no matter.
    """
    from workbench import i18n

    about, scripts = 0, {}
    for path in FOLDER.rglob("*.py"):
        text = path.read_text("utf-8")
        for group, files in re.findall(
            r"TEXTS = \"(\w+)\"\n(?: +#.*\n)*    _esm = module\(([^)]*)\)", text
        ):
            scripts.setdefault(group, []).extend(re.findall(r"\"([\w./]+)\"", files))
    for group, files in scripts.items():
        script = "".join(
            (FOLDER / file).read_text("utf-8") for file in files if file != "keys.js"
        )
        for key, said in sentences(i18n.group(group)):
            if not re.search(r"{(?:keys|move|choose|leave)}", said):
                continue
            about += 1
            assert re.search(r"key(?:Signs|Names)\(", script), f"{group}.{key}"
            assert re.search(rf"say\(\"{key}\", |model\.get\(\"hint\"\), {{ keys", script), key
    assert about >= 13


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Scripts of our own in the place of the package's; nothing is watched by a thread."""
    (tmp_path / "common.js").write_text("// shared\nconst a = 1;\n")
    (tmp_path / "mine.js").write_text("export default { a };")
    (tmp_path / "style.css").write_text(".wb { }")
    monkeypatch.setattr(base, "_HERE", tmp_path)
    monkeypatch.setattr(base, "_live", live.Live(base._forget))
    monkeypatch.setattr(live.Live, "_watch", lambda self: None)
    monkeypatch.setattr(base.Style, "_one", None)
    monkeypatch.setenv("ANYWIDGET_HMR", "1")
    base._forget()
    yield tmp_path
    base._forget()


def edit(path: Path, text: str) -> None:
    stamp = path.stat().st_mtime_ns + 1_000_000_000
    path.write_text(text)
    os.utime(path, ns=(stamp, stamp))


def view_of(*names: str):
    return type("Mine", (base.View,), {"TEXTS": "sheet", "_esm": base.module(*names)})


def test_an_edited_script_reaches_the_open_views(folder):
    view, closed = view_of("mine.js")(), view_of("mine.js")()
    closed.close()
    assert view._esm == "const a=1;\nexport default{a};"
    assert base._live.look() == 0
    edit(folder / "mine.js", "export default { a, render() {} };")
    assert base._live.look() == 1
    assert view._esm == "const a=1;\nexport default{a,render(){}};"
    edit(folder / "common.js", "const a = 2;\n")
    assert base._live.look() == 1 and view._esm.startswith("const a=2;")
    assert view_of("mine.js")()._esm == view._esm  # a view that is made later has it too


def test_an_edited_style_sheet_reaches_the_page(folder):
    view = view_of("mine.js")()
    edit(folder / "style.css", ".wb { color: red }")
    assert base._live.look() == 1 and view.sheet.css == ".wb{color:red}"


def test_a_file_that_is_being_written_is_read_when_it_is_there(folder):
    view = view_of("mine.js")()
    (folder / "mine.js").unlink()
    with pytest.raises(OSError):
        base._live.look()
    (folder / "mine.js").write_text("export default { late: 1 };")
    assert base._live.look() == 1 and "late" in view._esm


def test_nothing_is_watched_unless_asked_for(folder, monkeypatch):
    monkeypatch.delenv("ANYWIDGET_HMR")
    view = view_of("mine.js")()
    edit(folder / "mine.js", "export default { other: 1 };")
    assert base._live.look() == 0 and "other" not in view._esm
    assert base._live._thread is None
