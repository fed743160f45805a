"""The tables to pick from, and what can be said of a reference without fetching anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench import catalog, tasks
from workbench.catalog import listing
from workbench.catalog.references import check, parse_hub
from workbench.catalog.samples.pinned import SAMPLES
from workbench.errors import UnknownName

HEAVY = ["torch", "transformers", "datasets", "pandas", "huggingface_hub", "unearth"]


def test_importing_the_catalogue_loads_nothing_heavy():
    program = (
        "import sys, workbench.catalog as c; c.tasks();"
        f"sys.stdout.write(' '.join(m for m in {HEAVY} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_tasks():
    assert "text-classification" in catalog.tasks()
    catalog.tasks().clear()
    assert catalog.tasks()


def test_models_samples_first():
    table = catalog.models(task="text-classification")
    assert list(table.columns) == ["id", "source", "parameters", "languages", "licence", "note"]
    assert table["id"][0] == "sample:minilm-l6"
    kinds = [reference.split(":")[0] for reference in table["id"]]
    assert list(dict.fromkeys(kinds)) == ["sample", "hub", "net"]
    order = [kinds.index(kind) for kind in ("sample", "hub", "net")]
    assert kinds == sorted(kinds, key=lambda kind: order[["sample", "hub", "net"].index(kind)])
    hub = table[table["id"].str.startswith("hub:")]
    assert hub["note"].str.startswith("needs the hub").all()
    for name in ("bert", "distilbert", "roberta", "deberta-v3", "ModernBERT", "xlm-r", "chinese"):
        assert hub["id"].str.contains(name).any(), name


def test_datasets_samples_first():
    table = catalog.datasets()
    columns = ["id", "source", "size", "languages", "licence", "note", "task"]
    assert list(table.columns) == columns
    chosen = catalog.datasets(task="text-classification")
    assert list(chosen["id"])[:4] == [
        "sample:movie-sentiment",
        "sample:question-types",
        "sample:question-types-fine",
        "sample:reuters-r8",
    ]
    assert len(chosen) < len(table)
    assert chosen["task"].str.contains("text-classification").all()
    for name in ("sst2", "imdb", "ag_news", "tweet_eval"):
        assert chosen["id"].str.contains(name).any(), name
    assert not table["id"].duplicated().any()


def test_an_unknown_task_names_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'text-classification'"):
        catalog.models(task="text-clasification")
    with pytest.raises(UnknownName):
        catalog.datasets(task="nothing")


def _config(kind: str, **values):
    from transformers import CONFIG_MAPPING

    return CONFIG_MAPPING[kind](**values)


ARCHITECTURES = {
    "google-bert/bert-base-uncased": ("bert", {"vocab_size": 30522}),
    "google-bert/bert-base-chinese": ("bert", {"vocab_size": 21128}),
    "distilbert/distilbert-base-uncased": ("distilbert", {"vocab_size": 30522}),
    "FacebookAI/roberta-base": (
        "roberta",
        {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1},
    ),
    "FacebookAI/xlm-roberta-base": (
        "xlm-roberta",
        {"vocab_size": 250002, "max_position_embeddings": 514, "type_vocab_size": 1},
    ),
    "microsoft/deberta-v3-base": (
        "deberta-v2",
        {
            "vocab_size": 128100,
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "intermediate_size": 3072,
            "type_vocab_size": 0,
            "relative_attention": True,
            "position_buckets": 256,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "max_relative_positions": -1,
        },
    ),
    "answerdotai/ModernBERT-base": ("modernbert", {"vocab_size": 50368}),
    "google-t5/t5-small": ("t5", {}),
    "facebook/bart-base": (
        "bart",
        {
            "vocab_size": 50265,
            "d_model": 768,
            "encoder_layers": 6,
            "decoder_layers": 6,
            "encoder_attention_heads": 12,
            "decoder_attention_heads": 12,
            "encoder_ffn_dim": 3072,
            "decoder_ffn_dim": 3072,
        },
    ),
    "openai-community/gpt2": ("gpt2", {}),
}
FAMILIES = dict(t5="encoder-decoder", bart="encoder-decoder", gpt2="decoder", llama="decoder")
ARCHITECTURES["microsoft/deberta-v3-small"] = (
    "deberta-v2",
    {**ARCHITECTURES["microsoft/deberta-v3-base"][1], "num_hidden_layers": 6},
)


@pytest.mark.parametrize("entry", listing.HUB_MODELS, ids=lambda e: e.id)
def test_parameter_counts_are_those_of_the_architecture(entry):
    """Built without memory by the reference library from the published configuration."""
    import torch
    from transformers import AutoModel

    kind, values = ARCHITECTURES[entry.id]
    with torch.device("meta"):
        model = AutoModel.from_config(_config(kind, **values))
    assert sum(p.numel() for p in model.parameters()) == entry.size


@pytest.mark.parametrize("task", catalog.tasks())
def test_the_models_of_a_task_are_those_that_the_library_has_its_head_for(task):
    import transformers

    def trains(kind):
        family = FAMILIES.get(kind, "encoder")
        if family not in spec.families:
            return False
        auto = getattr(transformers, spec.class_of(family))
        return kind in auto._model_mapping._model_mapping

    spec = tasks.get(task).spec
    kinds = {f"hub:{name}": kind for name, (kind, _) in ARCHITECTURES.items()}
    kinds |= {"sample:minilm-l6": "bert", "sample:multilingual-e5": "bert"}
    kinds |= {"sample:smollm2-135m": "llama"}
    offered = catalog.models(task=task)["id"].tolist()
    assert {name for name, kind in kinds.items() if trains(kind)} == {
        name for name in offered if not name.startswith("net:")
    }
    scores = spec.output not in ("text", "words", "vectors")
    # our encoders have heads of scores alone, our decoder and encoder-decoder write
    nets = 3 if "encoder" in spec.families and scores else 0
    nets += spec.output == "text" and "decoder" in spec.families
    nets += spec.output == "text" and "encoder-decoder" in spec.families
    assert sum(name.startswith("net:") for name in offered) == nets
    assert offered == listing.offered("model", task)


def test_no_model_is_listed_that_trains_for_nothing():
    listed = {name for task in catalog.tasks() for name in listing.offered("model", task)}
    assert listed == set(catalog.models()["id"])


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("text-to-text", {"sample:cmudict", "sample:xsum", "sample:natural-instructions",
                          "sample:ui-strings-de",
                          "sample:ui-strings-zh", "sample:chatterbot-english",
                          "sample:chitchat-replies",
                          "sample:chatterbot-chinese"}),  # fmt: skip
        ("chat", {"sample:chitchat", "sample:chitchat-replies", "sample:chatterbot-english",
                  "sample:chatterbot-chinese"}),  # fmt: skip
        ("sentence-similarity", {"sample:chitchat-replies",
                                 "sample:chatterbot-english",
                                 "sample:chatterbot-chinese"}),  # fmt: skip
        ("language-modelling", {"sample:shakespeare"}),
        ("masked-language-modelling", {"sample:shakespeare"}),
    ],
    ids=["text-to-text", "chat", "similarity", "language-modelling", "masked"],
)
def test_datasets_of_tasks_that_write_are_found(task, expected):
    assert set(catalog.datasets(task=task)["id"]) == expected


def test_every_dataset_is_for_a_task_that_is_known():
    for row in catalog.datasets().itertuples():
        for task in row.task.split(", "):
            assert row.id in catalog.datasets(task=task)["id"].tolist()


@pytest.mark.parametrize(
    ("reference", "repo", "revision", "config"),
    [
        ("hub:imdb", "imdb", None, None),
        ("hub:a/b", "a/b", None, None),
        ("hub:a/b@v1.0", "a/b", "v1.0", None),
        ("hub:a/b@refs/pr/14", "a/b", "refs/pr/14", None),
        ("hub:a/b:c-d", "a/b", None, "c-d"),
        ("hub:a/b@main:c", "a/b", "main", "c"),
    ],
)
def test_hub_references(reference, repo, revision, config):
    name = parse_hub(reference)
    assert (name.repo, name.revision, name.config) == (repo, revision, config)


@pytest.mark.parametrize("bad", ["hub:", "hub:a/b/c", "hub:a b", "hub:/etc", "hub:a/b@", "hub:a:"])
def test_malformed_hub_references(bad):
    with pytest.raises(UnknownName, match="not a hub reference"):
        check(bad, "model")


@pytest.mark.parametrize(
    ("reference", "kind", "says"),
    [
        ("sample:minilm", "model", "Did you mean 'sample:minilm-l6'"),
        ("sample:movie-sentimnt", "dataset", "Did you mean 'sample:movie-sentiment'"),
        ("sample:spam", "model", "is a dataset, not a model"),
        ("sample:minilm-l6", "dataset", "is a model, not a dataset"),
        ("bert-base-uncased", "model", "Did you mean 'hub:google-bert/bert-base-uncased'"),
        ("hub:a/b:c", "model", "which a model has not"),
        ("nowhere.csv", "dataset", "no such file or folder"),
        ("data:sha256-12", "dataset", "64 hexadecimal digits"),
        ("data:../../etc/passwd", "dataset", "64 hexadecimal digits"),
        ("data:sha256-" + "0" * 64, "dataset", "not in the cache"),
    ],
)
def test_what_cannot_be_is_said_at_once(reference, kind, says):
    with pytest.raises(UnknownName, match=says):
        check(reference, kind)


def test_what_may_be_passes(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("text,label\n")
    assert check(str(file), "dataset").path == file
    assert check(str(tmp_path), "model").path == tmp_path
    assert check("hub:some/thing@main", "model").repo == "some/thing"
    assert check("sample:minilm-l6", "model").name == "minilm-l6"


def test_what_is_noted_holds_for_the_picked_task():
    shown = {task: catalog.models(task).set_index("id").loc["sample:minilm-l6", "note"]
             for task in ("masked-language-modelling", "text-classification")}  # fmt: skip
    assert "new" in shown["masked-language-modelling"]
    assert "head" not in shown["text-classification"]
    for task, said in shown.items():
        assert listing.note("model", "sample:minilm-l6", task) == said
    assert listing.note("model", "a folder of mine", "regression") == ""
    names = set(listing.tasks())
    assert all(set(one.caveats) <= names for one in SAMPLES.values()), "a task of a caveat is none"
