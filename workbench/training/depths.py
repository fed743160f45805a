"""A model's weights by their depth: its head, its layers from the top down, its embeddings.

Layers are found by kind: a list of modules that no other list holds, as long as the configuration
says that the model is deep; an encoder-decoder has two, whose layers are counted side by side. What
lies outside the smallest part that holds the layers and the word vectors, the body, is the head.
Within the body, what stands behind the layers (a pooler, a last norm) goes with the head, and what
stands before them, with every table of vectors beside them, with the embeddings.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from torch import nn

from ..errors import RecipeError
from ..i18n import t

Stacks = list[tuple[str, nn.ModuleList]]  # name and layers of the encoder, the decoder or both


@dataclass(frozen=True)
class Depths:
    """Names of the weights that can be trained, each once: those of ``model.named_parameters()``.

    ``head`` is empty in a model that has none, such as an encoder that gives vectors, or a decoder
    that writes words with the matrix that it reads them with: what stands behind the layers is then
    of the top layer. ``stacks`` holds the layers of an encoder, of a decoder, or of both, the
    lowest first.
    """

    head: frozenset[str]
    stacks: tuple[tuple[frozenset[str], ...], ...]
    embeddings: frozenset[str]

    @property
    def shortest(self) -> int:
        """Layers of the stack that has the fewest."""
        return min(map(len, self.stacks))

    def lowest(self, n_layers: int) -> frozenset[str]:
        """The weights of so many layers of each stack, from below."""
        return _all(layer for stack in self.stacks for layer in stack[:n_layers])

    def levels(self) -> list[frozenset[str]]:
        """From the top: the head, a layer of each stack at a time, the embeddings; none empty."""
        layers = [
            _all(stack[-1 - down] for stack in self.stacks if down < len(stack))
            for down in range(max(map(len, self.stacks)))
        ]
        return [level for level in (self.head, *layers, self.embeddings) if level]


def depths(model: nn.Module) -> Depths:
    """Where the weights of a model lie.

    Raises
    ------
    RecipeError
        If its layers cannot be told apart.
    """
    stacks, body = layer_stacks(model), _body(model)
    parts = dict(model.named_modules())
    head: set[str] = set()
    below: set[str] = set()
    layers: list[list[set[str]]] = [[set() for _ in stack] for _, stack in stacks]
    behind: list[set[str]] = [set() for _ in stacks]
    for first, names in _names(model):
        inside = [name for name in names if _under(name, body)]
        held = [place for name in inside if (place := _layer(name, stacks))]
        if held:
            number, layer = held[0]
            layers[number][layer].add(first)
        elif inside:
            places = [_behind(name, stacks, parts) for name in inside]
            (below if None in places else behind[places[0] or 0]).add(first)
        else:
            head.add(first)
    if head or any(_is_words(parts, name, model) for name in behind[-1]):
        head |= behind.pop()
    for stack, names in zip(layers, behind, strict=False):
        stack[-1] |= names
    found = tuple(tuple(map(frozenset, stack)) for stack in layers)
    return Depths(frozenset(head), found, frozenset(below))


def layer_stacks(model: nn.Module) -> Stacks:
    """The layers themselves: of an encoder, of a decoder, or of both.

    Raises
    ------
    RecipeError
        If they cannot be told apart.
    """
    return _checked(model, _stacks(model))


def head_of(model: nn.Module, new: Collection[str]) -> frozenset[str]:
    """The head's weights without those of the body; empty where there is no head.

    What the model's folder does not have (``new``), such as a pooler, goes with it. The matrix of a
    word layer is of the head where words are not read with it too.
    """
    parts, body = dict(model.named_modules()), _body(model)
    found = {
        first for first, names in _names(model)
        if not any(_under(name, body) for name in names)
        or (len(names) == 1 and _is_words(parts, first, model))
    }  # fmt: skip
    return frozenset(found | {first for first, _ in _names(model) if first in new} if found else ())


def reads_its_words(model: nn.Module) -> bool:
    """Whether the matrix of the layer that gives words is also what words are read with."""
    parts = dict(model.named_modules())
    return any(
        len(names) > 1 and any(_is_words(parts, name, model) for name in names)
        for _, names in _names(model)
    )


def has_words(model: nn.Module, names: Collection[str]) -> bool:
    """Whether the layer that gives words is among weights."""
    parts = dict(model.named_modules())
    return any(_is_words(parts, name, model) for name in names)


def _all(levels) -> frozenset[str]:
    return frozenset().union(*levels)


def _names(model: nn.Module) -> list[tuple[str, list[str]]]:
    """The first name and all names of each parameter that can be trained."""
    names: dict[int, list[str]] = {}
    for name, weight in model.named_parameters(remove_duplicate=False):
        if weight.requires_grad:
            names.setdefault(id(weight), []).append(name)
    return [(found[0], found) for found in names.values()]


def _under(name: str, module: str) -> bool:
    return not module or name == module or name.startswith(f"{module}.")


def _stacks(model: nn.Module) -> Stacks:
    """Lists of modules that lie in no other list."""
    found: Stacks = []
    for name, part in model.named_modules():
        outermost = not any(_under(name, other) for other, _ in found)
        if isinstance(part, nn.ModuleList) and len(part) and outermost:
            found.append((name, part))
    return found


def _checked(model: nn.Module, stacks: Stacks) -> Stacks:
    """Refuse what are not the layers of an encoder, of a decoder, or of both."""
    both = len(stacks) == 2 and getattr(model.config, "is_encoder_decoder", False)
    said = getattr(model.config, "num_hidden_layers", None)
    one = len(stacks) == 1 and said in (None, len(stacks[0][1]))
    within = any(isinstance(layer, nn.ModuleList) for _, stack in stacks for layer in stack)
    if within or not (one or both):
        raise RecipeError(
            t("methods.no_layers", model=type(model).__name__), t("methods.no_layers_remedy"),
            field="method",
        )  # fmt: skip
    return stacks


def _body(model: nn.Module) -> str:
    """Name of the smallest part that holds the word vectors and the layers; "" for the model."""
    words = model.get_input_embeddings()
    held = [name for name, part in model.named_modules() if part is words]
    held += [name for name, _ in _stacks(model)]
    shared: list[str] = []
    for parts in zip(*(name.split(".")[:-1] for name in held), strict=False):
        if len({*parts}) > 1:
            break
        shared.append(parts[0])
    return ".".join(shared)


def _layer(name: str, stacks: Stacks) -> tuple[int, int] | None:
    """Number of the stack, and of its layer, that hold a weight."""
    for number, (stack, _) in enumerate(stacks):
        if _under(name, stack):
            return number, int(name[len(stack) + 1 :].split(".")[0])
    return None


def _behind(name: str, stacks: Stacks, parts: dict[str, nn.Module]) -> int | None:
    """Number of the stack that a weight of the body stands behind; None where it is before it.

    Parts stand in the order in which a model names them. What follows a table of vectors is taken
    to work on these, as is what is called after embeddings.
    """
    owner = name.rpartition(".")[0]
    if isinstance(parts[owner], nn.Embedding):
        return None
    while not (over := [n for n, (stack, _) in enumerate(stacks) if _under(stack, owner)]):
        owner = owner.rpartition(".")[0]
    rest = name.removeprefix(f"{owner}.")
    if "embed" in rest or "." not in rest:
        return None
    passed = False
    for child, part in parts[owner].named_children():
        full = f"{owner}.{child}" if owner else child
        if rest.startswith(f"{child}."):
            break
        passed |= any(_under(stacks[n][0], full) for n in over)
        passed &= not isinstance(part, nn.Embedding)
    return over[-1] if passed else None


def _is_words(parts: dict[str, nn.Module], name: str, model: nn.Module) -> bool:
    """Whether a weight is of the layer that gives words: it is as wide as the vocabulary."""
    layer, config = parts[name.rpartition(".")[0]], model.config.get_text_config(decoder=True)
    width = getattr(layer, "out_features", None)
    return layer is model.get_output_embeddings() or (
        width is not None and width == getattr(config, "vocab_size", None)
    )
