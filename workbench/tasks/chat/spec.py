"""What conversations declare: a decoder learns the replies, and reads the rest."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_CLASSES
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec
from ...written_parts import MOST_FREQUENT, NEAREST, PERPLEXITY, UNTUNED

NO_CLASS = "What is written is no class"

SPEC = TaskSpec(
    name="chat",
    title="Chat: conversations with roles",
    task="workbench.tasks.chat.task:Chat",
    order=65,
    roles=(
        Role("messages", "messages", required=False, names=("conversations", "conversation")),
        Role("prompt", "messages", required=False),
        Role("input", "text", required=False),
        Role("reply", "target", required=False),
        Role("reasoning", "text", required=False),
        Role("system", "text", required=False),
        Role("history", "messages", required=False),
        Role("tools", "messages", required=False),
        Role("wanted", "text", required=False),
        Role("rejected", "messages", required=False),
    ),
    metrics=(
        PERPLEXITY,
        Metric("rougeL", "ROUGE-L", "higher", short="ROUGE-L", share=False),
        Metric("chrf", "chrF", "higher", short="chrF", share=False),
        Metric("distinct_2", "distinct pairs of words", "higher", chooses=False),
        Metric("length_ratio", "length, of what was to be written", "higher", share=False,
               chooses=False),
        # of a loss that compares two replies
        Metric("reward_accuracy", "pairs whose chosen reply has the higher reward", "higher",
               short="pairs right", chooses=False),
        Metric("reward_margin", "reward margin, chosen less rejected", "higher", short="margin",
               share=False, chooses=False),
        Metric("chosen_reward", "reward of chosen replies", "higher", share=False, chooses=False),
        Metric("rejected_reward", "reward of rejected replies", "lower", share=False,
               chooses=False),
        LOSS,
    ),
    predicts="text",
    output="text",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
    model="sample:smollm2-135m",
    dataset="sample:chitchat-replies",
    defaults={
        "learning_rate": 2e-5, "max_length": 256, "batch_size": 4, "max_train_examples": 400,
        "max_eval_examples": 100,
    },
    unused=dict.fromkeys(FOR_CLASSES, NO_CLASS),
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number"},
        told_by=(),
    ),
    views=("written", "slices", "compare", "report", "talk"),
    sections=("written", "written_classes", "slices"),
    class_report="workbench.inspection.predictions.written_classes:written_class_report",
    baselines=(
        MOST_FREQUENT, NEAREST, Baseline("longer", "the longer reply", plain=True), UNTUNED,
    ),
    examples="workbench.data.conversations.examples:load_conversations",
    checks=(
        "workbench.data.doctor.conversations:check_conversations",
        "workbench.data.doctor.preferences:check_preferences",
        "workbench.data.doctor.learnt:check_learnt",
    ),
    fixes=(),
    recognise="workbench.data.conversations.recognised:recognise",
    guessed=1,
    lays_rows=True,
    kinds={"prompt": ("conversation",), "rows": ("texts", "packed")},
)  # fmt: skip
