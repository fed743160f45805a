"""Models in the process that writes: loaded once, whoever speaks with them."""

from __future__ import annotations

import copy
import dataclasses
import gc
import hashlib
import inspect
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..catalog.loading.safe_loading import load_model
from ..catalog.model_folders.adapters import base_of
from ..data.rendering.spelled import UNDONE, alone, pieces
from ..errors import DataError, RunError
from ..i18n import t
from ..memory import is_out_of_memory
from ..recipe import GENERATION, Recipe
from ..tasks import get
from ..tasks.shared.target_collators import end_of_text
from ..training.predicting.kept_cache import Kept
from ..training.predicting.passes import cuts
from ..training.predicting.predictor import Predictor
from ..training.predicting.writing import first_token, write
from .reading import Read, read
from .seats import CONVERSATION
from .shared_bases import SharedBase

KEPT = 2  # conversations of which keys and values are kept: those of two seats
_FILES = (".json", ".safetensors", ".jinja", ".model", ".txt")


class Voice:
    """A model as one recipe asks it. ``stamps`` are those of the files that it was loaded from."""

    def __init__(self, weights: dict[str, Any], shared: Any, stamps: tuple):
        folder, self.stamps = Path(weights["folder"]), stamps
        self.recipe = Recipe.from_yaml(weights["recipe"])
        self.predictor = Predictor(folder, self.recipe, begun=weights["begun"], model=shared)
        self.model, self.tokenizer = self.predictor.model, self.predictor.tokenizer
        self.about = self.model.generation_config  # with the ends of its own template

    def task(self, generation: dict[str, Any]) -> Any:
        """The task that asks it, where words are chosen in this way."""
        recipe = self.recipe.replace(generation=generation)
        return get(recipe.task).configured(recipe, self.model.config)


