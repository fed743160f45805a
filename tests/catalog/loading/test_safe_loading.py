"""Loading: every family as people save it, and no weight that is random without a word."""

import json

import pytest
import torch

from tests.catalog import families
from workbench.catalog.loading import safe_loading
from workbench.errors import ModelError

CLASSIFY, TAG, ANSWER = (
    f"AutoModelFor{head}"
    for head in ("SequenceClassification", "TokenClassification", "QuestionAnswering")
)
ORIGINS = ("AutoModel", "AutoModelForMaskedLM", "AutoModelForCausalLM", "AutoModelForSeq2SeqLM",
           CLASSIFY, TAG)  # fmt: skip
# an encoder-decoder from the half that another head keeps: it is not whole
HALVES = {("bart", "AutoModelForCausalLM"), ("t5", TAG)}


def body_of(model):
    """The body's weights, without a layer that only some heads have."""
    return {n: w for n, w in model.base_model.state_dict().items() if "pooler" not in n}


@pytest.mark.parametrize("kind", families.KINDS)
def test_whatever_head_it_was_saved_with_the_body_is_the_saved_one(tmp_path, kind):
    tried = 0
    for number, origin in enumerate(ORIGINS):
        folder = tmp_path / str(number)
        changes = {"num_labels": 7} if origin in (CLASSIFY, TAG) else {}
        saved = families.save(folder, kind, origin, **changes)
        if saved is None:
            continue
        for target in (CLASSIFY, TAG, ANSWER):
            try:
                safe_loading.family_has(target, folder, "model x")
            except ModelError:
                continue
            labels = 2 if target == ANSWER else 3

            def load(folder=folder, target=target, labels=labels):
                return safe_loading.load_model(
                    folder, target, new_head=True, spare=safe_loading.POOLER, seed=1,
                    num_labels=labels,
                )

            if (kind, origin) in HALVES and target != TAG:
                with pytest.raises(ModelError, match="weights are missing"):
                    load()
                continue
            model = load()
            tried += 1
            theirs, ours = body_of(saved), body_of(model)
            shared = theirs.keys() & ours.keys()
            assert len(shared) >= 0.9 * len(ours)
            for name in shared:
                assert torch.equal(theirs[name], ours[name]), (origin, target, name)
            assert model.dtype == torch.float32 and not model.training
    assert tried >= 2


def test_the_head_is_drawn_from_the_seed(tmp_path):
    families.save(tmp_path, "bert", "AutoModelForMaskedLM")
    heads = [
        safe_loading.load_model(
            tmp_path, CLASSIFY, new_head=True, spare=safe_loading.POOLER, seed=seed, num_labels=4
        ).classifier.weight
        for seed in (1, 1, 2)
    ]
    assert torch.equal(heads[0], heads[1]) and not torch.equal(heads[0], heads[2])


def saved(folder, kind="bert"):
    families.save(folder, kind)
    return folder


def change(folder, **entries):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def rewrite(folder, edit):
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    save_file(edit(load_file(file)), file, metadata={"format": "pt"})


def one_of_many(folder):
    """An index that names one weight, in a file that holds only that one."""
    first = {}
    rewrite(folder, lambda weights: first.update(list(weights.items())[:1]) or first)
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": dict.fromkeys(first, "one.safetensors")})
    )


