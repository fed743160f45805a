"""What filling gaps declares: an encoder goes on with the training that it came from."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_CLASSES, TEXT_CHECKS
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec
from ...written_parts import UNTUNED

NO_CLASS = "A text that is learnt is no class"

SPEC = TaskSpec(
    name="masked-language-modelling",
    title="Masked LM: gaps in texts (masked language modelling)",
    task="workbench.tasks.masked_language_modelling.task:MaskedLanguageModelling",
    order=75,
    model="sample:minilm-l6",
    dataset="sample:shakespeare",
    defaults={"max_eval_examples": 400},
    roles=(Role("text", "text"),),
    metrics=(
        Metric("masked_perplexity", "perplexity of masked tokens", "lower", short="perplexity",
               share=False, overview=True),
        Metric("masked_accuracy", "masked tokens right", "higher", short="right"),
        Metric("masked_accuracy_5", "masked tokens among the first 5", "higher", short="in 5"),
        LOSS,
    ),
    predicts="text",
    output="words",
    auto_class={"encoder": "AutoModelForMaskedLM"},
    families=("encoder",),
    pipeline=("fill-mask", {}),
    unused=dict.fromkeys(FOR_CLASSES, NO_CLASS),
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number",
                 "tokens": "whole", "hits": "number", "hits_5": "number"},
        whole=False,
    ),
    views=("slices", "compare", "report"),
    sections=("examples", "slices"),
    said_view="workbench.widgets.panels.said:gaps_of_text",
    baselines=(Baseline("unigrams", "how often each token occurs", plain=True), UNTUNED),
    checks=("workbench.data.doctor.texts:check_texts", *TEXT_CHECKS),
    recognise="workbench.data.columns.column_roles:Guess.plain",
    lays_rows=True,
    kinds={"rows": ("blocks", "texts")},
)  # fmt: skip
