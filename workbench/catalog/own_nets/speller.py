"""A small encoder-decoder that starts from nothing, for words spelled out in symbols.

It reads lower-case letters one by one and writes symbols with blanks between them, such as the
phonemes of ``sample:cmudict``; 2 + 2 layers of Marian's kind, 2 million weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench import libraries
from workbench.errors import ModelError
from workbench.i18n import t

LETTERS = "abcdefghijklmnopqrstuvwxyz'-._"
_FIRST = ("<pad>", "<unk>", "</s>")
WIDTH, LAYERS, HEADS, PLACES = 192, 2, 4, 64


def make(folder: Path | str, symbols: Iterable[str], *, letters: str = LETTERS, seed: int = 0):
    """A model folder with random weights and a tokenizer of letters and symbols.

    Parameters
    ----------
    folder : path
        Is made; files of the same names in it are replaced.
    symbols : iterable of str
        What is written, a token each; none of them has a letter of ``letters`` in it.
    letters : str
        What is read, a token each; anything else is unknown.
    seed : int
        Of the random weights.

    Returns
    -------
    pathlib.Path
        The folder, as a recipe's ``model`` takes it.

    Raises
    ------
    ModelError
        If a symbol could not be a token, because of a letter or a blank in it.
    """
    import re

    symbols = sorted(set(symbols) - set(letters))
    for one in symbols:
        if not one or set(one) & set(letters) or one.split() != [one]:
            raise ModelError(t("speller.symbol", symbol=repr(one)), t("speller.symbol_back"))
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    known = [*_FIRST, *dict.fromkeys(letters), *symbols]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(known)}, unk_token="<unk>"))
    each = pre_tokenizers.Split(Regex(f"[{re.escape(letters)}]"), "isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), each])
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)]
    )
    fast, config_of, model_of = libraries.transformers(
        "PreTrainedTokenizerFast", "MarianConfig", "MarianMTModel"
    )
    tokenizer = fast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", eos_token="</s>",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    config = config_of(
        vocab_size=len(known), decoder_vocab_size=len(known), d_model=WIDTH,
        encoder_layers=LAYERS, decoder_layers=LAYERS, encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS, encoder_ffn_dim=512, decoder_ffn_dim=512,
        max_position_embeddings=PLACES, pad_token_id=0, eos_token_id=2, decoder_start_token_id=0,
        forced_eos_token_id=None, scale_embedding=True, num_beams=1,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = model_of(config)
    folder = Path(folder)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
