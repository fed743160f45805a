"""Names of the tasks that the workbench can fine-tune for, in the order in which they are offered."""

TASKS: tuple[str, ...] = ("text-classification",)
