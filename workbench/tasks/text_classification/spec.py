"""What single-label classification declares."""

from ...prediction_columns import PredictionTable
from ...task_parts import TEXT_CHECKS
from ...task_spec import CUT, LOSS, Baseline, Metric, Role, TaskSpec

SPEC = TaskSpec(
    name="text-classification",
    title="Text classification",
    task="workbench.tasks.text_classification.task:TextClassification",
    order=10,
    roles=(
        Role("text", "text"),
        Role("pair", "text", title="second text", required=False),
        Role("label", "label"),
    ),
    metrics=(
        Metric("macro_f1", "macro-F1", "higher", short="macro-F1"),
        Metric("accuracy", "accuracy", "higher", short="accuracy", overview=True),
        LOSS,
        Metric("parent_accuracy", "accuracy of the parents", "higher", "parents", chooses=False),
        Metric("parent_macro_f1", "macro-F1 of the parents", "higher", chooses=False),
    ),
    predicts="class",
    output="scores",
    auto_class="AutoModelForSequenceClassification",
    problem_type="single_label_classification",
    families=("encoder", "decoder"),
    pipeline=("text-classification", {"truncation": True, "max_length": CUT}),
    model="sample:minilm-l6",
    dataset="sample:movie-sentiment",
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number"},
        scores=True,
        told_by=({"prediction": "text"}, {"prediction": "whole"}),
    ),
    views=(
        "confusion", "hierarchy", "curves", "calibration", "slices", "whatif", "map", "costs",
        "labels", "compare", "report",
    ),
    sections=("classes", "hierarchy", "calibration", "slices"),
    class_report="workbench.inspection.predictions.errors:per_class_errors",
    baselines=(
        Baseline("majority", "most frequent class", "the most frequent class", plain=True),
        Baseline(
            "tfidf_logistic_regression", "TF-IDF + logistic regression",
            "word counts with logistic regression",
        ),
    ),
    examples="workbench.data.examples:load_examples",
    checks=(
        "workbench.data.doctor.texts:check_texts",
        "workbench.data.doctor.labels:check_labels",
        "workbench.data.doctor.label_sets:check_joined",
        *TEXT_CHECKS,
    ),
    recognise="workbench.data.columns.column_roles:Guess.labelled",
    guessed=3,
)  # fmt: skip
