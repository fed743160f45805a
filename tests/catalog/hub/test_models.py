"""Hub models through the real client, against a hub on this machine; judged before loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.fakes.hub_server import FakeHub
from tests.waiting import PATIENCE
from workbench.catalog import commit_of, model_folder
from workbench.catalog.hub.models import CONVERSION_AUTHOR, CONVERSION_TITLE, SMALL_FILES
from workbench.catalog.model_folders.judging_folders import judge_config, judge_files
from workbench.errors import ModelError, UnknownName

PROGRAM = """
import json, sys
from workbench.catalog import commit_of, model_folder
from workbench.errors import WorkbenchError
answers = []
for reference in json.loads(sys.argv[1]):
    try:
        folder = model_folder(reference)
    except WorkbenchError as error:
        answers.append([type(error).__name__, error.message, error.remedy])
    else:
        answers.append(["folder", str(folder), commit_of(folder)])
sys.stdout.write("ANSWERS" + json.dumps(answers))
"""


@pytest.mark.parametrize("kind", ["Marian", "T5", "Nllb", "MBart50", "Bart", "Pegasus", "M2M100",
                                  "ProphetNet", "GPT2", "Llama", "Qwen2", "Gemma"])  # fmt: skip
def test_all_that_a_tokenizer_reads_is_fetched(kind):
    import transformers

    names = getattr(transformers, f"{kind}Tokenizer").vocab_files_names.values()
    assert set(names) - {"vocab"} <= set(SMALL_FILES) and len(set(names)) > 0


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    """Files of a random BERT with its tokenizer."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=8, intermediate_size=32, **sizes)).save_pretrained(folder)
    core = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1, "good": 2}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="[UNK]", pad_token="[PAD]"
    ).save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def hub(tiny_bert):
    hub = FakeHub()
    extra = {"pytorch_model.bin": b"never", "onnx/model.onnx": b"never", "code.py": b"never"}
    hub.add("acme/tiny-bert", {**tiny_bert, **extra})
    config, weights = tiny_bert["config.json"], tiny_bert["model.safetensors"]
    hub.add("acme/pickled", {"config.json": config, "pytorch_model.bin": b"never"})
    converted = hub.add("acme/converted", {"config.json": config, "pytorch_model.bin": b"never"})
    hub.add_pull_request(
        converted, {"model.safetensors": b"!"}, title=CONVERSION_TITLE, author="stranger"
    )
    hub.add_pull_request(
        converted,
        {"model.safetensors": weights},
        title=CONVERSION_TITLE,
        author=CONVERSION_AUTHOR,
    )
    own_code = json.dumps({"model_type": "bert", "auto_map": {"AutoModel": "code.Model"}})
    hub.add("acme/own-code", {"config.json": own_code, "model.safetensors": weights})
    newer = json.dumps({"model_type": "bert-of-tomorrow"})
    hub.add("acme/newer", {"config.json": newer, "model.safetensors": weights})
    hub.add("acme/empty", {"README.md": "nothing"})
    hub.add("acme/gated", {"config.json": config, "model.safetensors": weights}, gated=True)
    shards = {"weight_map": {"a": "model-00001-of-00001.safetensors"}}
    hub.add(
        "acme/sharded",
        {
            "config.json": config,
            "model.safetensors.index.json": json.dumps(shards),
            "model-00001-of-00001.safetensors": weights,
        },
    )
    return hub


def ask(endpoint, home, *references):
    """What model_folder answers in a process whose hub is at ``endpoint``."""
    environ = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_ETAG_TIMEOUT": "5",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(references)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ANSWERS"), done.stdout
    assert "\r" not in done.stderr and "%" not in done.stderr  # no progress bars
    return json.loads(done.stdout.removeprefix("ANSWERS"))


@pytest.fixture(scope="module")
def answers(hub, tmp_path_factory):
    """All questions to the hub in one process, then some again with the hub down."""
    home = tmp_path_factory.mktemp("hf-home")
    questions = [
        "hub:acme/tiny-bert",
        "hub:acme/pickled",
        "hub:acme/converted",
        "hub:acme/converted@refs/pr/2",
        "hub:acme/own-code",
        "hub:acme/newer",
        "hub:acme/empty",
        "hub:acme/gated",
        "hub:acme/sharded",
        "hub:acme/tiny-bert@gone",
        "hub:google-bert/bert-base-uncase",
    ]
    again = ["hub:acme/tiny-bert", "hub:acme/sharded", "hub:acme/pickled"]
    with hub.serve() as endpoint:
        found = dict(zip(questions, ask(endpoint, home, *questions), strict=True))
    down = dict(zip(again, ask(endpoint, home, *again), strict=True))
    return found, down


