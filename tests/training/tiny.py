"""Small stand-ins for speed: models with random weights, a word tokenizer, a learnable dataset."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = (
    "good great fine nice warm bad awful poor dull cold the a film book story was is very so and"
).split()
GOOD, BAD = WORDS[:5], WORDS[5:10]


def frame(n_examples: int = 96, n_classes: int = 2, seed: int = 0):
    """Texts of 3 to 14 words; the class is decided by one word (and, past two, by the length)."""
    import numpy as np
    import pandas as pd

    rng = np.random.RandomState(seed)
    rows = []
    for number in range(n_examples):
        label = number % n_classes
        words = list(rng.choice(WORDS[10:], size=rng.randint(2, 13)))
        pool = GOOD if label % 2 == 0 else BAD
        words.insert(rng.randint(len(words)), pool[(label // 2) % 5])
        rows.append({"text": " ".join(words) + f" {number}", "label": f"class-{label}"})
    return pd.DataFrame(rows)


def interrupted(recipe, folder, at: int):
    """The run of a recipe that was stopped after a step, and went on from its checkpoint."""
    import pytest

    import workbench as wb
    from workbench.training.reporter import Reporter

    row = Reporter.row

    def stops(self, kind, **values):
        row(self, kind, **values)
        if kind == "step" and values["step"] == at:
            self.wanted = "stop"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reporter, "row", stops)
        assert wb.fine_tune(recipe, folder, progress=False).state == "stopped"
    return wb.fine_tune(recipe, folder, progress=False)


def stop(run) -> None:
    """Let a run that is done be one that was stopped after its last step."""
    file = run.path / "state.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "state": "stopped"}))


def save_model(
    folder: Path, kind: str = "bert", *, dropout: float = 0.1, positions: int = 64
) -> Path:
    """Save an untrained two-layer model of ``kind`` and its tokenizer as a transformers folder."""
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *map(str, range(200))]
    tokenizer = Tokenizer(
        models.WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )  # fmt: skip
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)  # fmt: skip
    common = dict(vocab_size=len(vocabulary), pad_token_id=0)
    usual = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions, hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout, classifier_dropout=dropout, **common,
    )  # fmt: skip
    configs = {
        "bert": lambda: hf.BertConfig(**usual),
        "roberta": lambda: hf.RobertaConfig(**{**usual, "max_position_embeddings": positions + 2}),
        "electra": lambda: hf.ElectraConfig(embedding_size=32, **usual),
        "distilbert": lambda: hf.DistilBertConfig(
            dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=positions,
            dropout=dropout, attention_dropout=dropout, seq_classif_dropout=dropout, **common,
        ),
        "deberta-v2": lambda: hf.DebertaV2Config(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=positions, relative_attention=True, pos_att_type=["p2c", "c2p"],
            hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, **common,
        ),
        "modernbert": lambda: hf.ModernBertConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=positions, global_attn_every_n_layers=1,
            attention_dropout=dropout, mlp_dropout=dropout, embedding_dropout=dropout,
            classifier_dropout=dropout, cls_token_id=2, sep_token_id=3, bos_token_id=2,
            eos_token_id=3, **common,
        ),
    }  # fmt: skip
    torch.manual_seed(0)
    hf.AutoModel.from_config(configs[kind]()).save_pretrained(folder)
    return Path(folder)
