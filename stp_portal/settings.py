"""All settings, from the environment; refuses nonsense with one sentence. README.md has the table."""

import datetime as dt
import os
import re
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from stp_portal import postgres

BASE_DIR = Path(__file__).resolve().parent.parent

# The environment wins over the file. ENV_FILE names another file.
env_file = BASE_DIR / (os.environ.get("ENV_FILE", "").strip() or ".env")
if os.environ.get("ENV_FILE") or env_file.exists():
    try:
        with env_file.open(encoding="utf-8") as lines:
            environ.Env.read_env(lines)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ImproperlyConfigured(f"The settings file {env_file} cannot be read: {reason}.") from error


def text(name):
    """The variable without surrounding blanks, "" when unset. Unlike environ's, a leading $ is a plain letter."""
    return os.environ.get(name, "").strip()


def flag(name, default):
    """An on/off variable; anything but on/off, true/false, yes/no, 1/0 is refused."""
    value = text(name).lower()
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} must be on or off, not “{value[:20]}”.")
    return default


def whole(name, default, low, high):
    """A whole number between `low` and `high`, both inclusive."""
    value = text(name)
    if not value:
        return default
    # Nine digits at most: int() itself fails on thousands of them.
    if not (value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high):
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not “{value[:20]}”.")
    return int(value)


def line(name, most):
    """A line of words, at most `most` characters long and printable throughout."""
    value = text(name)
    if len(value) > most or not value.isprintable():
        raise ImproperlyConfigured(f"{name} must be one line of at most {most} characters.")
    return value


# Where everything that the portal writes goes: database, media, private files, secret, logs.
VAR_DIR = postgres.var_dir()

# DATABASE_URL, else the embedded server. Embedded mode is the newcomer's: it serves this machine only.
EMBEDDED = postgres.is_embedded()
DATABASES = {
    "default": postgres.connection()
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": text("TEST_DATABASE") or None},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where `make run` serves, and with how many processes.
PORT = whole("PORT", 8000, 1, 65_535)
WEB_CONCURRENCY = whole("WEB_CONCURRENCY", 2, 1, 64)
# Whether the first `make run` invents a small demonstration beside the register.
DEMO_DATA = flag("DEMO_DATA", True)

DEBUG = flag("DEBUG", False)
SECRET_KEY = text("SECRET_KEY")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give it 50 or more random characters when DATABASE_URL is set."
        )
    SECRET_KEY = postgres.generated_secret()
elif len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: it needs 50 or more random characters.")

ALLOWED_HOSTS = [host.strip() for host in text("ALLOWED_HOSTS").split(",") if host.strip()]
if not ALLOWED_HOSTS:
    if not EMBEDDED:
        raise ImproperlyConfigured("ALLOWED_HOSTS is not set: name the portal's hosts, separated by commas.")
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if any("/" in host or " " in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS takes host names separated by commas, without https:// or a path.")
if "*" in ALLOWED_HOSTS:
    # Links in mail are built from the host: whoever asks would choose where they lead.
    raise ImproperlyConfigured("ALLOWED_HOSTS takes the portal's own host names; “*” would believe anyone's.")

# HTTPS is on unless the embedded mode (or a test of another server) turns it off.
HTTPS = flag("HTTPS", not EMBEDDED)
# Number of proxies in front that set X-Forwarded-Proto; with none, that header is not believed.
PROXIES = whole("PROXIES", 0, 0, 5)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = whole("HSTS_SECONDS", 31_536_000, 0, 126_144_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "stp_portal.kit.errors.csrf_failure"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing by default; no script on public pages. The staff site adds scripts of its own (admin_site.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        # Chromium's own fetch of robots.txt for Lighthouse counts as the page's; no page has a script to use it.
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "stp_portal.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "pgtrigger",
    "pghistory",
    "parks",
    "tenants",
]
MIDDLEWARE = [
    "stp_portal.kit.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # Pages are short and go to phones; the length is blurred against attacks that measure it.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "stp_portal.kit.through.HistoryMiddleware",
    "stp_portal.kit.errors.outage",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "stp_portal.urls"
WSGI_APPLICATION = "stp_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.demonstration",
            ],
            "builtins": ["parks.templatetags.show"],
        },
    }
]
# The staff forms need the templates under templates/django/forms before Django's own.
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "stp_portal.sign_in.backend.StaffBackend",
]
# Ten wrong passwords for one name from one address lock that pair for a quarter of an hour: whoever owns the name
# still gets in from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "stp_portal.sign_in.record.address_of"
AXES_LOCKOUT_CALLABLE = "stp_portal.sign_in.steps.locked_out"
# A staff session that nobody uses for so long ends.
STAFF_IDLE_MINUTES = whole("STAFF_IDLE_MINUTES", 120, 5, 720)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "stp_portal.kit.passwords.NoPortalWords"},
    {"NAME": "stp_portal.kit.passwords.NotThePresent"},
]
LOGIN_URL = "admin:login"

# Under which terms the downloads may be used, in one sentence; while empty the site says that PSEB has not set it.
OPEN_DATA_LICENCE = text("OPEN_DATA_LICENCE")

# Whom to tell of a weakness (/.well-known/security.txt); while empty that names the contact page.
SECURITY_CONTACT = text("SECURITY_CONTACT")
SECURITY_ADDRESS = (
    r"(?=[!-~]+$)(mailto:[^@/?#]+@[^@/?#]+\.[^@/?#.]+|https://[^/?#]+\.[^/?#.].*|tel:\+[0-9][0-9-]{5,24})"
)
if SECURITY_CONTACT and not re.fullmatch(SECURITY_ADDRESS, SECURITY_CONTACT):
    raise ImproperlyConfigured(
        "SECURITY_CONTACT must be an address like mailto:security@example.org, https://example.org/report or "
        f"tel:+92-51-1234567, not “{' '.join(SECURITY_CONTACT.split())[:40]}”."
    )

