"""Our own nets as models: ``net:bert-tiny``, ``net:bert@sample:minilm-l6``, ``net:bert@FOLDER``;
``net:transformer-small`` reads a text and writes another one.

``net:llama@sample:smollm2-135m`` and ``net:llama@FOLDER`` are the decoder, for tasks that write.

The models of :mod:`workbench.nets` that a reader builds in the notebooks, in a folder that
training, prediction and inspection load like any other. The classes that make it so are in
:mod:`workbench.catalog.own_nets.net_models`, which is imported when such a folder is met.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from workbench import disk_cache
from workbench.catalog.model_folders.judging_folders import READ_BESIDE
from workbench.errors import DownloadError, ModelError, UnknownName, nearest
from workbench.paths import cache_dir
from workbench.reference import Origin, Reference

PREFIX = f"{Origin.NET}:"
TOKENIZER = "sample:minilm-l6"  # whose word pieces the nets without weights read
#: Sizes of nets that start from nothing (Turc et al. 2019): layers, width, heads, parameters.
SIZES = {
    "bert-tiny": (2, 128, 2, 4_385_920),
    "bert-mini": (4, 256, 4, 11_170_560),
}
#: Encoder-decoders that start from nothing: layers of each half, width, heads, parameters.
WRITERS = {"transformer-small": (2, 128, 4, 12_677_178)}
#: The library's classes of models that they have a head for, by their family.
HEADS = {
    "encoder": tuple(f"AutoModelFor{what}" for what in (
        "SequenceClassification", "TokenClassification", "QuestionAnswering",
    )),
    "decoder": ("AutoModelForCausalLM",),
    "encoder-decoder": ("AutoModelForSeq2SeqLM",),
}  # fmt: skip
ROOM = 4_000_000_000  # bytes that the folder of such nets may hold


def check(reference: str) -> None:
    """Raise :class:`UnknownName` for a ``net:`` reference that is none."""
    net = _net(reference)
    if net.name in (*SIZES, *WRITERS) or net.weights is not None:
        return
    raise UnknownName(
        f"There is no net {reference!r}.",
        f"{nearest(net.name, [*SIZES, *WRITERS])} With weights: net:bert@sample:minilm-l6, "
        "net:bert@FOLDER or net:llama@FOLDER.",
    )


def source_of(net: Reference) -> str:
    """The model whose tokenizer a net reads with, and whose weights it takes if it says so."""
    return net.weights.written if net.weights is not None else TOKENIZER


def _net(reference: str) -> Reference:
    return Reference.parse(reference, "model")


def folder(reference: str, source: Path) -> Path:
    """The folder of a net, made once.

    Parameters
    ----------
    reference : str
        For which :func:`check` holds.
    source : Path
        Model folder whose tokenizer, and whose weights if the reference says so, it gets.

    Raises
    ------
    ModelError
        If the weights are not of the net's kind.
    """
    check(reference)
    stamps = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(source.iterdir())]
    said = repr((reference, str(source.resolve()), stamps)).encode()
    target = cache_dir() / "nets" / hashlib.sha256(said).hexdigest()[:16]
    if disk_cache.read_about(target) is not None:
        return target
    from workbench.catalog.loading.safe_loading import load_tokenizer

    def fill(stage: Path) -> str:
        made = save(stage)
        taken = _net(reference).weights is not None  # else only the words are
        for name in READ_BESIDE:  # what was saved of how it writes is but the usual
            if (source / name).is_file() and (taken or name != "generation_config.json"):
                shutil.copyfile(source / name, stage / name)
        return made

    def save(stage: Path) -> str:
        try:
            name = _net(reference).name
            size = SIZES.get(name)
            if name in WRITERS:
                from workbench.catalog.own_nets import net_writers

                net_writers.save(stage, WRITERS[name][:3], load_tokenizer(source))
                return reference
            if name.startswith("llama@"):
                from workbench.catalog.own_nets import net_decoders

                net_decoders.save(stage, source)
                return reference
            from workbench.catalog.own_nets import net_models

            words = len(load_tokenizer(source)) if size else 0
            net_models.save(stage, source, (*size[:3], words) if size else None)
        except ValueError as error:
            kind = "Llama" if name.startswith("llama@") else "BERT"
            raise ModelError(
                f"{reference} cannot be made: {error}", f"Name a {kind}, or a net without weights."
            ) from error
        return reference

    try:
        disk_cache.keep(target, fill, room=ROOM)
    except OSError as error:
        raise DownloadError(
            f"The cache folder {target.parent} cannot be written: {error.strerror or error}.",
            "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
        ) from error
    return target
