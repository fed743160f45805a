"""Reading and writing the folders the library writes: ``config.json`` beside ``*.safetensors``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path


class Output(dict):
    """What a model returns, by key or attribute; what there is not is left out and reads None."""

    def __init__(self, *args, **entries):
        entries = dict(*args, **entries)
        super().__init__({name: value for name, value in entries.items() if value is not None})

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)


def config_from(kind, values):
    """A config dataclass from a dict, leaving aside the entries it has no field for."""
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})


class Pretrained:
    """``from_pretrained`` and ``save_pretrained`` for a module with a ``config``.

    A subclass names its config class, the library's class of the same architecture, and pairs of
    (our words, the library's words) that turn a weight's name into the other's.
    """

    config_class: type
    architecture: str
    names: tuple = ()
    prefix = ""  # what the library writes before the body's weights when a head is on top
    optional: tuple = ()  # beginnings of our names that a checkpoint may lack (a new head)

    @classmethod
    def from_pretrained(cls, folder, **changes):
        """Build the model of ``folder`` with its weights.

        Parameters
        ----------
        folder : path, with config.json and one or more safetensors files
        changes : entries of the config to be changed, e.g. ``num_labels=3``

        Returns
        -------
        the model, in evaluation mode
            ``model.fresh`` lists the weights the folder did not have (a new head).

        Raises
        ------
        ValueError
            If the folder lacks a file, or its weights are not this architecture's.
        """
        from safetensors.torch import load_file

        folder = Path(folder)
        files = sorted(folder.glob("*.safetensors"))
        if not (folder / "config.json").is_file() or not files:
            raise ValueError(
                f"{folder} is no model folder: config.json and model.safetensors are needed."
            )
        values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model = cls(config_from(cls.config_class, {**values, **changes}))
        state = {}
        for file in files:
            state.update(load_file(file))
        state = model.from_library(state)
        wanted = model.state_dict()
        resized = [n for n in state if n in wanted and state[n].shape != wanted[n].shape]
        for name in resized:
            if not name.startswith(cls.optional):
                raise ValueError(
                    f"{name} is {tuple(state[name].shape)} in {folder} and "
                    f"{tuple(wanted[name].shape)} by its config.json."
                )
            del state[name]
        model.fresh = sorted(wanted.keys() - state.keys())
        missing = [name for name in model.fresh if not name.startswith(cls.optional)]
        if missing:
            raise ValueError(
                f"{folder} lacks {len(missing)} of {len(wanted)} weights of {cls.__name__}, the "
                f"first is {missing[0]}: is it another architecture?"
            )
        model.load_state_dict(state, strict=False)
        return model.eval()

    def save_pretrained(self, folder):
        """Write a folder that ``from_pretrained``, here and in the library, reads."""
        from safetensors.torch import save_file

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {"architectures": [self.architecture], **dataclasses.asdict(self.config)}
        (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
        save_file(self.to_library(), folder / "model.safetensors", metadata={"format": "pt"})

    def from_library(self, state):
        """The library's weights under our names; those we have no place for are left out."""
        body = self.prefix and not any(name.startswith(self.prefix) for name in self.state_dict())
        has = self.prefix and any(name.startswith(self.prefix) for name in state)
        renamed = {}
        for name, value in state.items():
            if has and body:
                name = name.removeprefix(self.prefix)
            elif self.prefix and not has and not body:
                name = self.prefix + name
            for ours, theirs in self.names:
                name = name.replace(theirs, ours)
            renamed[name] = value
        return {name: renamed[name] for name in self.state_dict() if name in renamed}

    def to_library(self):
        """Our weights under the library's names."""
        renamed = {}
        for name, value in self.state_dict().items():
            for ours, theirs in self.names:
                name = name.replace(ours, theirs)
            renamed[name] = value.contiguous()
        return renamed
