"""What plain texts are: recognised, and not trained on yet."""

from ...task_spec import Role, TaskSpec

SPEC = TaskSpec(
    name="language-modelling",
    title="Language modelling: texts alone",
    task=None,
    order=70,
    roles=(Role("text", "text"),),
    predicts="text",
    output="text",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
    checks=(
        "workbench.data.doctor.texts:check_texts",
        "workbench.data.doctor.texts:check_repeats",
        "workbench.data.doctor.texts:check_damage",
        "workbench.data.doctor.texts:check_personal",
        "workbench.data.doctor.languages:check_languages",
        "workbench.data.doctor.texts:check_near",
    ),
    recognise="workbench.data.columns.column_roles:Guess.plain",
    guessed=5,
)
