"""What is caught widely is said to somebody, or a line says why not."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WIDE = {"Exception", "BaseException", "WorkbenchError"}


def dropped(source: str) -> list[int]:
    """Lines of handlers of any error that keep nothing of it, and give no reason beside them."""
    lines, found = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            kinds = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)} \
                if node.type else WIDE  # fmt: skip
            body = [one for one in node.body if not ast.unparse(one).startswith("log.")]
            used = {one.id for part in body for one in ast.walk(part) if isinstance(one, ast.Name)}
            raised = any(isinstance(one, ast.Raise) for part in body for one in ast.walk(part))
            kept = raised or node.name in used
        elif isinstance(node, ast.withitem) and "suppress(" in ast.unparse(node.context_expr):
            kinds = {one.id for one in ast.walk(node.context_expr) if isinstance(one, ast.Name)}
            kept, node = False, node.context_expr
        else:
            continue
        reason = any("#" in line for line in lines[node.lineno - 1 : node.lineno + 1])
        if kinds & WIDE and not kept and not reason:
            found.append(node.lineno)
    return found


def test_no_error_of_any_kind_is_dropped_without_a_reason():
    found = {}
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        if at := dropped(path.read_text(encoding="utf-8")):
            found[path.relative_to(ROOT).as_posix()] = at
    assert found == {}


@pytest.mark.parametrize(("handler", "bad"), [
    ("except Exception:\n    pass", True),
    ("except Exception as error:\n    log.warning('%s', error)", True),
    ("except (OSError, WorkbenchError):\n    return None", True),
    ("except:\n    x = 1", True),
    ("except Exception:  # the next look says it\n    pass", False),
    ("except Exception:\n    return None  # the next look says it", False),
    ("except Exception as error:\n    say(error)", False),
    ("except Exception:\n    raise", False),
    ("except OSError:\n    pass", False),
], ids=range(9))  # fmt: skip
def test_what_counts_as_dropped(handler, bad):
    inside = "\n".join(f"    {line}" for line in f"try:\n    f()\n{handler}".splitlines())
    assert bool(dropped(f"def g():\n{inside}")) is bad
    assert dropped("with contextlib.suppress(WorkbenchError):\n    f()") == [1]
