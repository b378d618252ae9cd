"""Every foreign string goes through here on its way to a reader.

SQL, file names, messages of PostgreSQL and names of branches come from strangers. Each
function makes a string harmless for one place: Markdown prose, code, a terminal, the log of a
GitHub runner. What a function returns is safe there and nowhere else.

Sources: GitHub Flavored Markdown 0.29 (6.1 backslash escapes, 6.9 autolinks); the runner's
ActionCommand.cs for workflow commands; Unicode 17, general category Cf, for invisible signs.
"""

from __future__ import annotations

import re

# Controls but tab and line feed, signs that change the direction of text or cannot be seen,
# and halves of surrogate pairs, which no UTF-8 can carry.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
_MARKS = 60
"""GitHub's parser counts the backticks around code to 80 at most, those of a fence to 255."""
_ENTITIES = str.maketrans(
    {sign: f"&#{ord(sign)};" for sign in "\\`*[]~|$\u200b"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_EDGE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_PART = re.compile(r"(\w(?:[\w/.-]{12,60}?)(?<=[A-Za-z0-9])[_/])(?=[A-Za-z0-9])", re.ASCII)
_BLOCK_START = re.compile(r"^(\d*)(?:(?<=\d)([.)])(?= |$)|(?<!\d)([-+#=:]))")
# An attribute as schema.prisma writes it, or a name that GitHub would mention.
_ATTRIBUTE = re.compile(r"(?<![\w`@])(@@?[A-Za-z]\w*(?:\.\w+)*(?:\([^()`]*\))?)")
# What GitHub links by itself: @name and addresses, #1, GH-1, www. and scheme://. A zero width
# space after the match splits it.
_LINKED = re.compile(r"@(?=\w)|#(?=\d)|\bgh-(?=\d)|www(?=\.)|:(?=//)", re.IGNORECASE)


def clean(text: str) -> str:
    """The text without controls and invisible signs; lines end with LF.

    Of an escape sequence only the escape goes: what it would have hidden stays in sight.
    """
    visible = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return _SURROGATE.sub("\ufffd", visible)


def line(text: str) -> str:
    """As ``clean``, on one line."""
    return " ".join(clean(text).split())


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last of them an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def terminal(text: str) -> str:
    """For a terminal. The caller must not let rich read it as markup."""
    return clean(text).expandtabs(4)


def text(text: str) -> str:
    """Prose for Markdown and for HTML: one line without markup, links, mentions or mathematics.

    Entities are used, not backslashes: they mean the same inside an HTML block such as
    ``<summary>``, and GitHub looks for ``$`` before it looks for backslashes.
    """
    unlinked = _LINKED.sub(lambda match: match[0] + "\u200b", line(text))
    escaped = _EDGE_UNDERSCORE.sub("&#95;", unlinked.translate(_ENTITIES))
    return _BLOCK_START.sub(lambda match: f"{match[1]}&#{ord(match[2] or match[3])};", escaped)


def code(text: str) -> str:
    """Inline code for a Markdown paragraph or table cell."""
    content = line(text) or " "
    if "|" in content or _longest_run(content) >= _MARKS:
        # Parsers differ on a backslash before a pipe inside the code of a table cell.
        return code_html(content)
    marks = "`" * (_longest_run(content) + 1)
    padding = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{marks}{padding}{content}{padding}{marks}"


def code_html(content: str) -> str:
    """Inline code where Markdown is not read, such as ``<summary>``."""
    return f"<code>{text(content)}</code>"


def code_breaking(content: str) -> str:
    """As ``code_html``; a browser may break it into parts that are not too short."""
    return _PART.sub(r"\1<wbr>", code_html(content))


def prose(message: str, *, html: bool = False) -> str:
    """As ``text``, but what stands between two backticks becomes code, and so does ``@map("x")``:
    broken like a mention it could not be copied.

    ``html`` is for places where Markdown is not read.
    """
    mark = code_html if html else code
    parts = line(message).split("`")
    if len(parts) % 2 == 0:  # the last backtick has no partner
        parts[-2:] = ["`".join(parts[-2:])]
    pieces: list[tuple[bool, str]] = []
    for index, part in enumerate(parts):
        if index % 2:
            pieces.append((True, part))
        else:
            split = enumerate(_ATTRIBUTE.split(part))
            pieces += [(bool(odd % 2), piece) for odd, piece in split]
    return "".join(
        _edge_spaces(piece, mark(piece) if is_code else text(piece))
        for is_code, piece in pieces
        if piece
    )


def _edge_spaces(original: str, rendered: str) -> str:
    """The spaces around a piece of prose, which ``line`` took away."""
    before = " " if original[0] == " " else ""
    after = " " if original[-1] == " " and original.strip() else ""
    return before + rendered + after


def fence(text: str, language: str = "") -> str:
    """A fenced code block without a line end after it. ``language`` is ours, never foreign."""
    content = clean(text).strip("\n")
    sign = "`" if _longest_run(content) < _MARKS else "~"
    if _longest_run(content, sign) >= _MARKS:
        content = content.replace(sign * _MARKS, sign * _MARKS + "\u200b")
    marks = sign * max(3, _longest_run(content, sign) + 1)
    return f"{marks}{language}\n{content}\n{marks}"


def _longest_run(content: str, sign: str = "`") -> int:
    return max(map(len, re.findall(f"{sign}+", content)), default=0)


def log_data(text: str) -> str:
    """The message of a workflow command, with no older command inside it."""
    return _without_legacy(clean(text)).replace("%", "%25").replace("\n", "%0A")


def log_property(text: str) -> str:
    """The value of a property of a workflow command, such as ``file=``."""
    return log_data(line(text)).replace(":", "%3A").replace(",", "%2C")


def log_untrusted(text: str) -> str:
    """Text for the runner's log in which the runner finds no command.

    It obeys ``::name::`` at the start of a line and the older ``##[name]`` anywhere in one.
    """
    return _without_legacy(re.sub(r"(?m)^(\s*:):", "\\1\u200b:", clean(text)))


def _without_legacy(text: str) -> str:
    return text.replace("##[", "##\u200b[")
