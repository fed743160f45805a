"""What data of one text for another are: recognised, and not trained on yet."""

from ...task_spec import Role, TaskSpec

SPEC = TaskSpec(
    name="text-to-text",
    title="Text to text: summaries, translations",
    task=None,
    order=60,
    roles=(Role("source", "text"), Role("target", "target")),
    predicts="text",
    output="text",
    auto_class="AutoModelForSeq2SeqLM",
    families=("encoder-decoder",),
    checks=("workbench.data.doctor.structure:check_sequences",),
    recognise="workbench.data.columns.column_roles:Guess.sequences",
    guessed=4,
)
