"""Calls to GitHub's API: retries with bounded waiting, pages, redirections, errors.

The token goes to no other host and shows in no error. Proxies and certificates of one's own
come from the environment (HTTPS_PROXY, REQUESTS_CA_BUNDLE).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from msgspec import Struct

from checker import __version__
from checker.errors import CannotWorkError
from checker.github import retry
from checker.report.safe import clip, line

JSON = "application/vnd.github+json"
_ATTEMPTS = 5
_REDIRECTS = 3
_PAGES = 100
_PERMISSIONS = "permissions:\n  contents: read\n  pull-requests: write"

T = TypeVar("T")


class GitHubError(CannotWorkError):
    """A call failed for good. ``status`` is the HTTP status, None where no answer came.

    ``uncertain`` says that a write may have been done all the same.
    """

    def __init__(self, message: str, *, status: int | None = None, uncertain: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.uncertain = uncertain


class _Bearer(requests.auth.AuthBase):
    """Keeps the choice of credentials from requests, which would prefer a netrc file's."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Makes calls to ``hosts`` and to no other. ``patience`` bounds all waiting, in seconds;
    ``timeout`` is that of a connection and of an answer."""

    def __init__(
        self,
        token: str,
        hosts: tuple[str, ...],
        *,
        patience: float = 180.0,
        timeout: tuple[float, float] = (10.0, 30.0),
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._origins = {urlsplit(host)[:2] for host in hosts}
        self._patience = patience
        self._timeout = timeout
        self._sleep = sleep
        self._now = now
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers.update(
            {
                "User-Agent": f"prisma-migration-checker/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def send(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        url: str,
        *,
        params: dict[str, str] | None = None,
        json: object = None,
        accept: str = JSON,
        repeat: bool | None = None,
    ) -> requests.Response:
        """Makes a call until it succeeds, fails for good or patience ends.

        ``repeat`` says whether it may be made again where no answer tells that it was not
        carried out; left out, all but POST may. Raises GitHubError.
        """
        repeat = method != "POST" if repeat is None else repeat
        for attempt in range(_ATTEMPTS):
            answer, problem = self._once(method, url, params, json, accept)
            if answer is not None and answer.status_code < 300:
                return answer
            uncertain = not repeat and (answer is None or answer.status_code >= 500)
            pause = retry.wait(answer, attempt, self._now())
            if pause is None or pause > self._patience or uncertain or attempt == _ATTEMPTS - 1:
                raise _refusal(method, answer, problem, uncertain=uncertain)
            self._patience -= pause
            self._sleep(pause)
        raise AssertionError("the last attempt raises or returns")

    def pages(self, url: str, kind: type[T]) -> Iterator[T]:
        """The pages of a list, each read as ``kind``. Raises GitHubError."""
        params: dict[str, str] | None = {"per_page": "100"}
        for _ in range(_PAGES):
            answer = self.send("GET", url, params=params)
            yield read(answer, kind)
            following = answer.links.get("next", {}).get("url")
            if following is None:
                return
            url, params = self._own(urljoin(url, following)), None
        raise GitHubError(f"GitHub's list goes on after {_PAGES} pages.")

    def _own(self, url: str) -> str:
        if urlsplit(url)[:2] not in self._origins:
            raise GitHubError("GitHub redirects to another host, which must not get the token.")
        return url

    def _once(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None,
        json: object,
        accept: str,
    ) -> tuple[requests.Response | None, str]:
        """One call, and what kept an answer away. Redirections within the host are followed."""
        for _ in range(_REDIRECTS):
            try:
                answer = self._session.request(
                    method,
                    url,
                    params=params,
                    json=json,
                    headers={"Accept": accept},
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                # The exception holds the request and that the token: only its name goes on.
                return None, type(error).__name__
            target = answer.headers.get("Location")
            if answer.status_code not in (301, 302, 307, 308) or target is None:
                return answer, ""
            url, params = self._own(urljoin(url, target)), None
        raise GitHubError("GitHub redirects in a circle.")


def read(answer: requests.Response, kind: type[T]) -> T:
    """The answer's JSON as ``kind``. Raises GitHubError where it does not fit."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = line(str(error))
    raise GitHubError(f"GitHub's answer is not as documented ({said}).")


class _Message(Struct):
    message: str = ""


def _refusal(
    method: str, answer: requests.Response | None, problem: str, *, uncertain: bool
) -> GitHubError:
    """Why a call failed, in one sentence, and what to do where we know it."""
    if answer is None:
        return GitHubError(f"GitHub did not answer ({problem}).", uncertain=uncertain)
    status = answer.status_code
    try:
        said = msgspec.json.decode(answer.content, type=_Message).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = ""
    reason = f": {clip(line(said), 200)}" if said else ""
    if "not accessible by" in said or (status == 404 and method != "GET"):
        return GitHubError(
            f"The token may not do this ({status}{reason}); give the job these permissions:\n"
            f"{_PERMISSIONS}",
            status=status,
        )
    if status in (403, 429) and retry.wait(answer, 0, 0.0) is not None:
        return GitHubError(f"GitHub's rate limit is reached ({status}{reason}).", status=status)
    return GitHubError(f"GitHub answered {status}{reason}.", status=status, uncertain=uncertain)
