"""Every model and tokenizer is loaded here: judged first, no foreign code, no pickle, all weights.

The library fills weights that a folder lacks with random numbers and goes on. Here its report is
read: only what training is to learn (a new head) may be new.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import libraries
from workbench.atomic_files import read_json
from workbench.catalog.loading.compact_models import plainly
from workbench.catalog.loading.library_words import in_one_sentence, quietly
from workbench.catalog.loading.missing_weights import (
    incomplete,
    keep_fixed,
    layers_left_out,
    other_prefix,
    settle_ties,
    weights_lacking,
)
from workbench.catalog.loading.model_families import class_for
from workbench.catalog.loading.taking_turns import by_turns
from workbench.catalog.model_folders import adapters, trained_weights
from workbench.catalog.model_folders.judging_folders import (
    VOCABULARIES,
    judge_folder,
    judge_settings,
)
from workbench.catalog.model_folders.weight_files import judge_numbers
from workbench.catalog.own_nets.net_type import DECODER_TYPE, MODEL_TYPE, WRITER_TYPE
from workbench.errors import ModelError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

_SAFE = {"local_files_only": True, "trust_remote_code": False}
POOLER = ("pooler",)  # of a text's first token: a model trained on words alone has none


def load_tokenizer(folder: Path, what: str = "") -> Any:
    """The tokenizer of a model's folder.

    Parameters
    ----------
    folder : Path
    what : str, optional
        Named in the message, e.g. ``"model sample:minilm-l6"``.

    Raises
    ------
    ModelError
        If it needs code of its own, cannot be read, knows no words, or has settings of no use.
    """
    folder = Path(folder)
    what = what or f"model in {folder.name}"
    judge_settings(folder, what)
    know(folder)
    there = {path.name for path in folder.iterdir()}
    nothing = ModelError(
        f"The {what} has no tokenizer: none of {', '.join(VOCABULARIES[:3])} is there.",
        "Add the tokenizer's files to the folder.",
    )
    try:
        with in_one_sentence(what, "tokenizer"), libraries.one_at_a_time():
            auto = libraries.transformers("AutoTokenizer")
            tokenizer = auto.from_pretrained(folder, **_SAFE)
            of_class = set(getattr(tokenizer, "vocab_files_names", {}).values())
            known = set(tokenizer.get_vocab())
            special = set(map(str, tokenizer.all_special_tokens))
    except ModelError as error:
        raise error if there & set(VOCABULARIES) else nothing from error
    if of_class and not there & {*VOCABULARIES, *of_class} - {"tokenizer_config.json"}:
        raise nothing
    if known <= special:
        raise ModelError(
            f"The tokenizer of the {what} knows {len(known)} words, all of them special ones.",
            "Bring back the tokenizer's files that belong to the model.",
        )
    names, length = tokenizer.model_input_names, tokenizer.model_max_length
    if not isinstance(names, (list, tuple)) or "input_ids" not in names:
        said = t("loading.input_names", what=what, found=names)
        raise ModelError(said, t("loading.input_names_back"))
    if isinstance(length, bool) or not isinstance(length, (int, float)):
        said = t("loading.max_length", what=what, found=length)
        raise ModelError(said, t("loading.max_length_back"))
    return by_turns(tokenizer)


@plainly
def load_model(
    folder: Path,
    auto_class: str | Mapping[str, str],
    what: str = "",
    *,
    new_head: bool = False,
    spare: tuple[str, ...] = (),
    seed: int | None = None,
    notes: list[str] | None = None,
    new: list[str] | None = None,
    only_look: bool = False,
    settle: Callable[[Any], None] | None = None,
    **changes: Any,
) -> torch.nn.Module:
    """The model in a folder, in float32 on the CPU, in evaluation mode.

    A folder with an adapter, or with trained weights alone, gives the model that it was trained on
    with its changes; one that is kept small gives a plain model with the same weights
    (:mod:`workbench.catalog.model_folders.compact`).

    Parameters
    ----------
    folder : Path
    auto_class : str or mapping of family to str
        The library's, such as ``"AutoModelForSequenceClassification"``; see
        :func:`.model_families.class_for`.
    what : str, optional
        Named in the message.
    new_head : bool
        Whether the part that ``auto_class`` puts on top may be new, drawn from ``seed``.
    spare : tuple of str
        Parts that may be new as well, such as :data:`POOLER`.
    seed : int, optional
        Of torch's generator, before anything is drawn.
    notes : list of str, optional
        Gets a sentence for weights of the folder that the configuration leaves out.
    new : list of str, optional
        Gets the names of weights that the folder does not have, and that were drawn.
    only_look : bool
        Judge only: the model is on the meta device, and takes no memory.
    settle : callable taking the configuration, optional
        Changes it before the model is built of it.
    changes
        Entries of the configuration to be changed.

    Raises
    ------
    ModelError
        If the folder is refused (:func:`.model_folders.judge_folder`), the library cannot read it,
        its family has no such head, or weights are missing.
    """
    folder = Path(folder)
    what = what or f"model in {folder.name}"
    part, change, brought = None, None, set[str]()
    for kind, judge, laid in (
        (adapters.is_adapter, adapters.judge_adapter, adapters.laid_on),
        (trained_weights.is_part, trained_weights.judge, trained_weights.laid_on),
    ):
        if part is None and kind(folder):
            part, change, brought = folder, laid, judge(folder, what)
            folder = adapters.base_of(folder, what)
    judge_folder(folder, what)
    judge_numbers(folder, what)
    know(folder)
    # the library's report decides, and a head of another size is a new one
    options = {"use_safetensors": True, "ignore_mismatched_sizes": True,
               "output_loading_info": True, **_SAFE}  # fmt: skip
    if only_look:
        options["device_map"] = "meta"
    with in_one_sentence(what, "model"), libraries.one_at_a_time(), quietly():
        import torch

        config = _config(part or folder)
        auto = class_for(auto_class, config, what)
        _settle(config, changes)
        if settle is not None:
            settle(config)

        def load(**more: Any) -> tuple[Any, dict, list[str]]:
            if seed is not None:
                torch.manual_seed(seed)
            model, report = auto.from_pretrained(
                folder, config=copy.deepcopy(config), dtype=torch.float32, **options, **more
            )
            absent = _absent(report) - _other_names(model, brought)
            return model, report, weights_lacking(model, absent, new_head, spare)

        model, report, lacking = load()
        if lacking and (renamed := other_prefix(model, report)):
            again, other, still = load(key_mapping=renamed)
            if len(still) < len(lacking):
                model, report, lacking = again, other, still
    if lacking:
        raise incomplete(what, model, report, lacking)
    if new is not None:
        new += sorted(_absent(report))
    if not only_look:
        settle_ties(model)
        keep_fixed(model)
    if part is not None and change is not None:
        with in_one_sentence(what, "model"), quietly():
            model = change(model, part, what)
    if notes is not None and (layers := layers_left_out(model, report)):
        notes.append(
            f"The {what} holds {layers} layer{'s' * (layers > 1)} more than its config.json says: "
            f"{'they are' if layers > 1 else 'it is'} not used."
        )
    return model


def load_config(folder: Path, what: str = "") -> Any:
    """The library's configuration of a folder, judged (ModelError as :func:`load_model`)."""
    folder = Path(folder)
    what = what or f"model in {folder.name}"
    judge_settings(folder, what)
    know(folder)
    with in_one_sentence(what, "configuration"), libraries.one_at_a_time():
        return _config(folder)


