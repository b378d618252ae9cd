"""Reading files of a checked-out repository, which strangers wrote."""

from __future__ import annotations

import stat
from pathlib import Path

from checker.bounds import FILE_BYTES
from checker.errors import InputError


def read_bytes(path: Path, boundary: Path, *, limit: int = FILE_BYTES) -> bytes | None:
    """The content of a regular file; None if there is none.

    Raises InputError if the file is a link that leads outside ``boundary``, is bigger than
    ``limit`` bytes or must not be read.
    """
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(boundary.resolve()):
            raise InputError(
                f"{path} is a link that leads outside {boundary}: replace it with a file."
            )
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > limit:
            raise InputError(f"{path} is bigger than {limit >> 20} MB: it cannot be checked.")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "a loop of links, or a name with a NUL in it"
        raise InputError(f"{path} cannot be read: {reason}.") from error


def read_text(path: Path, boundary: Path, *, limit: int = FILE_BYTES) -> str | None:
    """The text of a UTF-8 file without its byte order mark; None where there is no such file.

    Raises InputError like ``read_bytes``, and if the file is not UTF-8.
    """
    data = read_bytes(path, boundary, limit=limit)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from error
