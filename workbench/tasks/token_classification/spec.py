"""What tagging declares."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_WHOLE_TEXTS
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec

SPEC = TaskSpec(
    name="token-classification",
    title="Token classification: named entities",
    task="workbench.tasks.token_classification.task:TokenClassification",
    order=40,
    roles=(Role("tokens", "tokens"), Role("tags", "tags")),
    metrics=(
        Metric("f1", "F1", "higher", short="F1"),
        Metric("precision", "precision", "higher", short="precision"),
        Metric("recall", "recall", "higher", short="recall"),
        Metric("accuracy", "accuracy", "higher", short="accuracy", overview=True),
        Metric("macro_f1", "macro-F1", "higher"),
        LOSS,
    ),
    predicts="tags",
    output="tokens",
    auto_class="AutoModelForTokenClassification",
    families=("encoder", "decoder"),
    pipeline=("token-classification", {"aggregation_strategy": "first"}),
    model="sample:minilm-l6",
    dataset="sample:tweets-ner",
    defaults={"learning_rate": 3e-4},
    unused=FOR_WHOLE_TEXTS,
    prediction_table=PredictionTable(
        columns={
            "text": "text", "tokens": "texts", "label": "texts", "prediction": "texts",
            "loss": "number", "score": "number",
        },
        same_by=("text", "label"),
        as_many=("tokens", "label", "prediction"),
        hidden=("tokens", "entities"),
        whole=False,
        told_by=({"tokens": "texts", "prediction": "texts"},),
    ),
    views=("entities", "slices", "compare", "report"),
    sections=("entities", "slices"),
    class_report="workbench.inspection.predictions.entities:entity_report",
    said_view="workbench.widgets.panels.said:tags_of_sentence",
    baselines=(
        Baseline(
            "most_frequent_tag", "each word's most frequent tag", "each word's most frequent tag"
        ),
    ),
    examples="workbench.data.tags.tagged:load_tagged",
    checks=("workbench.data.doctor.structure:check_tokens",),
    fixes=(
        "drop_unaligned", "drop_conflicts", "drop_duplicates", "drop_leaked",
        "drop_near_duplicates",
    ),
    recognise="workbench.data.columns.column_roles:Guess.tokens",
    guessed=2,
)  # fmt: skip
