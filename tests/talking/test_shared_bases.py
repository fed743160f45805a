"""Two runs with adapters on one base speak in turn, with one model in memory."""

import shutil

import pytest
import torch

import workbench as wb
from tests.training.test_chat import recipe_for
from workbench import talking
from workbench.catalog.loading.safe_loading import load_model
from workbench.errors import ModelError
from workbench.talking.shared_bases import SharedBase, adapter_of
from workbench.talking.voices import Voices

FEW = {"kind": "greedy", "max_new_tokens": 8}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of LoRA of other ranks and layers, and one of all weights."""
    folder = tmp_path_factory.mktemp("shared")
    recipe = recipe_for(folder, max_steps=2, evaluate_every=2, max_train_examples=16)
    methods = {"wide": {"kind": "lora", "rank": 4, "alpha": 64}, "full": "full",
               "narrow": {"kind": "lora", "rank": 2, "targets": "attention"}}  # fmt: skip
    return {name: wb.fine_tune(recipe.replace(method=method, learning_rate=0.05), folder / name,
                               progress=False) for name, method in methods.items()}  # fmt: skip


def ask(voices, talk, seat):
    about = talk.asked_of(talk.turn, seat) | {"talk": "one", "generation": FEW}
    return voices.answer(about, lambda text: None, lambda: False)


def test_each_says_what_it_says_alone_and_one_base_is_loaded(runs, monkeypatch):
    from workbench.talking import shared_bases, voices

    alone = {}
    for name, run in runs.items():
        with wb.talk(run) as talk:
            assert talk.asked_of(talk.turn, 0)["weights"]["adapter"] == ""
            alone[name] = ask(Voices(), talk, 0)
    assert alone["wide"]["ids"] != alone["narrow"]["ids"]
    loaded = []
    for place in (voices, shared_bases):
        monkeypatch.setattr(place, "load_model",
                            lambda folder, kind: loaded.append(folder) or load_model(folder, kind))
    asked = Voices()
    with wb.talk(runs["wide"]) as single, wb.talk(runs["wide"], runs["narrow"]) as talk:
        first = ask(asked, single, 0)  # its whole model, as long as there is nothing to share
        found = [ask(asked, talk, seat) for seat in (0, 1, 0, 1, 1, 0)]
        again = ask(asked, single, 0)  # that of the conversation of two, which is loaded already
        said = ["wide", "narrow", "wide", "narrow", "narrow", "wide"]
        both = [(first, "wide"), (again, "wide"), *zip(found, said, strict=True)]
        for one, name in both:
            assert one["ids"] == alone[name]["ids"] and one["text"] == alone[name]["text"]
            assert one["weights"] == alone[name]["weights"]
    assert loaded == [runs["wide"].path / "model", load_base(runs["wide"])]
    models = {id(model) for _, model, *_ in asked._models.values()}
    assert len(models) == 1 and len(asked._models) == 2
    asked.use_only([], [])
    assert not asked._bases


def test_a_model_is_that_of_its_adapter_bit_for_bit_whoever_spoke_before(runs):
    given = {"input_ids": torch.randint(4, 20, (2, 7), generator=torch.manual_seed(1))}
    base = load_base(runs["wide"])
    both, alone = SharedBase(base, "AutoModelForCausalLM"), {}
    for name in ("wide", "narrow"):
        one = SharedBase(base, "AutoModelForCausalLM")
        for shared in (one, both):
            shared.add(runs[name].path / "adapter")
        one.use(runs[name].path / "adapter")
        alone[name] = one.model(**given).logits
    assert not torch.equal(alone["wide"], alone["narrow"])
    for name in ("wide", "narrow", "narrow", "wide"):
        both.use(runs[name].path / "adapter")
        assert torch.equal(both.model(**given).logits, alone[name])
        whole = load_model(runs[name].path / "model", "AutoModelForCausalLM")
        torch.testing.assert_close(whole(**given).logits, alone[name], atol=1e-4, rtol=1e-4)


def load_base(run):
    from workbench.catalog.model_folders import adapters

    return adapters.base_of(run.path / "adapter", "adapter")


def test_an_adapter_for_another_base_is_refused_and_nothing_is_lost(runs, tmp_path):
    base = load_base(runs["wide"])
    other = shutil.copytree(base, tmp_path / "other")
    model = load_model(base, "AutoModelForCausalLM")
    with torch.no_grad():
        next(model.parameters()).add_(1)
    model.save_pretrained(other)
    shared = SharedBase(other, "AutoModelForCausalLM")
    with pytest.raises(ModelError, match="adapter of the run wide was trained on other weights"):
        shared.add(runs["wide"].path / "adapter")
    assert not shared.has(runs["wide"].path / "adapter")


def test_what_cannot_be_shared_is_loaded_whole(runs):
    seats = {name: talking.Seat(run=str(run.path)) for name, run in runs.items()}
    wide, narrow, full = seats["wide"], seats["narrow"], seats["full"]
    untuned = talking.Seat(run=wide.run, tuned=False)
    assert adapter_of(wide, [wide, narrow]) == f"{wide.run}/adapter"
    assert adapter_of(narrow, [wide, narrow, full]) == f"{narrow.run}/adapter"
    for one, beside in ((wide, wide), (wide, full), (full, wide), (untuned, narrow)):
        assert adapter_of(one, [one, beside]) == ""
