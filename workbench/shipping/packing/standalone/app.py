"""A page to try the model of this folder: pip install -r requirements-app.txt; python app.py"""

import importlib
import sys
from pathlib import Path

FIELDS = {"span": ("question", "context"), "pair": ("text", "pair"), "tags": ("text",)}


def fields(model):
    """Names of what is asked, in their order."""
    if model.kind in FIELDS:
        return FIELDS[model.kind]
    return ("text", "pair") if model.about.get("two_texts") else ("text",)


def answer(model, *given):
    """What the page shows for what was typed: shares of classes, or a text."""
    names = fields(model)
    if not all(text and text.strip() for text in given):
        return {} if model.kind in ("class", "labels") else ""
    said = model.predict([dict(zip(names, given, strict=True))])[0]
    if model.kind in ("class", "labels"):
        return said["scores"]
    if model.kind == "vector":
        return " ".join(f"{number:.4f}" for number in said["vector"])
    if model.kind == "pair":
        return f"{said['score']:.4f}"
    if model.kind in ("tags", "gaps"):
        return " ".join(said["prediction"])
    return str(said["prediction"])


def page(gradio, model):
    """The page, as gradio makes it."""
    shown = gradio.Label() if model.kind in ("class", "labels") else gradio.Textbox(label="answer")
    asked = [gradio.Textbox(label=name, lines=3) for name in fields(model)]
    return gradio.Interface(
        lambda *given: answer(model, *given), asked, shown, title=model.about["run"]["name"]
    )


def main():
    gradio, program = map(importlib.import_module, ("gradio", "predict"))  # it lies beside this one
    page(gradio, program.Model(Path(__file__).parent)).launch(server_name="127.0.0.1")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
