"""Which PostgreSQL: the driver, what DATABASE_URL may say, and what a server that will not do is told."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from stp_portal import postgres


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


@pytest.mark.django_db
def test_psycopg2_is_the_driver():
    assert connection.Database.__name__ == "psycopg2"


@pytest.mark.django_db
def test_commits_of_tests_do_not_wait_for_the_disk():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("off",)


def test_a_relative_var_dir_counts_from_the_code(monkeypatch):
    monkeypatch.setenv("VAR_DIR", "some/where")
    assert postgres.var_dir() == postgres.BASE_DIR / "some/where"
    monkeypatch.delenv("VAR_DIR")
    assert postgres.var_dir() == postgres.BASE_DIR / "var"


def test_with_a_database_url_nothing_is_started(var, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(var))
    monkeypatch.setenv("DATABASE_URL", "postgres://someone@localhost/stp")
    assert not postgres.is_embedded()
    postgres.hold()
    assert not var.exists()


def test_a_database_url_keeps_its_parts_and_options(monkeypatch):
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://stp:p%40ss%2Fw@db.example.org:6432/register?sslmode=require&application_name=stp"
    )
    assert postgres.connection() == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "register",
        "USER": "stp",
        "PASSWORD": "p@ss/w",
        "HOST": "db.example.org",
        "PORT": 6432,
        "OPTIONS": {"sslmode": "require", "application_name": "stp"},
    }


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://u:secret@h/db", "DATABASE_URL names “mysql”, but the portal needs PostgreSQL"),
        ("sqlite:////tmp/secret.db", "DATABASE_URL names “sqlite”, but the portal needs PostgreSQL"),
        ("secret", "but the portal needs PostgreSQL"),
        ("postgres:/u:secret@h/db", "but the portal needs PostgreSQL"),
        ("postgres://u:secret@h", "DATABASE_URL names no database"),
        ("postgres://u:secret@h/", "DATABASE_URL names no database"),
        ("postgres://u:secret@h:port/db", "DATABASE_URL cannot be read"),
        ("postgres://u:secret@h:99999/db", "DATABASE_URL cannot be read"),
        ("postgres://u:sec#ret@h/db", "DATABASE_URL"),
        ("postgres://u:secret@[h/db", "DATABASE_URL cannot be read"),
        ("postgres://u:secret@h/db?sslmode", "DATABASE_URL cannot be read"),
        ("postgres://u:secret@h/db?colour=blue", "an option that PostgreSQL does not know"),
        ("postgres://u:secret@h/%00", "DATABASE_URL cannot be read"),
    ],
)
def test_a_database_url_that_is_none_is_refused_without_showing_its_password(monkeypatch, url, sentence):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured) as refusal:
        postgres.connection()
    assert sentence in str(refusal.value)
    assert "sec" not in str(refusal.value).replace("seconds", "")
    assert "\n" not in str(refusal.value)


def test_only_web_processes_have_time_limits_and_a_url_may_set_its_own(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u@h/db")
    assert postgres.connection()["OPTIONS"] == {}
    monkeypatch.setenv("WEB_PROCESS", "on")
    assert "statement_timeout=5s" in postgres.connection()["OPTIONS"]["options"]
    monkeypatch.setenv("DATABASE_URL", "postgres://u@h/db?options=-c%20jit%3Doff")
    assert postgres.connection()["OPTIONS"] == {"options": "-c jit=off"}


def test_a_server_that_does_not_answer_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u:secret@127.0.0.1:1/db?connect_timeout=2")
    with pytest.raises(ImproperlyConfigured) as refusal:
        postgres.check()
    assert str(refusal.value).startswith("PostgreSQL does not answer: ")
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.django_db
def test_a_server_that_is_too_old_is_told_so(monkeypatch):
    monkeypatch.setattr(postgres, "MINIMUM", 99)
    with pytest.raises(ImproperlyConfigured, match=r"PostgreSQL 99 or newer is needed; DATABASE_URL names version \d+"):
        postgres.check()
