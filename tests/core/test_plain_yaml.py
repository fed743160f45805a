"""YAML of other people is read after a look at its depth."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from workbench import plain_yaml


@pytest.mark.parametrize(
    "text",
    ["[" * 100 + "]" * 100, "- " * 99 + "[a]", "{a: " * 100 + "1" + "}" * 100, "a: &b [1]\nc: *b"],
    ids=["lists", "blocks", "mappings", "alias"],
)
def test_what_lies_a_hundred_deep_is_read(text):
    assert plain_yaml.load(text) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["[" * 101 + "]" * 101, "- " * 101 + "a", "{a: " * 101])
def test_what_lies_deeper_is_refused(text):
    with pytest.raises(yaml.YAMLError, match="more than 100 deep"):
        plain_yaml.load(text)


def test_what_would_end_the_process_is_refused():
    code = """
    from workbench import plain_yaml
    try:
        plain_yaml.load("[" * 300_000 + "]" * 300_000)
    except Exception as error:
        print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", "if True:" + code], capture_output=True, text=True, check=True
    )
    assert "deep in one another" in done.stdout


def test_what_is_no_yaml_is_said_by_who_reads_it():
    assert not plain_yaml.too_deep("a: [1")
    with pytest.raises(yaml.YAMLError, match="expected ',' or"):
        plain_yaml.load("a: [1")