def test_a_model_of_the_hub_loads_with_transformers(answers, hub):
    from transformers import AutoModel, AutoTokenizer

    kind, folder, commit = answers[0]["hub:acme/tiny-bert"]
    assert kind == "folder"
    assert commit == hub.repos["models", "acme/tiny-bert"].commit("main")
    assert AutoModel.from_pretrained(folder).config.hidden_size == 16
    assert AutoTokenizer.from_pretrained(folder)("good")["input_ids"] == [2]


def test_only_what_is_needed_is_fetched(answers, hub):
    _, folder, _ = answers[0]["hub:acme/tiny-bert"]
    names = set(os.listdir(folder))
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not names & {"pytorch_model.bin", "onnx", "code.py"}
    for never in ("pytorch_model.bin", "model.onnx", "code.py"):
        assert not any(line.endswith(never) for line in hub.requests)


def test_no_weights_of_a_refused_model_are_fetched(answers, hub):
    for name in ("own-code", "newer"):
        assert not any(f"{name}/resolve" in r and "safetensors" in r for r in hub.requests)


def test_weights_only_as_pickle_are_refused(answers):
    kind, message, remedy = answers[0]["hub:acme/pickled"]
    assert kind == "ModelError"
    assert "only as pickle (pytorch_model.bin)" in message and "save_pretrained" in remedy


def test_the_hubs_own_conversion_is_offered_and_not_a_strangers(answers):
    kind, _, remedy = answers[0]["hub:acme/converted"]
    assert kind == "ModelError" and "hub:acme/converted@refs/pr/2" in remedy
    assert answers[0]["hub:acme/converted@refs/pr/2"][0] == "folder"


def test_shards_are_fetched_whole(answers):
    kind, folder, _ = answers[0]["hub:acme/sharded"]
    assert kind == "folder" and "model-00001-of-00001.safetensors" in os.listdir(folder)


@pytest.mark.parametrize(
    ("reference", "kind", "says"),
    [
        ("hub:acme/own-code", "ModelError", "needs code of its own"),
        ("hub:acme/newer", "ModelError", "'bert-of-tomorrow', which this version"),
        ("hub:acme/empty", "ModelError", "has no config.json"),
        ("hub:acme/gated", "DownloadError", "is gated"),
        ("hub:acme/tiny-bert@gone", "UnknownName", "has no such revision"),
        ("hub:google-bert/bert-base-uncase", "UnknownName", "There is no model"),
    ],
)
def test_one_sentence_for_what_cannot_be_used(answers, reference, kind, says):
    got, message, remedy = answers[0][reference]
    assert got == kind and says in message and remedy
    assert "Traceback" not in message and "\n" not in message


def test_a_misspelt_name_gets_the_nearest(answers):
    _, _, remedy = answers[0]["hub:google-bert/bert-base-uncase"]
    assert "'hub:google-bert/bert-base-uncased'" in remedy


def test_what_was_fetched_works_with_the_hub_down(answers):
    for reference in ("hub:acme/tiny-bert", "hub:acme/sharded"):
        assert answers[1][reference] == answers[0][reference]


def test_the_hub_down_says_what_to_do(answers):
    kind, message, remedy = answers[1]["hub:acme/pickled"]
    assert kind == "DownloadError" and "cannot be reached" in message
    for word in ("HF_ENDPOINT", "local folder", "sample:minilm-l6"):
        assert word in remedy


# --- folders ----------------------------------------------------------------------------------


def test_a_local_folder(tmp_path, tiny_bert):
    for name, content in tiny_bert.items():
        (tmp_path / name).write_bytes(content)
    assert model_folder(tmp_path) == tmp_path.resolve()
    assert commit_of(tmp_path) is None
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        model_folder(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelError, match="not a configuration"):
        model_folder(tmp_path)
    with pytest.raises(ModelError, match="is a file"):
        model_folder(tmp_path / "config.json")


def test_no_such_folder(tmp_path):
    with pytest.raises(UnknownName, match="no such file or folder"):
        model_folder(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "has no config.json"),
        (["model.safetensors"], "has no config.json"),
        (["adapter_config.json", "adapter_model.safetensors"], "holds an adapter"),
        (["config.json", "pytorch_model.bin"], "only as pickle"),
        (["config.json", "model.pt"], "only as pickle"),
        (["config.json", "tf_model.h5"], "has no model.safetensors"),
    ],
)
def test_files_that_are_no_model(names, says):
    with pytest.raises(ModelError, match=says):
        judge_files(names, "folder x")


def test_files_that_are_a_model():
    assert judge_files(["config.json", "model.safetensors", "pytorch_model.bin"], "x") is None
    assert judge_files(["config.json", "model.safetensors.index.json"], "x") is None


@pytest.mark.parametrize("config", [{}, {"model_type": None}, {"model_type": ["bert"]}])
def test_a_configuration_without_a_type(config):
    with pytest.raises(ModelError, match="names no model_type"):
        judge_config(config, "folder x")