DAMAGES = {
    "an-index-with-one-weight": one_of_many,
    "names-of-another-family": lambda f: rewrite(
        f, lambda w: {f"transformer.h.{n}": v for n, v in enumerate(w.values())}
    ),
    "another-prefix-and-names": lambda f: rewrite(f, lambda w: {f"x.{n}.y": v
                                                               for n, v in w.items()}),
    "another-type": lambda f: change(f, model_type="distilbert", architectures=[]),
    "type-gpt2": lambda f: change(f, model_type="gpt2", architectures=[]),
    "a-layer-more": lambda f: change(f, num_hidden_layers=3),
    "wider": lambda f: change(f, hidden_size=64),
    "more-words": lambda f: change(f, vocab_size=200),
    "fewer-words": lambda f: change(f, vocab_size=50),
    "other-inner-size": lambda f: change(f, intermediate_size=64),
    "more-positions": lambda f: change(f, max_position_embeddings=500),
    "one-weight-gone": lambda f: rewrite(
        f, lambda w: {n: v for n, v in w.items() if "layer.1.output.dense.bias" not in n}
    ),
    "a-layer-gone": lambda f: rewrite(
        f, lambda w: {n: v for n, v in w.items() if "layer.0." not in n}
    ),
    "words-gone": lambda f: rewrite(
        f, lambda w: {n: v for n, v in w.items() if "word_embeddings" not in n}
    ),
    "heads-that-do-not-divide": lambda f: change(f, num_attention_heads=5),
    "a-size-that-is-none": lambda f: change(f, hidden_size="wide"),
    "a-negative-size": lambda f: change(f, vocab_size=-5),
    "no-such-activation": lambda f: change(f, hidden_act="nonsense"),
    "dropout-beyond-one": lambda f: change(f, hidden_dropout_prob=7.5),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_body_that_would_be_random_is_refused_in_one_sentence(tmp_path, damage):
    damage(saved(tmp_path))
    said = []
    for look in (False, True):  # with the weights, and before they are read
        with pytest.raises(ModelError) as caught:
            safe_loading.load_model(
                tmp_path, CLASSIFY, "model x", new_head=True, spare=safe_loading.POOLER,
                only_look=look, num_labels=3,
            )  # fmt: skip
        said.append(caught.value.message)
        assert "model x" in caught.value.message and caught.value.remedy
        assert "trust_remote_code" not in str(caught.value)
        assert "\n" not in caught.value.message
    assert said[0] == said[1]


def test_missing_weights_are_counted_and_three_are_named(tmp_path):
    change(saved(tmp_path), num_hidden_layers=3)
    with pytest.raises(ModelError, match=r"16 of \d+ weights are missing \(\S+, \S+, \S+, …\)"):
        safe_loading.load_model(tmp_path, CLASSIFY, new_head=True, spare=safe_loading.POOLER)


def test_a_finished_model_has_every_weight_of_its_head(tmp_path):
    families.save(tmp_path, "bert", CLASSIFY)
    assert safe_loading.load_model(tmp_path, CLASSIFY)
    rewrite(tmp_path, lambda w: {n: v for n, v in w.items() if n != "classifier.weight"})
    with pytest.raises(ModelError, match=r"1 of \d+ weight is missing \(classifier.weight\)"):
        safe_loading.load_model(tmp_path, CLASSIFY)


def test_layers_that_the_configuration_leaves_out_are_said(tmp_path):
    change(saved(tmp_path), num_hidden_layers=1)
    notes = []
    options = {"new_head": True, "spare": safe_loading.POOLER, "notes": notes}
    safe_loading.load_model(tmp_path, CLASSIFY, "model x", **options)
    assert notes == ["The model x holds 1 layer more than its config.json says: it is not used."]


def test_a_head_that_a_family_has_not_is_said(tmp_path):
    families.save(tmp_path, "bart")
    has = lambda folder, auto: safe_loading.family_has(auto, folder, "m")  # noqa: E731
    for call in (safe_loading.load_model, has):
        with pytest.raises(ModelError, match="'bart', for which transformers has no TokenClass"):
            call(tmp_path, TAG)


def test_a_tokenizer_that_knows_no_words(tmp_path):
    from tests.training import tiny

    tiny.save_model(tmp_path)
    assert safe_loading.load_tokenizer(tmp_path)("good film")["input_ids"]
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="has no tokenizer: none of tokenizer.json"):
        safe_loading.load_tokenizer(tmp_path)
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    with pytest.raises(ModelError, match="knows 5 words, all of them special"):
        safe_loading.load_tokenizer(tmp_path)


def test_a_tokenizer_that_needs_no_vocabulary(tmp_path):
    from transformers import ByT5Tokenizer, T5Config

    T5Config().save_pretrained(tmp_path)
    ByT5Tokenizer().save_pretrained(tmp_path)
    for path in tmp_path.glob("vocab*"):
        path.unlink()
    assert safe_loading.load_tokenizer(tmp_path)("ab")["input_ids"] == [100, 101, 1]


