"""What the classification with any number of labels declares."""

from ...prediction_columns import PredictionTable
from ...task_parts import TEXT_CHECKS
from ...task_spec import CUT, LOSS, Baseline, Metric, Role, TaskSpec

SPEC = TaskSpec(
    name="multi-label-classification",
    title="Multi-label: any number of labels for a text",
    task="workbench.tasks.multi_label_classification.task:MultiLabelClassification",
    order=20,
    roles=(
        Role("text", "text"),
        Role("pair", "text", title="second text", required=False),
        Role("label", "labels"),
    ),
    metrics=(
        Metric("macro_f1", "macro-F1", "higher", short="macro-F1"),
        Metric("micro_f1", "micro-F1", "higher", short="micro-F1"),
        Metric("subset_accuracy", "whole set right", "higher", short="whole set"),
        Metric("hamming_loss", "Hamming loss", "lower", short="Hamming"),
        LOSS,
    ),
    predicts="labels",
    output="scores",
    auto_class="AutoModelForSequenceClassification",
    problem_type="multi_label_classification",
    families=("encoder", "decoder"),
    pipeline=("text-classification", {"truncation": True, "max_length": CUT, "top_k": None}),
    model="sample:minilm-l6",
    dataset="sample:tweets-entity-types",
    defaults={"learning_rate": 2e-4},
    steps=600,
    unused={
        "sampling": "An example with several labels cannot be drawn for one of them alone",
        "corrections": "Corrections are for one class a text",
        "label_smoothing": "Labels that do not exclude each other share no probability",
    },
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "texts", "prediction": "texts", "loss": "number"},
        scores=True,
        told_by=({"prediction": "texts"},),
    ),
    views=("label_sets", "slices", "whatif", "map", "compare", "report"),
    sections=("label_sets", "slices"),
    class_report="workbench.inspection.predictions.multi_label:label_set_report",
    said_view="workbench.widgets.panels.said:labels_of_text",
    baselines=(
        Baseline(
            "most_frequent_set", "most frequent set of labels", "the most frequent set of labels",
            plain=True,
        ),
        Baseline(
            "tfidf_one_vs_rest", "TF-IDF + logistic regression",
            "word counts with a logistic regression a label",
        ),
    ),
    examples="workbench.data.multi_label:load_label_sets",
    checks=(
        "workbench.data.doctor.texts:check_texts",
        "workbench.data.doctor.label_sets:check_label_sets",
        *TEXT_CHECKS,
    ),
    recognise="workbench.data.columns.column_roles:Guess.labelled",
)  # fmt: skip
