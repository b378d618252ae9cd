"""Links into the repository. They are built here and nowhere else, never from foreign text."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct


class Links(Struct, frozen=True):
    """Where files and the run can be seen: ``server_url`` without a slash at its end,
    ``repository`` as ``owner/name``, ``sha`` the commit whose files are shown, empty if unknown."""

    server_url: str
    repository: str
    sha: str
    run_url: str | None = None

    def file(self, path: str, first: int | None = None, last: int | None = None) -> str | None:
        """The address of a file's lines; None without a commit, and for a path that leads out of
        the repository."""
        segments = path.split("/")
        if not self.sha or any(segment in ("", ".", "..") for segment in segments):
            return None
        anchor = "" if first is None else f"#L{first}"
        if first is not None and last is not None and last > first:
            anchor += f"-L{last}"
        return f"{self._tree('blob')}/{'/'.join(map(_quote, segments))}{anchor}"

    @property
    def commit(self) -> str | None:
        """The address of the commit."""
        return self._tree("commit") if self.sha else None

    def _tree(self, kind: str) -> str:
        repository = quote(self.repository, safe="/")
        return f"{self.server_url.rstrip('/')}/{repository}/{kind}/{_quote(self.sha)}"


def _quote(segment: str) -> str:
    return quote(segment, safe="", errors="replace")
