"""What the environment may say, and the one sentence that refuses the rest."""

import os
import runpy
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from stp_portal.postgres import BASE_DIR
from tests.drills import run

SECRET = "a-real-secret-is-random-and-longer-than-this-one-is-" * 2
PRODUCTION = {
    "DATABASE_URL": "postgres://stp:pw@db.example.org/stp",
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "stp.example.org",
}
OURS = [
    *("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HTTPS", "HSTS_SECONDS", "PROXIES", "DEBUG", "PORT"),
    *("WEB_CONCURRENCY", "TEST_DATABASE", "WEB_PROCESS", "ENV_FILE", "SECURITY_CONTACT", "DEPOSIT_MONTHS"),
    *("IMPORT_MAX_ROWS", "IMPORT_MAX_COLUMNS", "EMAIL_URL", "MAIL_FROM", "PORTAL_URL"),
]


@pytest.fixture
def load(monkeypatch, tmp_path):
    """settings.py read anew under an environment that has only what the test puts into it."""

    def load(**given):
        for name in OURS:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path / "var"), "ENV_FILE": os.devnull, **given}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "stp_portal" / "settings.py"))

    return load


def test_the_embedded_mode_needs_no_variable_and_serves_this_machine_only(load, tmp_path):
    found = load()
    assert found["EMBEDDED"] is True
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["DEBUG"] is False
    assert found["HTTPS"] is False
    assert found["PORT"] == 8000
    assert found["SECRET_KEY"] == (tmp_path / "var" / "secret_key").read_text().strip()
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_everything_that_is_written_stands_under_var_dir(load, tmp_path):
    found = load()
    for name in ("VAR_DIR", "STATIC_ROOT", "MEDIA_ROOT", "PRIVATE_ROOT"):
        assert found[name].is_relative_to(tmp_path / "var"), name
    # Scans must not lie where a URL of the photos could reach them.
    assert not found["PRIVATE_ROOT"].is_relative_to(found["MEDIA_ROOT"])