class Voices:
    """All that are loaded. None of it is safe for several threads: one of them asks."""

    def __init__(self) -> None:
        self._voices: dict[tuple, Voice] = {}
        self._models: dict[str, tuple[tuple, Any, Any, str]] = {}
        self._kept: OrderedDict[tuple, Kept] = OrderedDict()  # talk, seat, folder
        # of runs that share their base: it and their adapter, by the folder of their whole model
        self._bases: dict[str, tuple[SharedBase, Path]] = {}

    def answer(
        self, asked: dict[str, Any], on_text: Callable[[str], object],
        stopped: Callable[[], bool],
    ) -> dict[str, Any]:  # fmt: skip
        """Write; what it gives are fields of :class:`.turns.Answer`.

        Parameters
        ----------
        asked : dict
            ``weights``, ``way``, ``read`` (see :func:`.reading.read`), ``max_length``,
            ``generation``, ``attempt``, ``begun``, ``talk`` and ``seat``.
        """
        start = time.perf_counter()
        voice = self._voice(asked["weights"])
        found = self._read(voice, asked)
        size = voice.model.get_input_embeddings().num_embeddings
        if wrong := [one for one in asked["begun"] if not 0 <= one < size]:
            raise DataError(t("talking.no_token", token=wrong[0]),
                            t("talking.tokens_back", last=size - 1))  # fmt: skip
        settings = GENERATION.settings(asked["generation"])
        if hasattr(settings, "seed"):
            seed = (settings.seed + asked["attempt"]) % 2**32
            settings = dataclasses.replace(settings, seed=seed)
        first: list[float] = []
        seen = [False]

        def tick() -> bool:
            seen[0] = stopped()
            if not first:
                first.append(time.perf_counter() - start)
            return seen[0]

        key = (asked["talk"], asked["seat"], asked["weights"]["folder"])
        kept = self._kept.pop(key, None) or Kept()
        try:
            (text,) = write(
                voice.model, voice.tokenizer, [found.ids], settings, tick=tick, kept=kept,
                on_text=lambda row, said: on_text(said), begun=asked["begun"],
            )  # fmt: skip
        except Exception as error:
            if is_out_of_memory(error):
                self._kept.clear()
                gc.collect()
            raise
        self._keep(key, kept)
        cut = [] if seen[0] else cuts([text], settings)
        return {
            **self._prompt_said(found), "notes": [*found.notes, *cut], "ids": text.ids,
            "text": text.text, "ended": text.ended, "state": "stopped" if seen[0] else "done",
            "weights": self._named(asked["weights"]), "first_token": first[0] if first else 0.0,
            "seconds": time.perf_counter() - start, "spared": kept.spared,
        }  # fmt: skip

    def load(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Load a model ahead of the first question, and write a token, which makes what the library
        makes late; gives how its weights are called."""
        said = json.dumps({"messages": [{"role": "user", "content": "a"}]})
        one = {"kind": "greedy", "max_new_tokens": 1}
        about = {**asked, "read": {"line": said, "text": "a"}, "generation": one, "attempt": 0,
                 "begun": [], "talk": "", "max_length": None}  # fmt: skip
        self.answer(about, lambda text: None, lambda: False)
        del self._kept[about["talk"], about["seat"], about["weights"]["folder"]]
        return self._named(asked["weights"])

    def prompt(self, asked: dict[str, Any]) -> dict[str, Any]:
        """``text`` and ``tokens`` of what is read, control tokens by their names."""
        voice = self._voice(asked["weights"])
        found = self._read(voice, asked)
        spelled = pieces(voice.tokenizer, found.ids)
        return {**self._prompt_said(found), "tokens": spelled, "ids": found.ids,
                "text": "".join(spelled), "notes": found.notes}  # fmt: skip

    def tokens(self, asked: dict[str, Any]) -> dict[str, Any]:
        """How probable each token of an answer was, and the likeliest at its place.

        Of the end of the text as well, behind the last one. Probabilities are the model's, before
        temperature and whatever else chooses words.
        """
        import torch

        voice = self._voice(asked["weights"])
        found, ids = self._read(voice, asked), list(asked["ids"])
        model, most = voice.model, asked["rivals"]
        begins = voice.tokenizer.bos_token_id
        prompt = found.ids or [end_of_text(voice.tokenizer) if begins is None else begins]
        device = model.device
        if model.config.is_encoder_decoder:
            begun = torch.tensor([[first_token(model), *ids]], device=device)
            inputs = {"input_ids": torch.tensor([prompt], device=device),
                      "decoder_input_ids": begun}  # fmt: skip
        else:
            inputs = {"input_ids": torch.tensor([prompt + ids], device=device)}
        if "logits_to_keep" in inspect.signature(model.forward).parameters:
            inputs["logits_to_keep"] = len(ids) + 1
        with torch.inference_mode():
            logits = model(**inputs, use_cache=False).logits[0, -len(ids) - 1 :].float()
        logs = logits.log_softmax(-1)
        few = logs.topk(min(most, logs.shape[-1]), dim=-1)
        named = {one: _alone(voice.tokenizer, one) for one in set(few.indices.flatten().tolist())}
        own = logs[:-1].gather(-1, torch.tensor(ids, device=device).reshape(-1, 1))
        return {
            **self._prompt_said(found),
            "weights": self._named(asked["weights"]),
            "tokens": pieces(voice.tokenizer, ids),
            "probabilities": own[:, 0].exp().tolist(),
            "ranks": ((logs[:-1] > own).sum(-1) + 1).tolist(),
            "rivals": [
                [[one, named[one], share] for one, share in zip(*row, strict=True)]
                for row in zip(few.indices.tolist(), few.values.exp().tolist(), strict=True)
            ],
        }

    def use_only(self, folders: list[str], talks: list[str]) -> None:
        """Give back the memory of models and conversations that nobody asks any more."""
        self._models = {k: one for k, one in self._models.items() if k in folders}
        self._bases = {k: one for k, one in self._bases.items() if k in folders}
        self._voices = {k: one for k, one in self._voices.items() if k[0] in folders}
        for key in [key for key in self._kept if key[0] not in talks]:
            del self._kept[key]
        gc.collect()

    def _keep(self, key: tuple, kept: Kept) -> None:
        self._kept[key] = kept
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _read(self, voice: Voice, asked: dict[str, Any]) -> Read:
        voice.model.generation_config = voice.about
        settings = GENERATION.settings(asked["generation"])
        task = voice.task(asked["generation"])
        most = asked["max_length"] or voice.recipe.max_length
        new = len(asked["begun"]) + settings.max_new_tokens
        found = read(task, voice.tokenizer, voice.model.config, asked["read"], way=asked["way"],
                     max_length=most, new=new)  # fmt: skip
        if asked["way"] == CONVERSATION and not voice.predictor.has_template:
            found.notes.insert(0, t("talking.template"))
        return found

    def _prompt_said(self, found: Read) -> dict[str, Any]:
        digest = hashlib.sha256(",".join(map(str, found.ids)).encode()).hexdigest()
        return {"prompt_tokens": len(found.ids), "prompt_sha256": digest}

    def _named(self, weights: dict[str, Any]) -> dict[str, Any]:
        digest = self._models[weights["folder"]][3]
        return {"name": weights["name"], "folder": weights["folder"], "sha256": digest}

    def _voice(self, weights: dict[str, Any]) -> Voice:
        """The model as this recipe asks it, loaded anew where its files have changed."""
        folder = weights["folder"]
        stamps = _stamps(folder)
        key = (folder, weights["recipe"], weights["begun"])
        there = self._models.get(folder)
        shares = weights.get("adapter") and folder not in self._bases
        if there is None or there[0] != stamps or shares:
            self._kept.clear()
            self._voices = {k: one for k, one in self._voices.items() if k[0] != folder}
            self._models.pop(folder, None)
            self._bases.pop(folder, None)
            there = None
            gc.collect()  # before the other one is loaded
            model = self._load(weights)
            there = stamps, model, copy.deepcopy(model.generation_config), _digest(folder)
            if _stamps(folder) != stamps:
                raise RunError(t("talking.changing", name=weights["name"]), t("talking.again"))
            self._models[folder] = there
        if key not in self._voices:
            there[1].generation_config = copy.deepcopy(there[2])
            self._voices[key] = Voice(weights, there[1], stamps)
        if folder in self._bases:
            base, adapter = self._bases[folder]
            base.use(adapter)
        return self._voices[key]

    def _load(self, weights: dict[str, Any]) -> Any:
        """A run's whole model, or the base that it shares with another run."""
        folder, adapter = weights["folder"], weights.get("adapter")
        auto_class = get(Recipe.from_yaml(weights["recipe"]).task).auto_class
        if not adapter:
            return load_model(Path(folder), auto_class)
        base = base_of(Path(adapter), weights["name"])
        shared = next((one for one, _ in self._bases.values() if one.base == base), None)
        shared = shared or SharedBase(base, auto_class)
        if not shared.has(Path(adapter)):
            shared.add(Path(adapter))
        self._bases[folder] = shared, Path(adapter)
        return shared.model


def _alone(tokenizer: Any, number: int) -> str:
    """A token by itself: with the blank before a word that decoding leaves out, and by its bytes
    where it holds no whole character."""
    said = tokenizer.decode([number])
    if UNDONE in said:
        return alone(tokenizer, number)
    word = str(tokenizer.convert_ids_to_tokens(number)).startswith("\u2581")
    return " " + said if word and not said.startswith(" ") else said


def _stamps(folder: str) -> tuple:
    """By which a folder whose files were replaced is told (RunError where it is gone)."""
    try:
        paths = sorted(one for one in Path(folder).iterdir() if one.suffix in _FILES)
        return tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in paths)
    except OSError as error:
        raise RunError(t("talking.gone", folder=folder), t("talking.gone_back")) from error


def _digest(folder: str) -> str:
    """SHA-256 of the weights' files, one behind the other by their names."""
    found = hashlib.sha256()
    for path in sorted(Path(folder).glob("*.safetensors")):
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()
