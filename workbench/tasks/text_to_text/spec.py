"""What writing one text for another declares: translations, summaries, whatever answers a text."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_CLASSES
from ...task_spec import Role, TaskSpec
from ...written_parts import DECIDES, WRITTEN_BASELINES, WRITTEN_METRICS

NO_CLASS = "What is written is no class"
#: What columns are called that say for each row what is to be done with its text.
PREFIXES = ("task_prefix", "definition", "task_definition", "instruction", "task_description")

SPEC = TaskSpec(
    name="text-to-text",
    title="Text to text: summaries, translations",
    task="workbench.tasks.text_to_text.task:TextToText",
    order=60,
    roles=(
        Role("prefix", "prefix", title="what is to be done", required=False, names=PREFIXES),
        Role("source", "text"),
        Role("target", "target"),
    ),
    metrics=WRITTEN_METRICS,
    decides=DECIDES,
    predicts="text",
    output="text",
    auto_class={
        "encoder-decoder": "AutoModelForSeq2SeqLM", "decoder": "AutoModelForCausalLM",
    },
    families=("encoder-decoder", "decoder"),
    model="sample:smollm2-135m",
    dataset="sample:cmudict",
    sample_columns={
        "sample:cmudict": {"source": "word", "target": "phonemes"},
        "sample:xsum": {"source": "document", "target": "summary"},
        **dict.fromkeys(
            ("sample:chatterbot-english", "sample:chatterbot-chinese", "sample:chitchat-replies"),
            {"source": "prompt", "target": "completion"},
        ),
    },
    defaults={"learning_rate": 3e-4},
    unused=dict.fromkeys(FOR_CLASSES, NO_CLASS),
    prediction_table=PredictionTable(
        columns={"text": "text", "label": "text", "prediction": "text", "loss": "number"},
        told_by=(),
    ),
    views=("written", "slices", "compare", "report", "talk"),
    sections=("written", "written_classes", "slices"),
    class_report="workbench.inspection.predictions.written_classes:written_class_report",
    baselines=WRITTEN_BASELINES,
    checks=("workbench.data.doctor.structure:check_sequences",),
    recognise="workbench.data.columns.written_columns:recognise",
    guessed=4,
    kinds={"prompt": ("plain", "template")},
)  # fmt: skip
