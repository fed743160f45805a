"""A tiny random classifier of words, saved as a folder."""

from pathlib import Path


def save_classifier(folder: Path, seed: int = 0, n_classes: int = 2) -> Path:
    """BERT of two layers and two heads with ``n_classes`` classes, random weights spread wide."""
    import torch
    import transformers as hf

    from tests.training.tiny import save_model

    save_model(folder)
    torch.manual_seed(seed)
    config = hf.AutoConfig.from_pretrained(folder)
    config.num_labels = n_classes
    config.id2label = {i: f"class-{i}" for i in range(n_classes)}
    config.label2id = {name: i for i, name in config.id2label.items()}
    config.initializer_range = 0.5
    hf.AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    return folder
