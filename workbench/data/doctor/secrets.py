"""Secrets and personal data in texts: what they look like, and texts that do not show them."""

from __future__ import annotations

import re

SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|"
    r"\bgithub_pat_[A-Za-z0-9_]{20,}|\bAIza[0-9A-Za-z_-]{35}|"
    r"\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bhf_[A-Za-z0-9]{30,}|"
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|"
    r"(?i:\b(?:password|passwd|api[_-]?key|secret|access[_-]?token)\b\s*(?:is\s+|[:=]\s*)"
    r"['\"]?(?=[^\s'\"]*[0-9])[^\s'\"]{8,}|\bpassword\s*[:=]\s*['\"]?[^\s'\"]{8,})"
)
#: Kinds of personal data and what they look like, in the syntax of RE2.
PERSONAL = {
    "e-mail addresses": r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}",
    "phone numbers": (
        r"(?:^|[^\d.])(?:\+\d{1,3}[ -]?\(?\d{1,4}\)?(?:[ -]?\d{2,4}){2,4}|\(\d{2,4}\) ?\d{3,4}[ -]"
        r"?\d{3,4}|\d{3}[ -]\d{3,4}[ -]\d{4}|1[3-9]\d{9})(?:$|[^\d])"
    ),
    "card numbers": r"(?:^|[^\d])\d(?:[ -]?\d){12,18}(?:$|[^\d])",
}
_BEGINS = r"(?<![\w.+-])"  # an address; without it a long text without blanks takes minutes
_HIDDEN = (
    SECRETS, re.compile(_BEGINS + PERSONAL["e-mail addresses"]),
    *(re.compile(PERSONAL[kind]) for kind in ("phone numbers", "card numbers")),
)  # fmt: skip


def masked(text: str) -> str:
    """A text in which what seems to be a secret or personal is an ellipsis.

    Examples
    --------
    >>> masked("Write to jo@example.org, password: hunter2hunter2.")
    'Write to …, …'
    """
    for pattern in _HIDDEN:
        found = 1
        while found:  # numbers beside each other share the sign between them
            text, found = pattern.subn("…", text)
    return text
