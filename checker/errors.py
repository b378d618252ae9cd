"""The ways in which the checker itself stops. Everything else is a finding."""


class InputError(Exception):
    """The usage, the configuration or the input is wrong: exit code 2.

    The message is one sentence that says what is wrong, where, and what to do.
    """


class CannotWorkError(Exception):
    """The checker could not do its work (no server, no disk space, no rights): exit code 3.

    The message is one sentence that says what was missing and what to do.
    """


class ServerFaultError(Exception):
    """The server or its machine failed under the work (its disk is full, it crashed): exit code 3.

    No ``CannotWorkError``: a stage that does without what cannot be looked at does not go on here,
    for what it would call clean nobody has seen.
    """
