"""What extractive question answering declares."""

from ...prediction_columns import PredictionTable
from ...task_parts import FOR_WHOLE_TEXTS
from ...task_spec import CUT, LOSS, Baseline, Metric, Role, TaskSpec

SPEC = TaskSpec(
    name="question-answering",
    title="Question answering: a span of a text",
    task="workbench.tasks.question_answering.task:QuestionAnswering",
    order=50,
    roles=(
        Role("question", "text"),
        Role("context", "text"),
        Role("answers", "answers"),
    ),
    metrics=(
        Metric("f1", "F1", "higher", short="F1"),
        Metric("exact_match", "exact match", "higher", short="exact", overview=True),
        LOSS,
        Metric("answered_f1", "F1 where there is an answer", "higher", chooses=False),
        Metric("no_answer_accuracy", "accuracy where there is none", "higher", chooses=False),
    ),
    predicts="span",
    output="spans",
    auto_class="AutoModelForQuestionAnswering",
    families=("encoder", "decoder"),
    pipeline=("question-answering", {"max_seq_len": CUT}),
    model="sample:minilm-l6",
    dataset="sample:squad-dev",
    defaults={"learning_rate": 2e-4, "max_length": 192},
    unused={
        **FOR_WHOLE_TEXTS,
        "label_smoothing": "A place in a text has no other classes to be spread over",
    },
    prediction_table=PredictionTable(
        columns={
            "question": "text", "context": "text", "answers": "texts", "prediction": "text",
            "exact_match": "number", "f1": "number", "loss": "number", "score": "number",
            "start": "number", "end": "number", "n_best": "list",
        },
        truth="answers",
        same_by=("question", "context", "answers"),
        hidden=("id", "n_best"),
        whole=False,
        told_by=(
            {"prediction": "text", "exact_match": "number"},
            {"prediction": "text", "n_best": "list"},
            {"prediction": "text", "question": "text", "context": "text"},
        ),
    ),
    views=("answers", "compare", "report"),
    sections=("answers",),
    said_view="workbench.widgets.panels.said:answer_of_question",
    baselines=(
        Baseline("question_word", "span by question word", "the best span by question word"),
    ),
    examples="workbench.data.questions:load_questions",
    checks=("workbench.data.doctor.structure:check_answers",),
    fixes=("drop_conflicts", "drop_duplicates", "drop_leaked"),  # one context, many questions
    recognise="workbench.data.columns.column_roles:Guess.questions",
    guessed=1,
)
