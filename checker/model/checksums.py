"""Prisma's rule for whether a script is the one that was applied.

Source: prisma-engines, schema-engine/connectors/schema-connector/src/checksum.rs. A script also
counts as itself with all its line ends as LF and with every LF as CRLF, so that a checkout on
Windows is no edit.
"""

from __future__ import annotations

import hashlib


def checksum(script: bytes) -> str:
    """SHA-256 of a script in lower-case hex, as Prisma stores it."""
    return hashlib.sha256(script).hexdigest()


def same_script(script: bytes, earlier: bytes) -> bool:
    """Whether Prisma regards a script as an earlier one, whose checksum it stored."""
    return earlier in _forms(script)


def matches(script: bytes, stored: str) -> bool:
    """Whether Prisma regards a script as the one with a stored checksum.

    It reads the file as UTF-8. A checksum of another length than 64 is an old one, of bytes
    without leading zeros.
    """
    digests = [
        hashlib.sha256(each).digest() for each in _forms(script.decode("utf-8", "replace").encode())
    ]
    if len(stored) not in (0, 64):
        return stored in ["".join(f"{byte:x}" for byte in digest) for digest in digests]
    return stored in [digest.hex() for digest in digests]


def _forms(script: bytes) -> tuple[bytes, bytes, bytes]:
    return script, script.replace(b"\r\n", b"\n"), script.replace(b"\n", b"\r\n")
