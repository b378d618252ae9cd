"""Asks a host without libpq why a connection fails where no server has answered with a code.

libpq tells that in English words only; the socket and the TLS library tell it in codes.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress

from checker.pg.trouble import TroubleKind

SECONDS = 5.0
_TLS_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL docs 54.7, SSLRequest


def find_trouble(host: str, port: str, parameters: Mapping[str, str]) -> TroubleKind:
    """Why a connection fails, as far as can be seen before a user is named."""
    try:
        with _connect(host, port) as connected:
            return "closed" if host.startswith(("/", "@")) else _speak(connected, host, parameters)
    except socket.gaierror:
        return "unknown_host"
    except TimeoutError:
        return "timeout"
    except (ConnectionRefusedError, FileNotFoundError):
        return "refused"
    except (ConnectionResetError, BrokenPipeError):
        return "closed"
    except OSError:
        return "unreachable"


def offers_tls(host: str, port: str) -> bool:
    """Whether the server would take a TLS connection."""
    if host.startswith(("/", "@")):
        return False
    with suppress(OSError), _connect(host, port) as connected:
        connected.sendall(_TLS_REQUEST)
        return connected.recv(1) == b"S"
    return False


def _connect(host: str, port: str) -> socket.socket:
    if not host.startswith(("/", "@")):
        return socket.create_connection((host, int(port or 5432)), timeout=SECONDS)
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(SECONDS)
        path = os.path.join(host, f".s.PGSQL.{port}")  # noqa: PTH118, it may be abstract
        connected.connect(path.replace("@", "\0", 1) if host[0] == "@" else path)
    except BaseException:
        connected.close()
        raise
    return connected


def _speak(connected: socket.socket, host: str, parameters: Mapping[str, str]) -> TroubleKind:
    connected.sendall(_TLS_REQUEST)
    answer = connected.recv(1)
    mode = parameters.get("sslmode", "prefer")
    if answer == b"N":
        return "tls_not_offered" if mode in ("require", "verify-ca", "verify-full") else "closed"
    if answer != b"S":
        return "not_postgresql" if answer not in (b"", b"E") else "closed"
    context = ssl.create_default_context()
    root = parameters.get("sslrootcert", "system")
    try:
        if root != "system":
            context = ssl.create_default_context(cafile=root)
        context.check_hostname = mode == "verify-full"
        if mode not in ("verify-ca", "verify-full"):
            context.verify_mode = ssl.CERT_NONE
        context.wrap_socket(connected, server_hostname=host).close()
    except ssl.SSLCertVerificationError:
        return "tls_unverified"
    except ssl.SSLError:
        return "tls"
    return "closed"