GARBAGE = {
    "empty": b"", "cut": b'{"version": "1.0", "model"', "object": b"{}", "list": b"[1]",
    "bytes": b"\xff\xfe\x00garbage", "no-model": b'{"added_tokens": [], "model": {}}',
    "other-model": b'{"added_tokens": [], "model": {"type": "Magic", "vocab": {}}}',
}  # fmt: skip


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_a_tokenizer_that_cannot_be_read_is_one_sentence(tmp_path, content):
    from tests.training import tiny

    tiny.save_model(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        safe_loading.load_tokenizer(tmp_path, "model x")
    assert "model x" in caught.value.message and "\n" not in caught.value.message


def test_a_link_to_itself_leads_nowhere(tmp_path):
    from workbench.catalog.model_folders.judging_folders import _target

    link = tmp_path / "config.json"
    link.symlink_to(link)
    assert not _target(link).is_relative_to(tmp_path)


@pytest.mark.parametrize("parted", [True, False], ids=["parted", "equal"])
def test_word_matrices_that_have_parted_stay_two_and_the_configuration_says_so(tmp_path, parted):
    from safetensors.torch import load_file, save_file

    from tests.training import writers

    model = writers.model("llama")
    model.config.tie_word_embeddings = True
    model.tie_weights()
    model.save_pretrained(tmp_path / "a")
    held = load_file(tmp_path / "a" / "model.safetensors")
    words = held["model.embed_tokens.weight"]
    held["lm_head.weight"] = words * 2 if parted else words.clone()
    save_file(held, tmp_path / "a" / "model.safetensors", {"format": "pt"})
    loaded = safe_loading.load_model(tmp_path / "a", "AutoModelForCausalLM")
    ids = torch.tensor([[4, 5, 6]])
    first = loaded(ids).logits
    assert torch.allclose(first, (2 if parted else 1) * model.eval()(ids).logits, atol=1e-6)
    loaded.save_pretrained(tmp_path / "b")
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    assert config["tie_word_embeddings"] is not parted
    assert ("lm_head.weight" in load_file(tmp_path / "b" / "model.safetensors")) is parted
    again = safe_loading.load_model(tmp_path / "b", "AutoModelForCausalLM")
    assert torch.equal(again(ids).logits, first)


@pytest.mark.parametrize("kind", ["marian", "t5", "gpt2"])
def test_what_is_never_saved_is_not_trained(kind, tmp_path):
    from tests.training import writers

    folder = writers.save(tmp_path / kind, kind)
    auto = "AutoModelForCausalLM" if kind == "gpt2" else "AutoModelForSeq2SeqLM"
    model = safe_loading.load_model(folder, auto)
    still = {name for name, part in model.named_parameters() if not part.requires_grad}
    positions = {f"model.{side}.embed_positions.weight" for side in ("encoder", "decoder")}
    assert still == (positions if kind == "marian" else set())


@pytest.mark.parametrize("kind", ["bert", "roberta", "albert", "two-encoders", "bart", "llama"])
def test_what_is_saved_is_whole_for_the_library_where_word_matrices_have_parted(kind, tmp_path):
    """A bias or a matrix that has a second name was left out, and would have been a new one."""
    import transformers as hf

    from tests.training import fillers, writers
    from workbench.training.methods.full import Full

    fills = kind in ("bert", "roberta", "albert")
    folder = (fillers if fills else writers).save(tmp_path / kind, kind)
    auto = (hf.AutoModelForMaskedLM if fills else hf.AutoModelForCausalLM if kind == "llama"
            else hf.AutoModelForSeq2SeqLM)  # fmt: skip
    model = auto.from_pretrained(folder).eval()
    out, ids = model.get_output_embeddings(), torch.tensor([[5, 6, 7]])
    asked = {"input_ids": ids} | ({"decoder_input_ids": ids} if model.config.is_encoder_decoder
                                  else {})  # fmt: skip
    for parted in (False, True):
        if parted:
            out.weight = torch.nn.Parameter(2 * out.weight.detach())
            for config in (model.config, getattr(model.config, "decoder", model.config)):
                config.tie_word_embeddings = False
        if out.bias is not None:
            out.bias.data += 1.0
        Full(model).save(tmp_path / "saved")
        again = auto.from_pretrained(tmp_path / "saved").eval()
        with torch.no_grad():
            assert torch.equal(again(**asked).logits, model(**asked).logits)
    safe_loading.load_model(tmp_path / "saved", auto.__name__)
