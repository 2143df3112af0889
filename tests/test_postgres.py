"""The embedded server, in drills on throwaway folders."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from stp_portal import embedded, postgres
from stp_portal.embedded import ELSEWHERE, Server
from tests.drills import HOLDER, Holder, run, server_pid, stop_server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")


@pytest.fixture
def base():
    """An empty folder that every user may enter; pytest's own is closed, which root's server cannot pass."""
    folder = Path(tempfile.mkdtemp(prefix="stp-drill-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for place in folder.rglob("postgres"):
        stop_server(place.parent)
    shutil.rmtree(folder)


@pytest.fixture
def var(base):
    return base / "var"


def crashed(var):
    """A folder as a power cut leaves it: holder and server gone without a goodbye."""
    holder = Holder(var).up()
    server = Server(var)
    os.kill(server.pid(), signal.SIGKILL)
    holder.end(by=signal.SIGKILL)
    return server


def test_the_server_starts_with_the_first_process_and_ends_with_the_last(var):
    first = Holder(var).up()
    started = server_pid(var)
    second = Holder(var).up()
    assert server_pid(var) == started

    assert first.end() == (0, "Making the database cluster …\n")
    assert server_pid(var) == started
    assert second.end() == (0, "")
    assert server_pid(var) is None


def test_five_starts_at_once_share_one_server(var):
    holders = [Holder(var) for _ in range(5)]
    for holder in holders:
        holder.up()
    log = (var / "postgres" / "server.log").read_text()
    assert log.count("ready to accept connections") == 1
    for holder in holders:
        assert holder.end()[0] == 0
    assert server_pid(var) is None


def test_two_clones_have_nothing_in_common(base):
    one, other = Holder(base / "one").up(), Holder(base / "other").up()
    kept = server_pid(base / "other")
    assert kept != server_pid(base / "one")
    one.end()
    assert server_pid(base / "other") == kept
    other.end()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_a_command_ends_its_server(var, by):
    code = HOLDER.replace("import sys\n", "import sys, signal\n").replace(
        "postgres.hold()", "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)); postgres.hold()"
    )
    Holder(var, code).up().end(by=by)
    assert server_pid(var) is None


def test_a_signal_in_the_middle_of_the_start_leaves_no_server(var):
    code = HOLDER.replace("postgres.hold()", "embedded.Server._wait = stop; postgres.hold()").replace(
        "import sys\n",
        "import sys\nfrom stp_portal import embedded\n"
        "def stop(self):\n    self.__class__._until(self.pid)\n    raise KeyboardInterrupt\n",
    )
    status, errors = Holder(var, code).end()
    assert "KeyboardInterrupt" in errors
    assert status != 0
    assert server_pid(var) is None


def test_a_forked_child_that_ends_leaves_the_server_alone(var):
    code = HOLDER.replace("sys.stdin.read()", "import os; os.fork() or sys.exit(); os.wait(); sys.stdin.read()")
    holder = Holder(var, code).up()
    with pytest.raises(subprocess.TimeoutExpired):
        holder.process.wait(0.5)
    assert server_pid(var)
    holder.end()
    assert server_pid(var) is None


def test_a_forked_child_that_outlives_its_killed_parent_ends_the_server(var):
    forks = "import os; os.fork() or print('forked', flush=True); sys.stdin.read()"
    holder = Holder(var, HOLDER.replace("sys.stdin.read()", forks)).up()
    assert holder.process.stdout.readline() == "forked\n"
    holder.process.kill()
    holder.process.wait()
    assert server_pid(var)
    holder.process.communicate(timeout=60)
    assert server_pid(var) is None


@pytest.mark.parametrize("name", ['a "space" $HOME باغ', "it's, a \\ b", "long" * 50])
def test_any_path_will_do(base, name):
    var = base / name / "var"
    holder = Holder(var).up()
    moved = Server(var).socket != Server(var).data
    assert moved == ("," in name or "long" in name)
    if moved:
        assert stat.S_IMODE(Server(var).socket.stat().st_mode) == 0o700
    holder.end()
    assert not moved or not Server(var).socket.exists()


@pytest.mark.parametrize("mode", [0o777, pytest.param(0o700, marks=as_root)])
def test_a_socket_folder_of_others_or_open_to_them_is_refused(base, mode):
    var = base / ("long" * 30)
    folder = Server(var).socket
    folder.mkdir()
    folder.chmod(mode)
    if mode == 0o777:
        os.chown(folder, Server(var).uid, -1)
    try:
        status, errors = Holder(var).end()
    finally:
        folder.rmdir()
    assert status != 0
    assert f"{folder} is there already and is not a private folder of this portal" in errors
    assert server_pid(var) is None


def test_another_ports_variable_does_not_lead_astray(var):
    holder = Holder(var, PGPORT="6000", PGHOST="localhost", PGDATABASE="other", PGUSER="nobody").up()
    assert holder.end()[0] == 0


def test_a_crash_is_recovered_from(var):
    crashed(var)
    assert (var / "postgres" / "data" / "postmaster.pid").exists()
    holder = Holder(var).up()
    assert holder.end()[0] == 0


def test_a_pid_file_that_names_a_stranger_starts_a_server_and_the_stranger_lives(var):
    server = crashed(var)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lines = (server.data / "postmaster.pid").read_text().split("\n")
        (server.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        for lock in (server.data / ".s.PGSQL.5432.lock",):
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        Holder(var).up().end()
        assert stranger.poll() is None
        assert server_pid(var) is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "12", "nonsense\n", "999999999999999999\n/x\n"])
def test_a_half_written_pid_file_does_not_stop_a_start(var, text):
    server = crashed(var)
    (server.data / "postmaster.pid").write_text(text)
    assert Holder(var).up().end()[0] == 0


def test_a_holder_killed_alone_leaves_the_server_to_the_next(var):
    Holder(var).up().end(by=signal.SIGKILL)
    left = server_pid(var)
    assert left
    holder = Holder(var).up()
    assert server_pid(var) == left
    holder.end()
    assert server_pid(var) is None


def test_a_first_start_that_was_cut_short_is_begun_again(var):
    unfinished = var / "postgres" / "data.123"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    Holder(var).up().end()
    assert not unfinished.exists()


def test_a_cluster_of_another_version_is_refused_in_one_sentence(var):
    Holder(var).up().end()
    (var / "postgres" / "data" / "PG_VERSION").write_text("16\n")
    done = run(var, "manage.py", "showmigrations")
    assert done.returncode == 1
    assert "was made by PostgreSQL 16 and this portal brings PostgreSQL 18" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_does_not_start_says_why(var):
    Holder(var).up().end()
    with (var / "postgres" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("\nno_such_setting = 1\n")
    done = run(var, "manage.py", "showmigrations")
    assert done.returncode == 1
    assert "The embedded PostgreSQL did not start: " in done.stderr
    assert "FATAL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_var_dir_that_is_a_file_is_refused_in_one_sentence(base):
    (base / "file").write_text("")
    done = run(base / "file", "manage.py", "showmigrations")
    assert done.returncode == 1
    assert done.stderr.startswith(f"The portal cannot use {base / 'file'}")
    assert done.stderr.count("\n") == 1


def test_no_folder_that_was_there_changes_its_permissions(base):
    there = base / "mine" / "var"
    there.mkdir(parents=True)
    for folder, mode in ((base, 0o711), (base / "mine", 0o751), (there, 0o775)):
        folder.chmod(mode)
    package = Path(embedded.find_spec(embedded.PACKAGE).origin).parent
    watched = [there, *there.parents, package, *package.parents, Path(tempfile.gettempdir())]

    def seen():
        return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched}

    before = seen()
    Holder(there).up().end()
    assert seen() == before


@as_root
def test_root_under_a_closed_folder_keeps_its_cluster_elsewhere_and_says_where(base):
    base.chmod(0o700)
    var = base / "var"
    holder = Holder(var).up()
    place = Server(var).place
    try:
        assert place.parent == ELSEWHERE
        assert stat.S_IMODE((place / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE(base.stat().st_mode) == 0o700
        assert not (var / "postgres").exists()
        _, errors = holder.end()
        assert f"PostgreSQL keeps its data in {place}" in errors
        assert Server(var).pid() is None
        # Opened later, the folder still finds its own data.
        base.chmod(0o755)
        assert Server(var).place == place
    finally:
        holder.process.kill()
        stop_server(var)
        shutil.rmtree(place)
        with contextlib.suppress(OSError):
            ELSEWHERE.rmdir()


@as_root
def test_roots_server_runs_as_the_owner_of_its_folder(var):
    var.mkdir()
    os.chown(var, 65_533, 65_533)
    assert Server(var).uid == pwd.getpwnam("nobody").pw_uid  # 65533 has no name, which initdb needs
    daemon = pwd.getpwnam("daemon")
    os.chown(var, daemon.pw_uid, daemon.pw_gid)
    holder = Holder(var).up()
    assert os.stat(f"/proc/{server_pid(var)}").st_uid == daemon.pw_uid
    holder.end()


@as_root
def test_binaries_that_the_servers_user_cannot_reach_are_copied(base, monkeypatch):
    package = base / "closed" / embedded.PACKAGE
    shutil.copytree(Path(embedded.find_spec(embedded.PACKAGE).origin).parent, package, symlinks=True)
    shutil.copytree(
        Path(embedded.find_spec(embedded.PACKAGE).origin).parent.parent / f"{embedded.PACKAGE}.libs",
        package.parent / f"{embedded.PACKAGE}.libs",
    )
    package.parent.chmod(0o700)
    monkeypatch.setattr(embedded, "ELSEWHERE", base / "elsewhere")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, embedded.PACKAGE, raising=False)
    server = Server(base / "var")
    engine = server._engine()
    assert engine.is_relative_to(base / "elsewhere")
    version = [engine / "postgres", "--version"]
    shown = subprocess.run(version, capture_output=True, text=True, check=True, **server._as_user())
    assert "(PostgreSQL) 18" in shown.stdout
    assert server._engine() == engine
    assert stat.S_IMODE(package.parent.stat().st_mode) == 0o700


def test_the_secret_is_private_and_the_same_for_all_who_start_at_once(var):
    # Slow enough that all four find no secret when they look.
    code = (
        "import secrets, time; make = secrets.token_urlsafe\n"
        "secrets.token_urlsafe = lambda size: time.sleep(0.5) or make(size)\n"
        "from stp_portal import postgres; print(postgres.generated_secret())"
    )
    found = []
    threads = [threading.Thread(target=lambda: found.append(run(var, code=code).stdout)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(found[0].strip()) >= 50
    assert stat.S_IMODE((var / "secret_key").stat().st_mode) == 0o600


def test_a_secret_that_others_can_read_or_that_was_cut_short_is_mended(var, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(var))
    first = postgres.generated_secret()
    (var / "secret_key").chmod(0o644)
    assert postgres.generated_secret() == first
    assert stat.S_IMODE((var / "secret_key").stat().st_mode) == 0o600
    (var / "secret_key").write_text(first[:10])
    second = postgres.generated_secret()
    assert len(second) >= 50
    assert postgres.generated_secret() == second
