"""Small models that write, with random weights, and the tokenizer of spelled-out words for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

LETTERS = "abcdefghij"
WORDS = ["<pad>", "<unk>", "<s>", "</s>", *LETTERS, *map(str, range(10)), "=", "."]


def tokenizer(*, ends: bool = True):
    """Words between blanks; ``ends`` puts the end of the text behind each text."""
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if ends:
        made.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 3)]
        )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", bos_token="<s>",
        eos_token="</s>", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def model(kind: str = "t5", *, dropout: float = 0.0, size: int = 32, seed: int = 0, words: int = 0):
    """An untrained model of one or two layers."""
    import torch
    import transformers as hf

    words = words or len(WORDS)
    common = dict(vocab_size=words, pad_token_id=0, eos_token_id=3, bos_token_id=2)
    configs = {
        "t5": lambda: hf.T5Config(
            d_model=size, d_kv=size // 2, d_ff=2 * size, num_layers=2, num_heads=2,
            dropout_rate=dropout, decoder_start_token_id=0, **common,
        ),
        "bart": lambda: hf.BartConfig(
            d_model=size, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=2 * size, decoder_ffn_dim=2 * size,
            max_position_embeddings=64, dropout=dropout, decoder_start_token_id=3, **common,
        ),
        "m2m": lambda: hf.M2M100Config(
            d_model=size, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=2 * size, decoder_ffn_dim=2 * size,
            max_position_embeddings=64, dropout=dropout, attention_dropout=dropout,
            activation_dropout=dropout, encoder_layerdrop=0, decoder_layerdrop=0,
            decoder_start_token_id=3, **common,
        ),
        "marian": lambda: hf.MarianConfig(
            d_model=size, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=2 * size, decoder_ffn_dim=2 * size,
            max_position_embeddings=64, dropout=dropout, decoder_start_token_id=0,
            decoder_vocab_size=words, forced_eos_token_id=3, **common,
        ),
        "gpt2": lambda: hf.GPT2Config(
            n_embd=size, n_layer=2, n_head=2, n_positions=64, resid_pdrop=dropout,
            embd_pdrop=dropout, attn_pdrop=dropout, **common,
        ),
        "llama": lambda: hf.LlamaConfig(
            hidden_size=size, intermediate_size=2 * size, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, **common,
        ),
        "qwen2": lambda: hf.Qwen2Config(
            hidden_size=size, intermediate_size=2 * size, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, **common,
        ),
    }  # fmt: skip
    if kind == "two-encoders":
        return _of_two_encoders(size, dropout, seed, words)
    config = configs[kind]()
    auto = hf.AutoModelForSeq2SeqLM if config.is_encoder_decoder else hf.AutoModelForCausalLM
    torch.manual_seed(seed)
    return auto.from_config(config).eval()


def _of_two_encoders(size: int, dropout: float, seed: int, words: int):
    """An encoder-decoder of two encoders; what the second reads of the first is new."""
    import torch
    import transformers as hf

    def half(**about):
        return hf.BertConfig(
            vocab_size=words, hidden_size=size, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=2 * size, max_position_embeddings=64, hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout, pad_token_id=0, **about,
        )  # fmt: skip

    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(half(), half())
    config.decoder_start_token_id, config.eos_token_id, config.pad_token_id = 2, 3, 0
    torch.manual_seed(seed)
    made = hf.EncoderDecoderModel(config=config)
    about = made.generation_config
    about.decoder_start_token_id, about.eos_token_id, about.pad_token_id = 2, 3, 0
    return made.eval()


def save(folder: Path, kind: str = "t5", **about) -> Path:
    """A folder with both, as the library saves them."""
    made = model(kind, **about)
    made.save_pretrained(folder)
    tokenizer(ends=made.config.is_encoder_decoder).save_pretrained(folder)
    return Path(folder)


def sharpened(seed: int, change: Callable[[str, Any], None] = lambda kind, model: None):
    """``made(kind)`` gives a model and its tokenizer, made once: its words are unlike each other.

    ``change(kind, model)`` settles what is particular to a kind.
    """
    import torch

    kept: dict[str, tuple] = {}

    def made(kind: str):
        if kind not in kept:
            found = model(kind, seed=seed)
            with torch.no_grad():
                for part in found.parameters():
                    part.mul_(3.0)
                change(kind, found)
            kept[kind] = found, tokenizer(ends=found.config.is_encoder_decoder)
        return kept[kind]

    return made


def losses_of(prepared, recipe, batch: dict, *, library: bool = False) -> list[tuple[float, dict]]:
    """The loss of a batch and its slope at each parameter: ours, and the library's where asked."""
    import torch

    from workbench.tasks.shared.encoding import IGNORED

    one = prepared.model.eval()
    loss = prepared.task.prepare_loss(recipe, prepared.examples)
    inputs = {k: v for k, v in batch.items() if k != "labels" and not k.startswith("_")}
    logits = one(**inputs, use_cache=False).logits
    found = [loss.total(logits, batch["labels"]) / loss.normaliser(batch["labels"])]
    if library:
        usual = torch.full_like(batch["labels"], IGNORED)
        usual[:, 1:] = batch["labels"][:, :-1]
        found.append(one(**inputs, labels=usual).loss)
    pairs = []
    for value in found:
        one.zero_grad()
        value.backward()
        pairs.append((value.item(), {n: p.grad.clone() for n, p in one.named_parameters()}))
    return pairs


def alike(found: list[tuple[float, dict]]) -> None:
    """Refuse losses or slopes that are others than the first ones."""
    import pytest
    import torch

    for loss, slopes in found[1:]:
        assert loss == pytest.approx(found[0][0], rel=1e-5)
        for name, slope in slopes.items():
            assert torch.allclose(slope, found[0][1][name], atol=1e-5), name
