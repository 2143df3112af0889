"""Which PostgreSQL: the one that DATABASE_URL names, else the embedded one under VAR_DIR."""

import os
import secrets
import urllib.parse
from pathlib import Path

import environ
import psycopg2
from django.core.exceptions import ImproperlyConfigured
from psycopg2.extensions import make_dsn

from stp_portal import embedded, folders

BASE_DIR = Path(__file__).resolve().parent.parent
SCHEMES = {"postgres", "postgresql", "pgsql", "psql"}
MINIMUM = 14
# A page that waits longer than this is worth an error; migrations, commands and loads may take their time.
WEB_LIMITS = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"
URL_HELP = (
    "write it like postgres://user:password@host:5432/name, with special characters in the password "
    "percent-encoded (an at sign is %40)"
)

_held = None


def var_dir():
    """The folder of everything that the portal writes: VAR_DIR (a relative one counts from the code), or var/."""
    return BASE_DIR / Path(os.environ.get("VAR_DIR", "").strip() or "var").expanduser()


def is_embedded():
    """True when no DATABASE_URL is set."""
    return not os.environ.get("DATABASE_URL", "").strip()


def connection():
    """The dict for DATABASES["default"].

    Starts nothing. Raises ImproperlyConfigured, never with the password in it, when DATABASE_URL is no
    address of a PostgreSQL database. With WEB_PROCESS=on (gunicorn_conf.py sets it) a session gets time
    limits, unless the URL brings `options` of its own.
    """
    if is_embedded():
        with folders.readable(var_dir()):
            found = {"ENGINE": "django.db.backends.postgresql", **embedded.Server(var_dir()).address("stp")}
    else:
        found = _parsed(os.environ["DATABASE_URL"].strip())
    options = found.setdefault("OPTIONS", {})
    if os.environ.get("WEB_PROCESS") == "on":
        options.setdefault("options", WEB_LIMITS)
    return found


def _parsed(url):
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme not in SCHEMES:
        named = f"“{scheme}”" if scheme.isalnum() else "something else"
        raise ImproperlyConfigured(f"DATABASE_URL names {named}, but the portal needs PostgreSQL: {URL_HELP}.")
    try:
        parts = urllib.parse.urlsplit(url)
        found = environ.Env.db_url_config(f"postgres{url[len(scheme) :]}")
        found["OPTIONS"] = dict(urllib.parse.parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        values = [*found.values(), *found["OPTIONS"].values()]
        if parts.fragment or any("\0" in value for value in values if isinstance(value, str)):
            raise ValueError
    except ValueError:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {URL_HELP}.") from None
    if not found["NAME"]:
        raise ImproperlyConfigured(f"DATABASE_URL names no database: {URL_HELP}.")
    try:
        make_dsn(**found["OPTIONS"])
    except psycopg2.Error as error:
        reason = str(error).strip().removeprefix("invalid dsn: ")
        raise ImproperlyConfigured(f"DATABASE_URL has an option that PostgreSQL does not know: {reason}.") from None
    return found


def generated_secret():
    """The embedded mode's own secret key: made on first use, kept in VAR_DIR with mode 0600."""
    with folders.readable(var_dir()):
        var_dir().mkdir(parents=True, exist_ok=True)
        return folders.once(var_dir() / "secret_key", lambda: secrets.token_urlsafe(64))


def hold():
    """Start the embedded server, or join those who use it, until this process ends.

    The last process that holds it stops it. Does nothing when DATABASE_URL is set or when this process
    holds it already. Raises ImproperlyConfigured with one sentence when the server cannot be had.
    """
    global _held  # noqa: PLW0603
    if not is_embedded() or (_held and _held.owner == os.getpid()):
        return
    with folders.readable(var_dir()):
        var_dir().mkdir(parents=True, exist_ok=True)
        server = embedded.Server(var_dir())
        server.hold("stp")
    _held = server


def check():
    """Raise ImproperlyConfigured, with one sentence, unless the database answers and is new enough."""
    found = connection()
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    wanted = {key: found[name] for key, name in names.items() if found.get(name)}
    try:
        session = psycopg2.connect(**{"connect_timeout": 10} | wanted | found["OPTIONS"])
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        raise ImproperlyConfigured(f"PostgreSQL does not answer: {reason}") from None
    version = session.server_version
    session.close()
    if version < MINIMUM * 10_000:
        raise ImproperlyConfigured(
            f"PostgreSQL {MINIMUM} or newer is needed; DATABASE_URL names version {version // 10_000}."
        )
