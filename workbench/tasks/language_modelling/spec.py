"""What going on with texts declares: a decoder learns the texts themselves."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_CLASSES, TEXT_CHECKS
from ...task_spec import LOSS, Baseline, Metric, Role, TaskSpec
from ...written_parts import PERPLEXITY, TOKEN_NGRAMS, UNTUNED

NO_CLASS = "A text that is learnt is no class"

SPEC = TaskSpec(
    name="language-modelling",
    title="Language modelling: texts alone",
    task="workbench.tasks.language_modelling.task:LanguageModelling",
    order=70,
    roles=(Role("text", "text"),),
    metrics=(
        PERPLEXITY,
        Metric("bits_per_character", "bits a character", "lower", short="bits/char", share=False),
        LOSS,
    ),
    predicts="text",
    output="text",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
    pipeline=("text-generation", {}),
    model="sample:smollm2-135m",
    dataset="sample:shakespeare",
    defaults={"learning_rate": 5e-5, "batch_size": 4, "max_eval_examples": 40},
    unused=dict.fromkeys(FOR_CLASSES, NO_CLASS),
    prediction_table=PredictionTable(
        columns={"text": "text", "prediction": "text", "loss": "number"}, truth="text"
    ),
    views=("token_costs", "slices", "compare", "report", "talk"),
    sections=("examples", "slices"),
    baselines=(
        Baseline("ngrams", "runs of up to 6 characters, counted"), TOKEN_NGRAMS, UNTUNED,
    ),
    checks=(
        "workbench.data.doctor.texts:check_texts",
        "workbench.data.doctor.rendered_texts:check_rendered",
        *TEXT_CHECKS,
    ),
    recognise="workbench.data.columns.column_roles:Guess.plain",
    guessed=5,
    lays_rows=True,
    kinds={"rows": ("blocks", "packed", "texts")},
)  # fmt: skip
