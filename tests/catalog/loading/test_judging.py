"""Models judged for a task before a weight is read, by the code that training loads them with."""

import json

import pytest

from tests.training import tiny, writers
from workbench import task_registry
from workbench.catalog.loading import judging, safe_loading
from workbench.errors import ModelError, SpecError
from workbench.task_spec import Role, TaskSpec


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny.save_model(tmp_path_factory.mktemp("judged") / "tiny")


@pytest.fixture
def folder(made, tmp_path):
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def changed(path, name, **entries):
    settings = json.loads((path / name).read_text())
    settings.update(entries)
    (path / name).write_text(json.dumps({k: v for k, v in settings.items() if v is not None}))
    return path


def verdicts(path, task="text-classification", max_length=64):
    found = judging.judge(path, "acme", task=task, max_length=max_length)
    return {verdict.check: verdict.severity for verdict in found}


def test_a_model_without_fault(folder):
    assert verdicts(folder) == {}
    assert verdicts(folder, "token-classification") == {}
    (folder / "model.safetensors").unlink()  # a hub model of which only the small files are here
    assert verdicts(folder) == {}


TYPES = {
    "pictures": ("vit", "text-classification", {"wrong task": "error"}),
    "tags-of-t5": ("t5", "token-classification", {}),
    "tags-of-bart": ("bart", "token-classification", {"wrong task": "error"}),
    "text-of-bert": ("bert", "text-to-text", {"wrong task": "error"}),
    "text-of-bart": ("bart", "text-to-text", {}),
}


@pytest.mark.parametrize(("kind", "task", "expected"), TYPES.values(), ids=TYPES)
def test_families_and_their_heads(folder, kind, task, expected):
    (folder / "model.safetensors").unlink()
    changed(folder, "config.json", model_type=kind, architectures=[])
    assert verdicts(folder, task) == expected


WRITES = TaskSpec(
    name="toy-writes", title="Toy", task=None, roles=(Role("text", "text"),), output="text",
    families=("encoder-decoder", "decoder"),
    auto_class={"encoder-decoder": "AutoModelForSeq2SeqLM", "decoder": "AutoModelForCausalLM"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("t5", "T5ForConditionalGeneration"),
        ("bart", "BartForConditionalGeneration"),
        ("m2m", "M2M100ForConditionalGeneration"),
        ("gpt2", "GPT2LMHeadModel"),
        ("llama", "LlamaForCausalLM"),
    ],
    ids=["t5", "bart", "m2m", "gpt2", "llama"],
)
def test_the_family_of_a_model_says_its_class(kind, expected, tmp_path):
    folder = writers.save(tmp_path / kind, kind)
    with task_registry.registered(WRITES):
        assert verdicts(folder, "toy-writes", max_length=32) == {}
    made = safe_loading.load_model(folder, WRITES.model_class, only_look=True)
    assert type(made).__name__ == expected


def test_a_family_that_a_task_has_no_class_for_is_said(folder):
    with task_registry.registered(WRITES):
        (found,) = judging.judge(folder, "acme", task="toy-writes", max_length=64)
    assert found.severity == "error" and "acme is an encoder" in found.what
    assert "an encoder-decoder" in found.remedy and "a decoder" in found.remedy
    with pytest.raises(ModelError, match="is an encoder"):
        safe_loading.load_model(folder, WRITES.model_class)
    one = WRITES.replace(auto_class="AutoModelForCausalLM", families=("decoder",))
    with pytest.raises(ModelError, match="is an encoder"):  # BertLMHeadModel would read ahead
        safe_loading.load_model(folder, one.model_class)
    changed(folder, "config.json", is_decoder=True)
    made = safe_loading.load_model(folder, one.model_class, new_head=True, only_look=True)
    assert type(made).__name__ == "BertLMHeadModel"


@pytest.mark.parametrize("name", ["AutoModelForDreams", "BertModel", "pipeline", "no such thing"])
def test_a_class_that_the_library_has_not_is_said(folder, name):
    with pytest.raises(SpecError, match="no such class of models") as refused:
        safe_loading.load_model(folder, name)
    assert name in refused.value.message and "auto_class" in refused.value.remedy


def test_a_model_with_another_head_is_said(folder):
    (folder / "model.safetensors").unlink()
    changed(folder, "config.json", architectures=["BertForQuestionAnswering"])
    assert verdicts(folder) == {"other head": "info"}
    changed(folder, "config.json", architectures=["BertForSequenceClassification"],
            id2label={"0": "a", "1": "b"})  # fmt: skip
    assert verdicts(folder) == {"other head": "info"}


POSITIONS = {
    "as-many": ({"model_type": "bert", "max_position_embeddings": 128}, 128),
    "from-the-padding-on": ({"model_type": "roberta", "max_position_embeddings": 130}, 128),
    "from-another-padding-on": (
        {"model_type": "roberta", "max_position_embeddings": 130, "pad_token_id": 0}, 129,
    ),
    "old-name": ({"model_type": "gpt2", "n_positions": 1024}, 1024),
    "distances": ({"model_type": "t5", "n_positions": 512}, None),
    "none": ({"model_type": "bert"}, None),
    "nonsense": ({"model_type": "bert", "max_position_embeddings": True}, None),
}  # fmt: skip


@pytest.mark.parametrize(("config", "expected"), POSITIONS.values(), ids=POSITIONS)
def test_positions_of_a_configuration(config, expected):
    assert judging.positions(config) == expected


def test_a_text_longer_than_the_positions(folder):
    assert verdicts(folder, max_length=65) == {"positions too few": "error"}


def test_faults_of_a_tokenizer(folder):
    changed(folder, "tokenizer_config.json", pad_token=None)
    changed(folder, "config.json", pad_token_id=None)
    assert verdicts(folder) == {"no pad token": "error"}
    changed(folder, "tokenizer_config.json", eos_token="[SEP]")
    assert verdicts(folder) == {"no pad token": "info"}
    (folder / "tokenizer.json").write_text("{}")
    assert verdicts(folder) == {"no tokenizer": "error"}
    (folder / "tokenizer.json").unlink()
    assert verdicts(folder) == {"no tokenizer": "error"}
    (folder / "tokenizer_config.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good"]))
    assert verdicts(folder) == {"no fast tokenizer": "warning"}


def test_weights_that_do_not_belong_to_the_configuration(folder):
    changed(folder, "config.json", intermediate_size=48)
    assert verdicts(folder) == {"weights": "error"}
    changed(folder, "config.json", intermediate_size=64, num_hidden_layers=1)
    assert verdicts(folder) == {"layers left out": "warning"}
    changed(folder, "config.json", num_hidden_layers=3)
    assert verdicts(folder) == {"weights": "error"}
