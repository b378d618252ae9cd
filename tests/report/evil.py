"""Strings that want to be more than text."""

from __future__ import annotations

from hypothesis import strategies as st

STRINGS = [
    "`", "``", "```", "`a``b```", "a`", "`a", "x ``` y", "\n```\n</details>\n", "````sql\nx",
    "~~~\nx", "](x)", "[a](javascript:alert(1))", "![i](//x/y.png)", "[a]: //x", "[^1]", "[x]",
    "<img src=x onerror=alert(1)>", "<script>", "</details>", "</summary></details>", "</code>",
    "<!-- x -->", "-->", "<!-- prisma-migration-checker:x -->", "<![CDATA[x]]>", "<?php ?>",
    "<a href=//x>", "<https://x.example>", "<m@x.example>", "&lt;b&gt;", "&#60;b&#62;", "&#x60;",
    "@org/team", "@user", "a@b.example", "mailto:a@b.example", "xmpp:a@b.example", "@@map",
    "#123", "org/repo#1", "GH-7", "gh-7", "http://x.example", "HTTPS://x", "ftp://x", "www.x.com",
    "a|b", "a\\|b", "a\\\\|b", "|", "\\", "\\`", "\\*x\\*", "*b*", "**b**", "_i_", "__b__", "a_b_c",
    "~~s~~", "$x$", "$$\nx\n$$", "$`x`$", "# h", "## h", "- x", "+ x", "* x", "1. x", "1) x", "> q",
    "===", "---", "***", "___", "--- | ---", ":-:", "    code", "\tcode", "a\nb", "a\r\nb", "a\rb",
    "a\n\nb", "a\u2028b", "a\u0085b", "a\x0bb", "", " ", "  ", "\n", "\x00", "a\x00b",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\", "\x9b31m",
    "\u202etxt", "\u2066a\u2069", "\u200b", "\u200e\u200f", "\ufeff", "\u00ad", "\U000e0041",
    "\ud800", "a\udc80b", "[red]x[/red]", "[/]", ":smile:", "[link=http://x]y[/link]",
    "::error::x", "  ::set-output name=a::b", "\t::stop-commands::x", "\u3000::debug::x",
    "x\n::add-mask::e", "x\r::add-mask::e", "##[set-output name=a]b", "-- ##[add-mask]e",
    "###[x]", "#\x00#[x]", ":\u200b:error::x", "%0A::error::x", "%25", "a,b:c=d", "file=x,line=1::",
    "..", "../../etc", "a//b", "x" * 70_000, "`" * 3_000, "|" * 500, "é" * 40_000, "👩‍👩‍👧",
    "Perhaps `a` and `b|c` or `<b>` of @x", "`unpaired `a` b", "é ü ß 日本",
]  # fmt: skip

_ALPHABET = "`~|\\<>&[]()*_#@:/!$-+=.%,\n\r\t ab1\x00\x1b\u200b\u202e\u2028é\ud800"

strings = st.one_of(
    st.sampled_from(STRINGS),
    st.text(_ALPHABET, max_size=40),
    st.lists(st.sampled_from(STRINGS[:-20]), max_size=4).map("".join),
    st.text(max_size=40),
)