def load_gguf(folder: Path, file: str) -> tuple[Any, Any]:
    """A pinned GGUF archive's tokenizer and causal model, turned into float32."""
    import torch

    with libraries.one_at_a_time():
        auto, tokenizers, quantised = libraries.transformers(
            "AutoModelForCausalLM", "AutoTokenizer", "GgufConfig"
        )
        tokenizer = tokenizers.from_pretrained(folder, gguf_file=file, **_SAFE)
        # without the option the model still holds the 4-bit format and cannot be saved
        model = auto.from_pretrained(
            folder, gguf_file=file, dtype=torch.float32,
            quantization_config=quantised(dequantize=True), **_SAFE,
        )  # fmt: skip
    return tokenizer, model


def family_has(auto_class: str | Mapping[str, str], folder: Path, what: str) -> None:
    """Refuse a model whose family has no such head in the library (ModelError)."""
    config = load_config(folder, what)
    with libraries.one_at_a_time():
        class_for(auto_class, config, what)


def know(folder: Path) -> None:
    """Make the library's Auto classes know our nets, if this folder holds one."""
    config = read_json(Path(folder) / "config.json")
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind == MODEL_TYPE:
        from workbench.catalog.own_nets import net_models

        net_models.register()
    elif kind == DECODER_TYPE:
        from workbench.catalog.own_nets import net_decoders

        net_decoders.register()
    elif kind == WRITER_TYPE:
        from workbench.catalog.own_nets import net_writers

        net_writers.register()


def _settle(config: Any, changes: dict[str, Any]) -> None:
    """Put changes into a configuration, and what a model is asked for at each call out of it.

    Nor may its feed-forward parts split texts into chunks, which not every length allows. The kind
    of problem comes last: the library refuses one that the number of outputs does not fit,
    and the folder's own may be of another task.
    """
    config.output_attentions, config.output_hidden_states = False, False
    config.return_dict = True
    if getattr(config, "chunk_size_feed_forward", 0):
        config.chunk_size_feed_forward = 0
    if "problem_type" in changes:
        config.problem_type = None
    for name in sorted(changes, key=lambda name: (name == "problem_type", name != "num_labels")):
        setattr(config, name, changes[name])


def _config(folder: Path) -> Any:
    return libraries.transformers("AutoConfig").from_pretrained(folder, **_SAFE)


def _other_names(model: torch.nn.Module, names: set[str]) -> set[str]:
    """All names of the weights that have one of these."""
    every = list(model.named_parameters(remove_duplicate=False)) if names else []
    meant = {id(weight) for name, weight in every if name in names}
    return names | {name for name, weight in every if id(weight) in meant}


def _absent(report: dict) -> set[str]:
    """Names of weights that a folder lacks, or has in another size."""
    return {*report["missing_keys"], *(one[0] for one in report["mismatched_keys"])}
