"""Settings of the migrations' session that would blind or end whoever watches it, held apart.

While a statement of the migrations runs it sees the values that they have set. Between statements
the session has ours: a timeout of a millisecond would end it before the next question, and another
encoding would garble it. Values change hands in the same message as the statement, so that the
session is never idle with theirs.

Within a transaction ours mask theirs by SET LOCAL, beneath which PostgreSQL keeps what the
transaction will leave behind (docs, SET).
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from checker.pg.session import Answer, Session

READING = ("client_encoding", "standard_conforming_strings")
"""What decides how PostgreSQL reads the text of a message."""
_TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
_SINCE = {14: "idle_session_timeout", 17: "transaction_timeout"}
_TIMED_OUT = ("57014", "55P03", "25P04")


class Apart:
    """Sends what the migrations say, with their settings."""

    def __init__(self, session: Session, major: int) -> None:
        self._session = session
        timeouts = [*_TIMEOUTS, *(name for since, name in _SINCE.items() if major >= since)]
        self._ours = dict.fromkeys(timeouts, "0")
        self._ours |= {"client_encoding": "UTF8", "standard_conforming_strings": "on"}
        self._theirs = dict(self._ours)
        self._committed = dict(self._ours)
        self._show = tuple(f"SHOW {name}" for name in self._ours)

    @property
    def misread(self) -> str | None:
        """The setting with which PostgreSQL would read their next message otherwise than we did."""
        return next((n for n in READING if self._theirs[n] != self._ours[n]), None)

    def begin(self, text: str = "BEGIN") -> Answer:
        """Begins a transaction."""
        self._theirs = dict(self._committed)
        mask = (*_set("SET", self._changed()), *_set("SET LOCAL", self._ours))
        return self._session.send(text, after=mask)

    def send(self, text: str) -> Answer:
        """Sends a statement inside of a transaction.

        One that meets a timeout of theirs is not lost: it can be sent again, ``patiently``.
        """
        return self._send(text, self._changed())

    def patiently(self, text: str) -> Answer:
        """Sends it without their timeouts: among watchers, time says nothing about production."""
        return self._send(text, {n: v for n, v in self._changed().items() if n in READING})

    def timed_out(self, answer: Answer) -> bool:
        """Whether it may have been a timeout of theirs that ended a statement."""
        own = any(self._theirs[name] != "0" for name in self._theirs if name not in READING)
        return own and answer.error is not None and answer.error.sqlstate in _TIMED_OUT

    def end(self, text: str = "COMMIT") -> Answer:
        """Ends a transaction, with the triggers and constraints that wait for its end."""
        chained = "CHAIN" in text.upper()
        mask = _set("SET LOCAL" if chained else "SET", self._ours)
        answer = self._session.send(text, after=(*self._show, *mask))
        if self._session.in_transaction:
            self._learn(answer)
        elif answer.failed or not answer.tags or "ROLLBACK" in answer.tags[-1]:
            self._theirs = dict(self._committed)
        else:
            self._learn(answer)
            self._committed = dict(self._theirs)
        return answer

    def outside(self, text: str) -> Answer:
        """Sends a statement that refuses a transaction, by itself and with our settings."""
        answer = self._session.send(text)
        if answer.lost or self._session.in_transaction:
            return answer
        shown = self._session.send("", after=(*self._show, *_set("SET", self._ours))).shown
        now = dict(zip(self._ours, shown, strict=False))
        self._committed |= {n: v for n, v in now.items() if v is not None and v != self._ours[n]}
        self._theirs = dict(self._committed)
        return answer

    def _send(self, text: str, theirs: Mapping[str, str]) -> Answer:
        after = (*self._show, *_set("SET LOCAL", self._ours))
        answer = self._session.send(text, _set("SET LOCAL", theirs), after)
        kept = {n: v for n, v in self._changed().items() if n not in theirs}
        self._learn(answer)
        self._theirs |= {n: v for n, v in kept.items() if self._theirs[n] == self._ours[n]}
        return answer

    def _learn(self, answer: Answer) -> None:
        for name, value in zip(self._ours, answer.shown, strict=False):
            self._theirs[name] = value if value is not None else self._ours[name]

    def _changed(self) -> dict[str, str]:
        return {n: v for n, v in self._theirs.items() if v != self._ours[n]}


def _set(how: str, values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{how} {n} = '{v.replace(chr(39), chr(39) * 2)}'" for n, v in values.items())


def sure(answer: Answer) -> None:
    """Raises psycopg.OperationalError where a message of our own has failed."""
    if answer.failed:
        raise psycopg.OperationalError(answer.error.message if answer.error else "")
