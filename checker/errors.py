"""The two ways in which the checker itself stops. Everything else is a finding."""


class InputError(Exception):
    """The usage, the configuration or the input is wrong: exit code 2.

    The message is one sentence that says what is wrong, where, and what to do.
    """


class CannotWorkError(Exception):
    """The checker could not do its work (no server, no disk space, no rights): exit code 3.

    The message is one sentence that says what was missing and what to do.
    """
