"""What a linear layer does in a model, told by its name."""

from __future__ import annotations


def kind_of(name: str) -> str:
    """The kind of a linear layer: ``attention``, ``feed-forward``, or "" outside the blocks.

    >>> kind_of("encoder.layer.0.attention.self.query"), kind_of("layers.3.mlp.up_proj")
    ('attention', 'feed-forward')
    >>> kind_of("pooler.dense")
    ''
    """
    parts = name.lower().split(".")
    if any("attention" in part or "attn" in part for part in parts):
        return "attention"
    return "feed-forward" if any(part.isdigit() for part in parts) else ""
