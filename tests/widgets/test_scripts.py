"""A widget's script holds the shared helpers that it uses, and no others."""

import re
from pathlib import Path

import pytest

from workbench.widgets import base

SHARED = {
    name: [found[1] for found in base._DECLARED.finditer(base.source(name))]
    for name in base.SHARED
}


def test_the_shared_files_hold_declarations_alone():
    for name in base.SHARED:
        text = base.source(name)
        held = "".join(found[0] for found in base._DECLARED.finditer(text))
        left = text.replace(held, "")
        assert all(not line or line.startswith(("//", "/**", " *")) for line in left.splitlines())


def test_what_is_used_is_there_and_the_rest_is_not():
    for names in [
        ("elements/notice.js",),
        ("panels/form.js",),
        ("elements/tabs.js", "keys.js"),
        ("elements/curves.js",),
        ("elements/examples_table.js", "keys.js"),
        ("attention/attention_view.js", "keys.js"),
    ]:
        script = base.module(*names)
        words = set(base._WORD.findall(script))
        for shared in [one for file in script.names for one in SHARED.get(file, [])]:
            declared = re.findall(rf"^(?:async )?(?:function|const) {shared}\b", script, re.M)
            assert bool(declared) == (shared in words), (names, shared)


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("a();", ["a"]),
        ("b(1);", ["a", "b"]),
        ("const x = c;", ["a", "b", "c"]),
        ("nothing();", []),
        ("ab();", []),
    ],
    ids=["one", "and-what-it-names", "further", "none", "another-word"],
)
def test_helpers_bring_those_that_they_name(own, kept):
    shared = "function a() {\n  return 1;\n}\nasync function b(n) {\n  a();\n}\nconst c = [b];\n"
    held = base._used(shared, own)
    assert re.findall(r"^(?:async )?(?:function|const) (\w+)", held, re.M) == kept


def test_comments_stay_at_home():
    code = 'go("http://a.example/b"); // why\n  // all of it\n/* more\n */\nconst a = 1 / 2;\n'
    assert base._lean(code) == 'go("http://a.example/b");\nconst a = 1 / 2;'


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("if (a) { b = 1; } else { c(d, e); }", "if(a){b=1;}else{c(d,e);}"),
        ("say('a, b: c', \"d = e\", f);", "say('a, b: c',\"d = e\",f);"),
        ("return x + +y - z;", "return x + +y - z;"),
        ("const t = `a = ${b} , c`;", "const t = `a = ${b} , c`;"),
        ("s.replace(/ = /g, '');", "s.replace(/ = /g, '');"),
        ("go('http://a.example', { b: 1 });", "go('http://a.example',{b:1});"),
        ("const [a, b] = c.d ? e : [f];", "const [a,b]=c.d?e:[f];"),
    ],
    ids=["signs", "strings", "plus", "template", "regular", "address", "list"],
)
def test_blanks_beside_signs_stay_at_home(line, kept):
    assert base._lean(line) == kept


def test_no_template_goes_over_lines():
    # their indents would be lost with those of the code
    for path in Path(base.__file__).parent.rglob("*.js"):
        if path.parent.name != "vendor":
            odd = [line for line in path.read_text("utf-8").splitlines() if line.count("`") % 2]
            assert not odd, path.name


def test_a_small_view_is_small():
    assert len(base.module("elements/notice.js")) < 4_500
