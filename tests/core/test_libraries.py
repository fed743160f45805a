"""The library is there for every thread at once, and nobody but one module imports it."""

import ast
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.waiting import PATIENCE
from workbench import libraries

PACKAGE = Path(libraries.__file__).parent


def until(there, seconds: float) -> bool:
    """Whether it came true within the time."""
    end = time.monotonic() + seconds
    while not there() and time.monotonic() < end:
        time.sleep(0.01)
    return there()


PROGRAM = """
import importlib, sys, threading
import workbench
wrong, gate = [], threading.Barrier(8)

def as_people_write_it():
    import transformers
    transformers.AutoModelForTokenClassification, transformers.PreTrainedTokenizerBase

def ours():
    from workbench import libraries
    libraries.transformers("AutoConfig", "AutoTokenizer", "models.auto.modeling_auto.AutoModel")

def held(work):
    gate.wait()
    try:
        work()
    except BaseException as error:
        wrong.append(repr(error))

works = [as_people_write_it, ours] * 4
threads = [threading.Thread(target=held, args=(work,)) for work in works]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(wrong)
"""


@pytest.mark.parametrize("attempt", ["first", "second"], ids=str)
def test_threads_that_begin_at_once_all_find_what_they_ask_for(attempt):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_one_name_several_names_and_the_library():
    config, level = libraries.transformers("AutoConfig", "utils.logging.get_verbosity")
    assert config.__name__ == "AutoConfig" and callable(level)
    assert libraries.transformers("AutoConfig") is config
    assert libraries.transformers() is sys.modules["transformers"]
    with pytest.raises(ImportError, match="NoSuchModel"):
        libraries.transformers("NoSuchModel")


def test_the_guard_stands_once():
    libraries.guard()
    libraries.guard()
    assert sum(type(finder).__name__ == "_Finder" for finder in sys.meta_path) == 1


@pytest.mark.parametrize("first", ["theirs", "ours"], ids=str)
def test_whoever_makes_a_model_takes_the_turn(first, tmp_path, monkeypatch):
    """One load that begins within another: the library's own way of tying is there afterwards."""
    import transformers

    from workbench.catalog.loading.safe_loading import load_model

    config = transformers.BertConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
        vocab_size=5, max_position_embeddings=4,
    )  # fmt: skip
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    kind = transformers.PreTrainedModel
    make, tie, inside, most = transformers.BertModel.__init__, kind.tie_weights, [], []
    begun, ended = threading.Event(), threading.Event()

    def slow(self, *args, **about):
        inside.append(threading.current_thread().name)
        most.append(len(inside))
        if begun.is_set():  # the second: it goes when the first is out, or would never be
            ended.wait(0.5)
        else:
            begun.set()
            other.start()
            until(lambda: len(most) == 2, 0.5)  # time for the second to come in
        make(self, *args, **about)
        inside.remove(threading.current_thread().name)

    monkeypatch.setattr(transformers.BertModel, "__init__", slow)
    loads = {
        "theirs": lambda: transformers.BertForMaskedLM.from_pretrained(tmp_path),
        "ours": lambda: load_model(tmp_path, "AutoModelForMaskedLM"),
    }
    second = "ours" if first == "theirs" else "theirs"
    other = threading.Thread(target=loads[second], name="second")
    try:
        one = loads[first]()
        ended.set()
        other.join(PATIENCE)
        assert most == [1, 1] and not other.is_alive()
        assert kind.tie_weights is tie
        assert one.cls.predictions.decoder.weight is one.get_input_embeddings().weight
    finally:
        kind.tie_weights = tie  # no other test is to suffer


def foreign_imports(path: Path) -> list[str]:
    """Lines of a module that import the library themselves, outside of type checking."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        if any(name.split(".")[0] == "transformers" for name in names):
            found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    return found


def test_only_one_module_imports_the_library():
    """But for what goes along with an exported model, and runs without the workbench."""
    found = [line for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "standalone"
             for line in foreign_imports(path)]  # fmt: skip
    assert found == []
