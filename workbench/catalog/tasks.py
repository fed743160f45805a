"""Names of the tasks that the workbench can fine-tune for, in the order they are offered in."""

TASKS: tuple[str, ...] = (
    "text-classification", "multi-label-classification", "regression", "token-classification",
    "question-answering",
)  # fmt: skip
