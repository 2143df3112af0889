# Two commands: `make run` and `make test`. Both need Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test bench password shell check lock clean venv venv-dev

PYTHON ?= python3
VENV ?= .venv
# Paths may have spaces, so no path is ever a target; what is installed is told by a copy of its lock.
PY := "$(VENV)/bin/python"
PIP := $(PY) -m pip install -qq --disable-pip-version-check --only-binary=:all:
# A console script begins with the interpreter's path, which may be too long or have a space: hence -m.
RUN := $(PY) -m
COMPILE := $(RUN) uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
  --custom-compile-command 'make lock'

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

run: venv ## The portal on http://127.0.0.1:8000 (PORT= changes it), with the real register
	@exec $(RUN) stp_portal.run

test: venv-dev ## Linters and all tests (ARGS= for pytest); DATABASE_URL= runs them on another server
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) djlint templates --lint --quiet
	@$(RUN) djlint templates --check
	@if [ -n "$(ARGS)" ]; then exec $(RUN) pytest $(ARGS); fi; \
	$(RUN) pytest -m "not browser" --numprocesses=auto --maxprocesses=4 --dist=loadfile \
	&& $(RUN) pytest -m "browser and not alone" --numprocesses=3 --dist=worksteal \
	&& exec $(RUN) pytest -m alone

bench: venv-dev ## Our pages against floors measured beside them, at several sizes; ARGS=--help (about 4 minutes)
	@exec $(RUN) tests.bench.run $(ARGS)

password: venv ## A new password for the account “admin”, shown once
	@exec $(PY) manage.py ensure_staff --new-password

shell: venv ## Django's shell, also beside a running server
	@exec $(PY) manage.py shell

check: venv ## Django's deployment check under production's settings
	@DATABASE_URL=postgres://stp@localhost/stp ALLOWED_HOSTS=stp.example.org HTTPS=on DEBUG=off ENV_FILE=/dev/null \
	  SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  $(PY) manage.py check --deploy --fail-level WARNING

lock: venv-dev ## requirements*.txt anew from pyproject.toml
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --extra dev -o requirements-dev.txt

clean: ## Remove .venv, caches and the tests' database; the portal's own data in var/ stays
	@place="$$(cat var/test/postgres.place 2>/dev/null)"; \
	case "$$place" in /var/lib/stp-portal/?*) rm -rf -- "$$place" ;; esac
	rm -rf -- "$(VENV)" var/test .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf -- {} +

venv:
	@$(PY) -c '' 2>/dev/null && cmp -s requirements.txt "$(VENV)/installed.txt" || { \
	  if [ -e "$(VENV)" ] && [ ! -e "$(VENV)/pyvenv.cfg" ]; then echo "$(VENV) is there and is no virtual environment." >&2; exit 1; fi; \
	  "$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; PYTHON= names one.")' \
	  && echo "Installing what the portal needs (about a minute, the first time only) …" \
	  && "$(PYTHON)" -m venv --clear "$(VENV)" \
	  && $(PIP) -r requirements.txt \
	  && cp requirements.txt "$(VENV)/installed.txt"; }

venv-dev: venv
	@cmp -s requirements-dev.txt "$(VENV)/installed-dev.txt" || { \
	  echo "Installing what the tests need …" \
	  && $(PIP) -r requirements-dev.txt \
	  && cp requirements-dev.txt "$(VENV)/installed-dev.txt"; }
