"""Tiny models that fill gaps, and a tokenizer that cuts some words into pieces."""

from __future__ import annotations

from pathlib import Path

from tests.training.tiny import WORDS

PIECES = ["un", "##do", "##able", "walk", "##ing"]


def save(folder: Path, kind: str = "bert", *, dropout: float = 0.1, words: int = 0,
         head: bool = True, mask: str | None = "[MASK]", positions: int = 64) -> Path:  # fmt: skip
    """A random two-layer model of a family with its masked head, and its tokenizer."""
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *([mask] if mask else [])]
    vocabulary = [*special, *WORDS, *PIECES, *map(str, range(100))]
    vocabulary += [f"more{n}" for n in range(words - len(vocabulary))]
    tokenizer = Tokenizer(
        models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )  # fmt: skip
    more = {"mask_token": mask} if mask else {}
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", model_input_names=["input_ids", "attention_mask"], **more,
    ).save_pretrained(folder)  # fmt: skip
    common = dict(vocab_size=len(vocabulary), pad_token_id=0)
    usual = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions, hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout, **common,
    )  # fmt: skip
    config = {
        "bert": lambda: hf.BertConfig(**usual),
        "roberta": lambda: hf.RobertaConfig(**{**usual, "max_position_embeddings": positions + 2}),
        "distilbert": lambda: hf.DistilBertConfig(
            dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=positions,
            dropout=dropout, attention_dropout=dropout, **common,
        ),
        "modernbert": lambda: hf.ModernBertConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=positions, global_attn_every_n_layers=1,
            attention_dropout=dropout, mlp_dropout=dropout, embedding_dropout=dropout,
            cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3, **common,
        ),
        "electra": lambda: hf.ElectraConfig(embedding_size=32, **usual),
        "albert": lambda: hf.AlbertConfig(embedding_size=16, **usual),
        "deberta-v2": lambda: hf.DebertaV2Config(
            relative_attention=True, pos_att_type=["p2c", "c2p"], **usual
        ),
    }[kind]()  # fmt: skip
    torch.manual_seed(0)
    kinds = hf.AutoModelForMaskedLM if head else hf.AutoModel
    kinds.from_config(config).save_pretrained(folder)
    return Path(folder)
