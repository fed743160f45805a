"""What regression declares."""

from ...prediction_columns import PredictionTable
from ...task_parts import TEXT_CHECKS
from ...task_spec import CUT, LOSS, Baseline, Metric, Role, TaskSpec

SPEC = TaskSpec(
    name="regression",
    title="Regression: a number for a text",
    task="workbench.tasks.regression.task:Regression",
    order=30,
    roles=(
        Role("text", "text"),
        Role("pair", "text", title="second text", required=False),
        Role("label", "number"),
    ),
    metrics=(
        Metric("pearson", "Pearson's r", "higher", short="Pearson", share=False),
        Metric("spearman", "Spearman's rho", "higher", short="Spearman", share=False),
        Metric("mae", "mean absolute error", "lower", short="MAE", share=False),
        LOSS,
        Metric("rmse", "root mean squared error", "lower", share=False, chooses=False),
    ),
    predicts="number",
    output="scores",
    auto_class="AutoModelForSequenceClassification",
    problem_type="regression",
    families=("encoder", "decoder"),
    pipeline=(
        "text-classification",
        {"truncation": True, "max_length": CUT, "function_to_apply": "none"},
    ),
    model="sample:minilm-l6",
    dataset="sample:movie-strength",
    unused={
        "class_weights": "A number is no class",
        "label_smoothing": "A number is no class",
        "focal_gamma": "A number is no class",
        "sampling": "A number is no class to draw by",
        "corrections": "Corrections are for classes",
    },
    prediction_table=PredictionTable(
        columns={
            "text": "text", "label": "number", "prediction": "number", "residual": "number",
            "loss": "number",
        },
        told_by=({"prediction": "number"}, {"prediction": "number", "residual": "number"}),
    ),
    views=("residuals", "slices", "whatif", "map", "compare", "report"),
    sections=("residuals", "slices"),
    baselines=(
        Baseline(
            "mean", "mean of the training labels", "the mean of the training labels", plain=True
        ),
        Baseline("tfidf_ridge", "TF-IDF + ridge regression", "word counts with ridge regression"),
    ),
    examples="workbench.data.examples:load_scores",
    checks=(
        "workbench.data.doctor.texts:check_texts",
        "workbench.data.doctor.labels:check_numbers",
        *TEXT_CHECKS,
    ),
    recognise="workbench.data.columns.column_roles:Guess.labelled",
)
