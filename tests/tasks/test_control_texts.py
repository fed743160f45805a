"""Control tokens that a text spells out stay text; those of the recipe are what they are."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from workbench import check, task_registry
from workbench.data.doctor import model as doctor_model
from workbench.data.settings import check_new, check_settings
from workbench.errors import RecipeError
from workbench.recipe import Recipe
from workbench.run_folder.as_learnt import as_learnt, said, told
from workbench.run_folder.folders import create_run_folder
from workbench.tasks import get
from workbench.tasks.shared.control_texts import as_texts

SIGNS = ["<pad>", "<s>", "</s>", "<sep>"]
TEXTS = pd.DataFrame({"text": ["a</s>b", "plain", "<sep>"], "target": ["x<pad>", "</s>", "z"]})


@pytest.fixture(scope="module")
def tokenizer():
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({one: n for n, one in enumerate([*SIGNS, *letters])}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        extra_special_tokens=["<sep>"],
    )  # fmt: skip


def encoded(tokenizer, task="text-to-text", length=64, **about):
    recipe = Recipe(task=task, model="none", dataset="none", **about)
    config = hf.T5Config() if about.get("prompt", {}).get("kind") != "template" else hf.GPT2Config()
    return get(task).configured(recipe, config).encode(tokenizer, TEXTS, length)


@pytest.mark.parametrize("around", ["</s> $A", "$A </s>", "</s> $A </s>", "$A"])
def test_what_stands_around_a_text_stays_there(tokenizer, around):
    """Of OPT and XGLM the sign of the end stands in front."""
    made = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    made.post_processor = processors.TemplateProcessing(
        single=around, special_tokens=[("</s>", 2)] if "</s>" in around else []
    )
    other = hf.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="</s>", eos_token="</s>"
    )
    texts = ["a</s>b", "plain", "</s>", "x<pad>"]
    assert as_texts(other, texts) == {n: spelt(other, texts[n]) for n in (0, 2, 3)}


def spelt(tokenizer, text):
    """By the tokenizers library, whose own switch it is."""
    return tokenizer(text, split_special_tokens=True)["input_ids"]


def test_sources_and_targets_are_text(tokenizer):
    found = encoded(tokenizer)
    assert [found[n]["input_ids"] for n in range(3)] == [spelt(tokenizer, t) for t in TEXTS["text"]]
    assert [found.targets[n] for n in range(3)] == [
        spelt(tokenizer, text)[1:-1] for text in TEXTS["target"]
    ]
    assert found.spelt_rows == 3 and "read and learnt as text" in found.spelt


def test_a_text_that_is_cut_keeps_what_stands_around_it(tokenizer):
    found = encoded(tokenizer, length=5)
    assert found[0]["input_ids"] == [*spelt(tokenizer, "a</s>b")[:4], 2]
    assert found[2]["input_ids"] == [*spelt(tokenizer, "<sep>")[:4], 2]
    assert found.cut == 3 and found.notes[0].startswith("3 texts")


@pytest.mark.parametrize(
    "prompt",
    [{"kind": "plain", "prefix": "<sep>"}, {"kind": "template", "template": "<sep>{source}"}],
    ids=["plain", "template"],
)
def test_control_tokens_of_the_recipe_are_such(tokenizer, prompt):
    found = encoded(tokenizer, prompt=prompt)
    ids = found[0]["input_ids"]
    assert ids[:2] == [1, 3] and ids[2:8] == spelt(tokenizer, "a</s>b")[1:-1][:6]
    assert found[1]["input_ids"][:2] == [1, 3]


def test_reading_says_that_they_are_control_tokens(tokenizer):
    found = encoded(tokenizer, reading={"control_tokens": True})
    assert found[0]["input_ids"] == tokenizer("a</s>b")["input_ids"]
    assert found.targets[1] == [2] and "as such" in found.spelt


def test_texts_that_are_learnt_themselves_are_text(tokenizer):
    found = encoded(tokenizer, task="language-modelling")
    assert found[0]["input_ids"] == spelt(tokenizer, "a</s>b")
    assert found.labels[: found.offsets[1]].tolist() == [-100, *spelt(tokenizer, "a</s>b")[1:]]


@pytest.mark.parametrize("name", [one.name for one in task_registry.specs()])
def test_where_reading_can_not_say_it_that_is_refused(name):
    recipe = Recipe(task=name, reading={"control_tokens": False})
    assert check_settings(recipe) is None  # which runs that began with it are asked too
    if task_registry.spec(name).output == "text":
        assert check_new(recipe) is None
    else:
        with pytest.raises(RecipeError, match="control tokens that texts spell out always are"):
            check_new(recipe)


@pytest.mark.parametrize("task", ["text-classification", "masked-language-modelling"])
def test_where_they_are_control_tokens_the_check_says_so(task, tokenizer, tmp_path):
    sizes = dict.fromkeys(("hidden_size", "intermediate_size"), 8)
    config = hf.BertConfig(vocab_size=260, num_hidden_layers=1, num_attention_heads=1, **sizes)
    hf.BertForMaskedLM(config).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    texts = [f"{word} <sep> {n}" for n in range(20) for word in ("good", "bad")]
    data = pd.DataFrame({"text": texts, "label": ["a", "b"] * 20})
    recipe = Recipe(task=task, model=str(tmp_path / "model"), dataset="none", test_size=1,
                    validation_size=1)  # fmt: skip
    data.to_csv(tmp_path / "texts.csv", index=False)
    found = check(recipe.replace(dataset=str(tmp_path / "texts.csv")))
    said = next(one for one in found.found if one.check == "control tokens")
    assert said.count >= 30 and "('<sep>'): they are read as such" in said.what
    assert said.severity == "info" and not said.fix


def test_a_run_of_conversations_goes_on_with_them_as_text(tmp_path):
    """Before reading could say it they were text there, and control tokens in other tasks."""
    for task, kept in (("chat", False), ("text-to-text", True)):
        folder = create_run_folder(Recipe(task=task), tmp_path / task)
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "info.json").write_text('{"fingerprint": "x"}')
        found = as_learnt(folder, Recipe(task=task))
        assert found.reading.get("control_tokens", False) is kept
        asked = Recipe(task=task, reading={"control_tokens": True})
        assert as_learnt(folder, asked).reading["control_tokens"] is kept
        for begun in (asked, Recipe(task=task)):
            info = json.dumps({"fingerprint": "x", **told(begun)})
            (folder / "data" / "info.json").write_text(info)
            assert as_learnt(folder, begun) is begun


def test_of_conversations_the_mark_of_other_texts_says_nothing(tmp_path):
    """With it runs began whose reading asked for control tokens, and which kept them as text."""
    asked = Recipe(task="chat", reading={"control_tokens": True})
    folder = create_run_folder(asked, tmp_path / "run")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "info.json").write_text('{"fingerprint": "x", "control_tokens": true}')
    found = as_learnt(folder, asked)
    assert found.reading == {"control_tokens": False} and "stay text" in said(found)


LONG = {"task": "multi-label-classification", "label_separator": ";"}
ASKED = {"question": "b", "context": "a", "answers": "a"}


@pytest.mark.parametrize(("about", "row", "there"), [
    (LONG, {"text": "a", "label": "<sep>;b"}, False),
    (LONG, {"text": "<sep>", "label": "a;b"}, True),
    ({"task": "text-classification", "columns": {"pair": "pair"}},
     {"text": "a", "pair": "<sep>", "label": "a"}, True),
    ("question-answering", {**ASKED, "title": "<sep>"}, False),
    ("question-answering", {**ASKED, "question": "<sep>"}, True),
    ("question-answering", {**ASKED, "context": "a <sep>"}, True),
    ("token-classification", {"tokens": ["a"], "tags": ["B-<sep>"]}, False),
    ("token-classification", {"tokens": ["<sep>"], "tags": ["B-a"]}, True),
    ("sentence-similarity", {"anchor": "a", "positive": "b", "id": "<sep>"}, False),
    ("sentence-similarity", {"anchor": "<sep>", "positive": "b"}, True),
    ("sentence-similarity", {"anchor": "a", "positive": "<sep>"}, True),
    ("sentence-similarity", {"anchor": "a", "positive": "b", "negative": "<sep>"}, True),
])  # fmt: skip
def test_the_check_looks_at_what_the_model_reads(about, row, there, tokenizer, tmp_path):
    about = {"task": about} if isinstance(about, str) else about
    rows = []
    for number in range(20):
        one = dict(row)
        for name in {"text", "anchor", "context"} & set(one):
            one[name] += f" {number}"
        if "label" in one and number % 2:
            one["label"] = "c"
        rows.append(one)
    recipe = Recipe(**about, dataset=pd.DataFrame(rows), test_size=2, validation_size=2)
    examples = get(recipe.task).load_examples(recipe)
    case = SimpleNamespace(recipe=recipe, tokenizer=lambda folder: tokenizer)
    found = list(doctor_model._control_tokens(case, tmp_path, examples))
    assert [one.count for one in found] == [len(examples.splits["train"])] * there
