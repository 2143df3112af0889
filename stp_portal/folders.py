"""Files and folders that several processes share: locks, texts written once, permission bits. Starts nothing."""

import contextlib
import fcntl
import os
import stat
import sys
import time

from django.core.exceptions import ImproperlyConfigured

PATIENCE = 60  # seconds for another process to let go, and for a server's start, recovery or stop


def say(text):
    """Progress for a person, beside the output of whatever command runs."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def readable(folder):
    """Turn an operating system's refusal into one sentence that names the place."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise ImproperlyConfigured(
            f"The portal cannot use {place}: {error.strerror or error}. It writes into {folder}; "
            "VAR_DIR names another folder."
        ) from error


@contextlib.contextmanager
def locked(path, patience=PATIENCE):
    """Hold `path` exclusively, waiting at most `patience` seconds for another process."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise ImproperlyConfigured(
                        f"Another process has held {path} for over {patience} seconds: end it and try again."
                    ) from None
                time.sleep(0.02)
        yield handle
    finally:
        os.close(handle)


def once(path, make):
    """The text kept in `path`, written from `make()` by whichever process comes first; mode 0600."""
    with locked(path) as handle:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            os.fchmod(handle, 0o600)
        text = os.read(handle, 4096).decode()
        # The newline tells a whole text from one that a crash cut short.
        if not text.endswith("\n"):
            text = make() + "\n"
            os.lseek(handle, 0, os.SEEK_SET)
            os.ftruncate(handle, 0)
            os.write(handle, text.encode())
            os.fsync(handle)
        return text.strip()


def passable(path, uid, gid):
    """True when that user may enter `path` and every folder above it, by the permission bits."""
    for folder in (path, *path.parents):
        try:
            found = folder.stat()
        except OSError:
            return False
        bit = stat.S_IXOTH
        if found.st_uid == uid:
            bit = stat.S_IXUSR
        elif found.st_gid == gid:
            bit = stat.S_IXGRP
        if not found.st_mode & bit:
            return False
    return True