def test_another_server_means_production(load, tmp_path):
    found = load(**PRODUCTION)
    assert found["EMBEDDED"] is False
    assert found["HTTPS"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["DATABASES"]["default"]["HOST"] == "db.example.org"
    assert not (tmp_path / "var").exists()


def test_a_forwarded_protocol_is_believed_only_behind_a_proxy(load):
    assert "SECURE_PROXY_SSL_HEADER" not in load(**PRODUCTION)
    assert load(**PRODUCTION, PROXIES="1")["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(("name", "default"), [("HTTPS", False), ("DEBUG", False)])
def test_switches_take_the_usual_words(load, name, default):
    for value in ("on", "TRUE", "Yes", "1", " on "):
        assert load(**{name: value})[name] is True
    for value in ("off", "False", "no", "0"):
        assert load(**{name: value})[name] is False
    assert load(**{name: ""})[name] is default


def test_a_secret_that_begins_with_a_dollar_is_taken_as_it_is(load):
    secret = "$HOME" + SECRET
    assert load(SECRET_KEY=secret)["SECRET_KEY"] == secret


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DATABASE_URL": PRODUCTION["DATABASE_URL"]}, "SECRET_KEY is not set"),
        ({**PRODUCTION, "SECRET_KEY": "   "}, "SECRET_KEY is not set"),
        ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "x" * 49}, "SECRET_KEY is too short"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({**PRODUCTION, "ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is not set"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "https://stp.example.org"}, "without https://"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "“*” would believe anyone's"),
        ({"HTTPS": "maybe"}, "HTTPS must be on or off, not “maybe”."),
        ({"DEBUG": "2"}, "DEBUG must be on or off, not “2”."),
        ({"PROXIES": "-1"}, "PROXIES must be a whole number from 0 to 5, not “-1”."),
        ({"PROXIES": "6"}, "PROXIES must be a whole number from 0 to 5"),
        ({"PORT": "0"}, "PORT must be a whole number from 1 to 65535, not “0”."),
        ({"PORT": "65536"}, "PORT must be a whole number from 1 to 65535"),
        ({"PORT": "8000; rm"}, "PORT must be a whole number from 1 to 65535"),
        ({"PORT": "٨٠٠٠"}, "PORT must be a whole number from 1 to 65535"),
        ({"PORT": "9" * 5000}, "PORT must be a whole number from 1 to 65535"),
        ({"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY must be a whole number from 1 to 64"),
        ({"DEPOSIT_MONTHS": "-1"}, "DEPOSIT_MONTHS must be a whole number from 0 to 24"),
        ({"DEPOSIT_MONTHS": "25"}, "DEPOSIT_MONTHS must be a whole number from 0 to 24"),
        ({"IMPORT_MAX_ROWS": "0"}, "IMPORT_MAX_ROWS must be a whole number from 1 to 200000, not “0”."),
        ({"IMPORT_MAX_ROWS": "25,000"}, "IMPORT_MAX_ROWS must be a whole number from 1 to 200000"),
        ({"IMPORT_MAX_COLUMNS": "-60"}, "IMPORT_MAX_COLUMNS must be a whole number from 1 to 1000"),
        ({"IMPORT_MAX_COLUMNS": "all"}, "IMPORT_MAX_COLUMNS must be a whole number from 1 to 1000"),
        ({**PRODUCTION, "HSTS_SECONDS": "1e6"}, "HSTS_SECONDS must be a whole number"),
        ({"DATABASE_URL": "mysql://h/db"}, "the portal needs PostgreSQL"),
        *(
            ({"SECURITY_CONTACT": nonsense}, "SECURITY_CONTACT must be an address like mailto:security@example.org")
            for nonsense in (
                *(
                    "security@example.org",
                    "mailto:nobody",
                    "http://example.org/report",
                    "javascript:alert(1)",
                    "tel:112",
                ),
                *("mailto:a@example.org\nContact: mailto:b@example.org", "https://example", "mailto:ä@example.org"),
            )
        ),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL must be an address like smtp+tls://"),
        ({"EMAIL_URL": "http://mail.example.org"}, "EMAIL_URL must be an address like smtp+tls://"),
        ({"EMAIL_URL": "smtp://mail.example.org:99999"}, "EMAIL_URL must be an address like smtp+tls://"),
        ({"EMAIL_URL": "smtp://user:p@ss@mail.example.org"}, "EMAIL_URL must be an address like smtp+tls://"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM must be an e-mail address"),
        ({"MAIL_FROM": "Parks <parks@example.org>"}, "MAIL_FROM must be an e-mail address"),
        ({"MAIL_FROM": "parks@example.org\nBcc: x@example.org"}, "MAIL_FROM must be one line"),
        ({"PORTAL_URL": "parks.example.org"}, "PORTAL_URL must be an address like https://"),
        ({"PORTAL_URL": "https://stp.example.org/path"}, "PORTAL_URL must be an address like https://"),
        ({"ENV_FILE": "/no/such/file"}, "The settings file /no/such/file cannot be read: No such file"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(load, given, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(**given)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


@pytest.mark.parametrize(
    "address", ["mailto:security@example.org", "https://example.org/report", "tel:+92-51-1234567", ""]
)
def test_whom_to_tell_of_a_weakness_is_an_address_of_mail_web_or_telephone(load, address):
    assert load(SECURITY_CONTACT=address)["SECURITY_CONTACT"] == address


def test_the_address_of_the_portal_is_its_first_host_unless_it_is_said(load):
    assert load()["PORTAL_URL"] == "http://127.0.0.1:8000"
    assert load(PORT="8123")["PORTAL_URL"] == "http://127.0.0.1:8123"
    assert load(**PRODUCTION)["PORTAL_URL"] == "https://stp.example.org"
    assert load(**{**PRODUCTION, "ALLOWED_HOSTS": ".example.org"})["PORTAL_URL"] == "https://example.org"
    assert load(**PRODUCTION, PORTAL_URL="https://parks.example.org/")["PORTAL_URL"] == "https://parks.example.org"


def test_no_mail_leaves_unless_a_server_is_named(load):
    found = load(**PRODUCTION)
    assert found["EMAIL_URL"] == ""
    assert "EMAIL_HOST" not in found
    assert found["MAIL_FROM"] == "noreply@stp.example.org"


@pytest.mark.parametrize(
    ("address", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.org", 25, None, None),
        ("smtp+tls://mail.example.org", 587, True, None),
        ("smtp+ssl://mail.example.org/", 465, None, True),
        ("smtp+tls://mail.example.org:2525", 2525, True, None),
    ],
)
def test_a_mail_server_has_the_usual_port_of_its_kind_unless_one_is_said(load, address, port, tls, ssl):
    found = load(EMAIL_URL=address, MAIL_FROM="parks@example.org")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.org", port)
    assert (found.get("EMAIL_USE_TLS"), found.get("EMAIL_USE_SSL")) == (tls, ssl)
    assert found["MAIL_FROM"] == "parks@example.org"


def test_the_mail_server_is_told_user_and_password_as_they_are_and_no_refusal_shows_them(load):
    found = load(EMAIL_URL="smtp+tls://parks%40example.org:p%2Bs%2Fs%3A@mail.example.org:587")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("parks@example.org", "p+s/s:")
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(EMAIL_URL="smtp+tls://user:secret@mail.example.org:99999")
    assert "secret" not in str(refusal.value)


def test_a_settings_file_fills_in_what_the_environment_leaves_open(load, tmp_path, monkeypatch):
    for name in ("PORT", "PROXIES"):
        monkeypatch.setenv(name, "")  # so that what the file sets is taken back after the test
    file = tmp_path / "env"
    file.write_text("# a comment\nPORT=8123\nPROXIES=3\n")
    found = load(ENV_FILE=str(file), PROXIES="2")
    assert found["PORT"] == 8123
    assert found["PROXIES"] == 2


def test_a_settings_file_that_is_no_text_is_refused(load, tmp_path):
    file = tmp_path / "env"
    file.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="cannot be read: it is not UTF-8 text"):
        load(ENV_FILE=str(file))


def test_every_line_of_the_example_file_is_one_that_the_settings_accept(load, tmp_path):
    text = (BASE_DIR / ".env.example").read_text()
    given = dict(line.removeprefix("#").split("=", 1) for line in text.splitlines() if "=" in line.split(" ")[0])
    assert {"DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "PORT", "VAR_DIR"} <= set(given)
    given["SECRET_KEY"] = given["SECRET_KEY"] or SECRET
    assert load(**{**given, "VAR_DIR": str(tmp_path)})["DATABASES"]["default"]["NAME"] == "stp"


@pytest.mark.parametrize("entry", [["manage.py", "check"], ["-m", "stp_portal.run"]])
def test_every_way_in_tells_a_wrong_setting_in_one_line(tmp_path, entry):
    done = run(tmp_path / "var", *entry, DATABASE_URL="mysql://u:secret@h/db")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "the portal needs PostgreSQL" in done.stderr
    assert "secret" not in done.stderr


def test_gunicorn_tells_a_wrong_setting_in_one_line(tmp_path):
    done = run(tmp_path / "var", "-m", "gunicorn", "-c", "stp_portal/gunicorn_conf.py", PORT="none")
    assert done.returncode == 1
    assert done.stderr == "PORT must be a whole number from 1 to 65535, not “none”.\n"


def test_importing_the_settings_starts_no_server(tmp_path):
    done = run(tmp_path / "var", code="from stp_portal import settings, wsgi")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_web_processes_have_time_limits_and_no_forwarded_header_is_believed(tmp_path):
    code = (
        "from stp_portal import gunicorn_conf as conf, settings\n"
        "print(settings.DATABASES['default']['OPTIONS']['options'])\n"
        "print(conf.secure_scheme_headers, repr(conf.forwarder_headers), conf.control_socket_disable)"
    )
    done = run(tmp_path / "var", code=code)
    assert "statement_timeout=5s" in done.stdout
    assert done.stdout.splitlines()[1] == "{} '' True"


def test_the_deployment_check_finds_nothing(tmp_path):
    done = run(
        tmp_path / "var",
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        **{**PRODUCTION, "SECRET_KEY": "Zk3v9qLw7RtYx2Bn6Mc8Df4Hj1Gp5Ss0UaEeIoWyTrNlKhVbCdXz"},
    )
    assert done.returncode == 0, done.stderr