# What /contact/ shows; what is empty is said to be not set.
CONTACT_EMAIL, CONTACT_PHONE = line("CONTACT_EMAIL", 254), line("CONTACT_PHONE", 30)
if CONTACT_EMAIL and not re.fullmatch(r"[\w.%+-]+@[\w-]+(\.[\w-]+)+", CONTACT_EMAIL, re.ASCII):
    raise ImproperlyConfigured(f"CONTACT_EMAIL must be an e-mail address, not “{CONTACT_EMAIL[:40]}”.")
if CONTACT_PHONE and not re.fullmatch(r"\+?[0-9]( ?[0-9]){6,14}", CONTACT_PHONE):
    raise ImproperlyConfigured(
        f"CONTACT_PHONE must be a number like +92 51 1234567, digits and spaces only, not “{CONTACT_PHONE}”."
    )
CONTACT_ADDRESS, CONTACT_HOURS = line("CONTACT_ADDRESS", 300), line("CONTACT_HOURS", 200)

# The address under which people reach the portal: links in mails and codes on letters lead there.
PORTAL_URL = line("PORTAL_URL", 200).rstrip("/") or (
    f"http://127.0.0.1:{PORT}" if EMBEDDED else f"http{'s' if HTTPS else ''}://{ALLOWED_HOSTS[0].lstrip('.')}"
)
if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?", PORTAL_URL):
    raise ImproperlyConfigured(
        f"PORTAL_URL must be an address like https://parks.example.org, without a path, not “{PORTAL_URL[:60]}”."
    )

# Where mail leaves: while empty nothing does, and staff read it in the list of mails.
EMAIL_URL = text("EMAIL_URL")
MAIL_SERVER = r"smtp(\+tls|\+ssl)?://([^\s:@/]+:[^\s@/]+@)?[A-Za-z0-9.-]+(:[0-9]{1,5})?/?"
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
if EMAIL_URL and not (
    re.fullmatch(MAIL_SERVER, EMAIL_URL) and 0 < int(re.search(r"(?::([0-9]+))?/?$", EMAIL_URL)[1] or 1) < 65_536
):
    # The address may hold a password, so it is not shown.
    raise ImproperlyConfigured(
        "EMAIL_URL must be an address like smtp+tls://user:password@mail.example.org:587 (smtp, smtp+tls or smtp+ssl)."
    )
if EMAIL_URL:
    globals().update(environ.Env.email_url_config(EMAIL_URL))
    EMAIL_PORT = globals()["EMAIL_PORT"] or MAIL_PORTS[EMAIL_URL.partition("://")[0]]
EMAIL_TIMEOUT = 20
MAIL_FROM = line("MAIL_FROM", 254) or f"noreply@{re.sub(r'^https?://|:[0-9]+$', '', PORTAL_URL).strip('[]')}"
if not re.fullmatch(r"[\w.%+-]+@[\w-]+(\.[\w-]+)*", MAIL_FROM, re.ASCII):
    if text("MAIL_FROM") or EMAIL_URL:
        raise ImproperlyConfigured(f"MAIL_FROM must be an e-mail address, not “{MAIL_FROM[:40]}”.")
    MAIL_FROM = "noreply@localhost"

# How many months' rent the suite pages count as the usual deposit.
DEPOSIT_MONTHS = whole("DEPOSIT_MONTHS", 3, 0, 24)

# The most that a sheet may have below its header, and beside each other, to be imported.
IMPORT_MAX_ROWS = whole("IMPORT_MAX_ROWS", 25_000, 1, 200_000)
IMPORT_MAX_COLUMNS = whole("IMPORT_MAX_COLUMNS", 60, 1, 1_000)

# History: triggers write each insert, update and delete; nothing on the site can change what they wrote.
PGHISTORY_APPEND_ONLY = True
# Each day's digest of them, in a file beside the table and by mail to this address: `manage.py verify_history`.
HISTORY_DIGEST_FILE = Path(text("HISTORY_DIGEST_FILE") or VAR_DIR / "history-digests.txt").absolute()
if HISTORY_DIGEST_FILE.is_dir():
    raise ImproperlyConfigured(f"HISTORY_DIGEST_FILE must be a file, not the folder “{HISTORY_DIGEST_FILE}”.")
HISTORY_DIGEST_TO = line("HISTORY_DIGEST_TO", 254)
if HISTORY_DIGEST_TO and not re.fullmatch(r"[\w.%+-]+@[\w-]+(\.[\w-]+)+", HISTORY_DIGEST_TO, re.ASCII):
    raise ImproperlyConfigured(f"HISTORY_DIGEST_TO must be an e-mail address, not “{HISTORY_DIGEST_TO[:40]}”.")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "stp_portal" / "locale"]
FORMAT_MODULE_PATH = ["stp_portal.formats"]
TIME_ZONE = "Asia/Karachi"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"  # public photos, re-encoded
PRIVATE_ROOT = VAR_DIR / "private"  # scans: never under a URL of their own
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # a park with 60 suites and all its facts inline stays within this; more is 400

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "stp_portal.kit.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # The record of sign-ins tells it better, and to whom it concerns.
        "axes": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
