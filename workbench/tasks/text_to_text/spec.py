"""What writing one text for another declares: translations, summaries, whatever answers a text."""

from ...prediction_columns import PredictionTable
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec

NO_CLASS = "What is written is no class"

SPEC = TaskSpec(
    name="text-to-text",
    title="Text to text: summaries, translations",
    task="workbench.tasks.text_to_text.task:TextToText",
    order=60,
    roles=(Role("source", "text"), Role("target", "target")),
    metrics=(
        Metric("perplexity", "perplexity", "lower", short="perplexity", share=False, overview=True),
        Metric("exact_match", "exact match", "higher", short="exact"),
        LOSS,
    ),
    predicts="text",
    output="text",
    auto_class={
        "encoder-decoder": "AutoModelForSeq2SeqLM", "decoder": "AutoModelForCausalLM",
    },
    families=("encoder-decoder", "decoder"),
    defaults={"learning_rate": 3e-4},
    unused={
        "class_weights": NO_CLASS, "focal_gamma": NO_CLASS, "sampling": NO_CLASS,
        "corrections": NO_CLASS,
    },
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number"},
        told_by=(),
    ),
    views=("slices", "compare", "report"),
    sections=("examples", "slices"),
    baselines=(Baseline("copy", "the text itself, copied", plain=True),),
    checks=("workbench.data.doctor.structure:check_sequences",),
    recognise="workbench.data.columns.column_roles:Guess.sequences",
    guessed=4,
    kinds={"prompt": ("plain", "template")},
)  # fmt: skip
