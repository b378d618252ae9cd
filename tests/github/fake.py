"""A GitHub of our own on 127.0.0.1 that keeps comments and files and fails on demand."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.github import contract
from tests.github.conversation import Conversation, Thread
from tests.github.entities import SERVER, commit, user

API, GRAPHQL = "/api/v3", "/api/graphql"
REPOSITORY = "acme/shop"
TIME = "2026-11-22T09:00:00Z"


@dataclass
class Fault:
    """An answer given instead of the real one, ``times`` times, to calls that fit."""

    method: str
    path: str
    status: int = 500
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    drop: bool = False
    """Hang up without an answer."""
    done: bool = False
    """Carry the call out before failing."""
    delay: float = 0.0


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class FakeGitHub:
    """State and server; use it as a context manager. ``violations`` must stay empty."""

    def __init__(self) -> None:
        self.viewer: str | None = "github-actions[bot]"
        self.comments: list[dict[str, Any]] = []
        self.files: list[dict[str, object]] = []
        self.compared: tuple[str, list[dict[str, object]]] = ("0" * 40, [])
        self.contents: dict[tuple[str, str], bytes] = {}
        self.directories: set[str] = set()
        self.conversation = Conversation()
        self.shown: dict[str, range] | None = None
        self.pulls: list[dict[str, Any]] = []
        self.commits: dict[str, str] = {}
        self.trees: dict[str, list[dict[str, str]]] = {}
        self.truncated = False
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.next_link: str | None = None
        self.before: Callable[[Call], None] | None = None
        """What happens while a call is on its way."""
        self._ids = itertools.count(1001)
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake._serve(self)

            do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Stays silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> FakeGitHub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def comment(self, login: str | None, body: str) -> dict[str, Any]:
        """A comment somebody wrote."""
        made: dict[str, Any] = {
            "id": next(self._ids),
            "node_id": "IC_1",
            "body": body.replace("\n", "\r\n"),
            "user": None if login is None else user(login),
            "created_at": TIME,
            "updated_at": TIME,
            "author_association": "NONE",
            **{name: f"{SERVER}/{name}" for name in ("url", "html_url", "issue_url")},
        }
        self.comments.append(made)
        return made

    def bodies(self) -> list[str]:
        return [comment["body"].replace("\r\n", "\n") for comment in self.comments]

    def writes(self) -> list[str]:
        return [call.method for call in self.calls if _is_write(call)]

    # -- serving ----------------------------------------------------------------------------

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        url = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        call = Call(handler.command, url.path, query, dict(handler.headers))
        self.calls.append(call)
        if self.before is not None:
            self.before(call)
        fault = self._fault(call)
        answer: Answer | None
        if fault is None:
            answer = self._checked(call, handler.path, body)
        else:
            if fault.done:
                self._checked(call, handler.path, body)
            time.sleep(fault.delay)
            said = json.dumps({"message": fault.message}).encode()
            answer = None if fault.drop else Answer(fault.status, said, headers=fault.headers)
        if answer is None:
            handler.close_connection = True
            return
        try:
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Type", answer.kind)
            handler.send_header("Content-Length", str(len(answer.body)))
            handler.end_headers()
            handler.wfile.write(answer.body)
        except ConnectionError:
            """The client had no patience."""

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == call.method and re.search(fault.path, call.path):
                fault.times -= 1
                return fault
        return None

    def _checked(self, call: Call, target: str, body: bytes) -> Answer:
        if call.path == GRAPHQL:
            return self._graphql(body)
        answer = self._answer(call, json.loads(body) if body else {})
        self.violations += contract.violations(
            call.method, target.removeprefix(API), body, answer.status, answer.kind, answer.body
        )
        return answer

    def _graphql(self, body: bytes) -> Answer:
        asked = json.loads(body)
        query = re.sub(r"\s", "", asked["query"])
        if query in ("query{viewer{login}}", "{viewer{login}}"):
            if self.viewer is None:
                refused = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "no"}]}
                return _json(refused)
            return _json({"data": {"viewer": {"login": self.viewer}}})
        found = self.conversation.answer(asked["query"], asked.get("variables", {}))
        if found is None:
            self.violations.append(f"GraphQL: {asked}")
        return _json({"data": found})

    def _answer(self, call: Call, body: dict[str, Any]) -> Answer:
        routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", r"/issues/\d+/comments", lambda: self._paged(call, self.comments)),
            ("POST", r"/issues/\d+/comments", lambda: self._create(body)),
            ("PATCH", r"/issues/comments/(\d+)", lambda number: self._update(int(number), body)),
            ("DELETE", r"/issues/comments/(\d+)", lambda number: self._delete(int(number))),
            ("GET", r"/pulls/\d+/files", lambda: self._paged(call, self.files)),
            ("GET", r"/pulls/(\d+)", lambda number: self._pull(int(number))),
            ("GET", r"/pulls", lambda: self._of_head(call)),
            ("POST", r"/pulls/\d+/comments", lambda: self._comment_on_lines(body)),
            ("PATCH", r"/pulls/comments/(\d+)", lambda number: self._edit(int(number), body)),
            ("DELETE", r"/pulls/comments/(\d+)", lambda number: self._delete_thread(int(number))),
            ("GET", r"/commits/(\w+)/pulls", self._with_commit),
            ("GET", r"/commits/(.+)", lambda name: self._commit(unquote(name))),
            ("GET", r"/git/trees/(\w+)", self._tree),
            ("GET", r"/compare/.+", self._compare),
            ("GET", r"/contents/(.+)", lambda path: self._content(unquote(path), call)),
        ]
        for method, pattern, route in routes:
            found = re.fullmatch(f"{API}/repos/{REPOSITORY}{pattern}", call.path)
            if found and method == call.method:
                return route(*found.groups())
        return _json({"message": "Not Found"}, 404)

    def _create(self, body: dict[str, Any]) -> Answer:
        return _json(self.comment(self.viewer or "github-actions[bot]", body["body"]), 201)

    def _update(self, number: int, body: dict[str, Any]) -> Answer:
        for comment in self.comments:
            if comment["id"] == number:
                comment["body"] = body["body"].replace("\n", "\r\n")
                return _json(comment)
        return _json({"message": "Not Found"}, 404)

    def _delete(self, number: int) -> Answer:
        for comment in self.comments:
            if comment["id"] == number:
                self.comments.remove(comment)
                return Answer(204, b"")
        return _json({"message": "Not Found"}, 404)

    def _pull(self, number: int) -> Answer:
        found = [pull for pull in self.pulls if pull["number"] == number]
        return _json(found[0]) if found else _json({"message": "Not Found"}, 404)

    def _of_head(self, call: Call) -> Answer:
        owner, _, branch = call.query["head"].partition(":")
        return _json([pull for pull in self.pulls if pull["head"]["label"] == f"{owner}:{branch}"])

    def _with_commit(self, sha: str) -> Answer:
        return _json([pull for pull in self.pulls if pull["head"]["sha"] == sha])

    def _commit(self, name: str) -> Answer:
        sha = self.commits.get(name)
        return _json({"message": "No commit found"}, 422) if sha is None else _json({"sha": sha})

    def _tree(self, sha: str) -> Answer:
        if sha not in self.trees:
            return _json({"message": "Not Found"}, 404)
        return _json({"sha": sha, "tree": self.trees[sha], "truncated": self.truncated})

    def _comment_on_lines(self, body: dict[str, Any]) -> Answer:
        shown = None if self.shown is None else self.shown.get(body["path"], range(0))
        if body["side"] != "RIGHT" or (shown is not None and body["line"] not in shown):
            return _json(
                {"message": "pull_request_review_thread.line must be part of the diff"}, 422
            )
        made = next(self._ids)
        self.conversation.threads.append(
            Thread(
                made,
                self.viewer or "github-actions[bot]",
                body["body"],
                body["path"],
                body["line"],
                body.get("start_line"),
                body["commit_id"],
            )
        )
        return _json({"id": made}, 201)

    def _edit(self, number: int, body: dict[str, Any]) -> Answer:
        for thread in self.conversation.threads:
            if thread.id == number:
                thread.body = body["body"]
                return _json({"id": number})
        return _json({"message": "Not Found"}, 404)

    def _delete_thread(self, number: int) -> Answer:
        threads = self.conversation.threads
        kept = [thread for thread in threads if thread.id != number]
        gone, self.conversation.threads = len(kept) < len(threads), kept
        return Answer(204, b"") if gone else _json({"message": "Not Found"}, 404)

    def _paged(self, call: Call, items: list[dict[str, Any]]) -> Answer:
        size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
        headers: dict[str, str] = {}
        if page * size < len(items) or self.next_link is not None:
            following = f"{self.url}{call.path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{self.next_link or following}>; rel="next"'
        return _json(items[(page - 1) * size : page * size], headers=headers)

    def _compare(self) -> Answer:
        merge_base, files = self.compared
        urls = {
            name: f"{SERVER}/{name}"
            for name in ("url", "html_url", "permalink_url", "diff_url", "patch_url")
        }
        return _json(
            {
                **urls,
                "base_commit": commit("1" * 40),
                "merge_base_commit": commit(merge_base),
                "status": "ahead",
                "ahead_by": 1,
                "behind_by": 0,
                "total_commits": 1,
                "commits": [],
                "files": files,
            }
        )

    def _content(self, path: str, call: Call) -> Answer:
        if path in self.directories:
            return _json([])
        content = self.contents.get((path, call.query["ref"]))
        if content is None:
            return _json({"message": "Not Found"}, 404)
        return Answer(200, content, "application/vnd.github.raw+json; charset=utf-8")


def _is_write(call: Call) -> bool:
    return call.method != "GET" and call.path != GRAPHQL


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers=headers or {})
