"""What finding texts declares: pairs that belong together, and wrong ones where they are known."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_CLASSES
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec
from ...written_parts import UNTUNED

NO_CLASS = "Texts that belong together are no class"

SPEC = TaskSpec(
    name="sentence-similarity",
    title="Sentence similarity: finding texts that belong together",
    task="workbench.tasks.sentence_similarity.task:SentenceSimilarity",
    order=80,
    model="sample:minilm-l6",
    dataset="sample:chatterbot-english",
    sample_columns=dict.fromkeys(
        ("sample:chatterbot-english", "sample:chatterbot-chinese", "sample:chitchat-replies"),
        {"anchor": "prompt", "positive": "completion"},
    ),
    roles=(
        Role("anchor", "text", title="text"),
        Role("positive", "text", title="text that belongs to it", required=False),
        Role("negative", "text", title="text that does not", required=False),
        Role("score", "number", title="how well they belong together", required=False),
    ),
    metrics=(
        Metric("mrr", "mean reciprocal rank", "higher", short="MRR"),
        Metric("recall_1", "right one first", "higher", short="R@1", overview=True),
        Metric("recall_5", "right one among the first 5", "higher", short="R@5"),
        Metric("recall_10", "right one among the first 10", "higher", short="R@10"),
        Metric("ndcg", "nDCG", "higher", short="nDCG"),
        LOSS,
    ),
    predicts="text",
    output="vectors",
    auto_class={"encoder": "AutoModel"},
    families=("encoder",),
    defaults={"learning_rate": 5e-5},
    most_passes=3,  # models of sentences find much of it untrained: docs/defaults.md
    new_heads={"matching": ("cross_encoder",)},
    unused=dict.fromkeys((*FOR_CLASSES, "label_smoothing"), NO_CLASS),
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number",
                 "rank": "number", "score": "number", "found_score": "number", "ahead": "texts"},
        same_by=("text", "label"),
    ),
    views=("rankings", "map", "slices", "compare", "report"),
    sections=("examples", "slices"),
    said_view="workbench.widgets.panels.said:nearest_texts",
    baselines=(
        Baseline("tfidf", "TF-IDF of words", "counted words"),
        UNTUNED,
    ),
    examples="workbench.data.matched_pairs:load_pairs",
    checks=("workbench.data.doctor.matches:check_matches",),
    fixes=(),
    recognise="workbench.data.columns.matched_columns:recognise",
    guessed=2,
)  # fmt: skip
