"""Small random models of many families."""

from __future__ import annotations

WORDS = 120


def config(kind: str):
    """A configuration of two layers of 32 numbers a token."""
    import transformers as hf

    usual = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=66, vocab_size=WORDS,
    )  # fmt: skip
    both = dict(
        vocab_size=WORDS, max_position_embeddings=66, d_model=32, encoder_layers=2,
        decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=48, decoder_ffn_dim=48,
    )  # fmt: skip
    relative = dict(relative_attention=True, pos_att_type=["p2c", "c2p"])
    makers = {
        "bert": lambda: hf.BertConfig(**usual),
        "roberta": lambda: hf.RobertaConfig(**usual),
        "distilbert": lambda: hf.DistilBertConfig(
            dim=32, n_layers=2, n_heads=2, hidden_dim=48, vocab_size=WORDS,
            max_position_embeddings=66,
        ),
        "albert": lambda: hf.AlbertConfig(embedding_size=16, **usual),
        "electra": lambda: hf.ElectraConfig(embedding_size=16, **usual),
        "deberta-v2": lambda: hf.DebertaV2Config(**relative, **usual),
        "mpnet": lambda: hf.MPNetConfig(**usual),
        "modernbert": lambda: hf.ModernBertConfig(
            cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3, pad_token_id=0, **usual
        ),
        "xlnet": lambda: hf.XLNetConfig(
            vocab_size=WORDS, d_model=32, n_layer=2, n_head=2, d_inner=48
        ),
        "gpt2": lambda: hf.GPT2Config(
            vocab_size=WORDS, n_positions=66, n_embd=32, n_layer=2, n_head=2, eos_token_id=3,
            bos_token_id=2,
        ),
        "llama": lambda: hf.LlamaConfig(**usual),
        "qwen2": lambda: hf.Qwen2Config(num_key_value_heads=2, **usual),
        "t5": lambda: hf.T5Config(
            vocab_size=WORDS, d_model=32, d_kv=16, d_ff=48, num_layers=2, num_heads=2
        ),
        "bart": lambda: hf.BartConfig(**both),
    }  # fmt: skip
    return makers[kind]()


KINDS = (
    "bert", "roberta", "distilbert", "albert", "electra", "deberta-v2", "mpnet", "modernbert",
    "xlnet", "gpt2", "llama", "qwen2", "t5", "bart",
)  # fmt: skip


def save(folder, kind: str, auto: str = "AutoModel", **changes):
    """Save an untrained model of a family with a head; None where it has no such head."""
    import torch
    import transformers as hf

    said = config(kind)
    for name, value in changes.items():
        setattr(said, name, value)
    made = getattr(hf, auto)
    if type(said) not in made._model_mapping:
        return None
    torch.manual_seed(0)
    model = made.from_config(said)
    hf.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    return model
