"""Commands as a POSIX shell takes them, for people to copy."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """One command; what means something to the shell is quoted."""
    return shlex.join(words)


def option(flag: str, value: str) -> tuple[str, ...]:
    """An option with its value; one that begins with a dash would pass for an option itself."""
    return (f"{flag}={value}",) if value.startswith("-") else (flag, value)


def printing(text: str) -> str:
    """The command that writes a text with a line end, to be sent to a file or another command."""
    return command("printf", r"%s\n", text)
