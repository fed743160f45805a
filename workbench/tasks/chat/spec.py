"""What data of conversations are: recognised and checked, and not trained on yet."""

from ...task_spec import Role, TaskSpec

SPEC = TaskSpec(
    name="chat",
    title="Chat: conversations with roles",
    task=None,
    order=65,
    roles=(
        Role("messages", "messages", required=False, names=("conversations", "conversation")),
        Role("prompt", "messages", required=False),
        Role("input", "text", required=False),
        Role("reply", "target", required=False),
        Role("system", "text", required=False),
        Role("history", "messages", required=False),
        Role("tools", "messages", required=False),
    ),
    predicts="text",
    output="text",
    auto_class="AutoModelForCausalLM",
    families=("decoder",),
    checks=("workbench.data.doctor.conversations:check_conversations",),
    recognise="workbench.data.conversations.recognised:recognise",
    guessed=1,
)
