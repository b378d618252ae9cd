"""Database URLs as Prisma writes them; no message may contain any part of one.

Source: Prisma's documentation, "PostgreSQL connector, connection URL, arguments". Parameters that
only Prisma knows are translated for libpq (PostgreSQL docs 32.1.2) or left out.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from msgspec import Struct
from psycopg import pq

from checker.errors import InputError

# To Prisma sslcert is the authority's certificate and sslidentity the client's; to libpq, sslcert
# is the client's, and comes with sslkey.
_PRISMA_ONLY = {"sslaccept", "sslidentity", "socket"}
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class Target(Struct, frozen=True):
    """Where a database is. ``schema`` is the one that Prisma keeps its ledger in (``?schema=``).

    ``parameters`` are libpq's and may hold a password; ``source`` is what gave the URL, for
    messages. ``pooled`` says that the URL bears Prisma's ``pgbouncer=true``.
    """

    parameters: Mapping[str, str]
    schema: str = "public"
    source: str = "--database-url"
    pooled: bool = False

    def __repr__(self) -> str:
        """Without the parameters."""
        return f"Target({self.schema!r}, {self.source!r})"


def parse_url(url: str, source: str = "--database-url") -> Target:
    """The target of a URL as Prisma writes it.

    Raises InputError, which quotes no part of the URL, for any other URL.
    """
    if url.startswith(("prisma://", "prisma+postgres://")):
        raise InputError(
            f"{source} points to Prisma's own service, which nobody else can read: give the "
            "postgresql:// URL of the database behind it (directUrl)"
        )
    if url[:1] in ("'", '"'):
        raise InputError(f"{source} begins with a quotation mark: give the URL without quotes")
    if not url.startswith(("postgresql://", "postgres://")):
        raise InputError(
            f"{source} is not a PostgreSQL URL: give postgresql://USER:PASSWORD@HOST/DB"
        )
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    known -= {"sslcert"} | _PRISMA_ONLY
    encode = InputError(
        f"{source} cannot be read as postgresql://USER:PASSWORD@HOST/DB: "
        "percent-encode reserved characters in the password (# is %23, / is %2F, @ is %40)"
    )
    if "#" in url:
        raise encode
    try:
        parts = urlsplit(url)
        arguments = dict(parse_qsl(parts.query))
        options = urlencode([(key, value) for key, value in arguments.items() if key in known])
        parsed = psycopg.conninfo.conninfo_to_dict(urlunsplit(parts._replace(query=options)))
        for port in str(parsed.get("port") or "5432").split(","):
            int(port or 5432)
    except (ValueError, psycopg.Error):
        raise encode from None
    parameters = {key: str(value) for key, value in parsed.items()} | _tls(arguments, source)
    if "socket" in arguments:
        parameters["host"] = arguments["socket"]
    return Target(
        {"dbname": "postgres"} | parameters,
        arguments.get("schema") or "public",
        source,
        arguments.get("pgbouncer", "").lower() == "true",
    )


def _tls(given: Mapping[str, str], source: str) -> dict[str, str]:
    """Prisma's words on TLS as libpq's. Unlike libpq's ``verify-full``, Prisma verifies a
    certificate only with ``sslaccept=strict``.
    """
    if "sslidentity" in given:
        raise InputError(
            f"{source} names a client certificate as PKCS 12 (sslidentity), which libpq cannot "
            "read: give sslcert and sslkey as PEM files instead"
        )
    if "sslkey" in given:
        return {"sslcert": given["sslcert"]} if "sslcert" in given else {}
    mode, root = given.get("sslmode"), given.get("sslcert") or given.get("sslrootcert")
    if given.get("sslaccept") == "strict" and mode != "disable":
        mode = "verify-full"
    if mode not in ("verify-ca", "verify-full"):
        return {}
    root = root or ssl.get_default_verify_paths().cafile or _AUTHORITIES
    if root != "system" and not os.path.isfile(root):  # a name can be too long to exist
        raise InputError(f"{source} names a certificate that does not exist: correct sslcert")
    return {"sslmode": mode, "sslrootcert": root}
