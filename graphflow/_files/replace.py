"""Files that appear whole or not at all: written beside their place, then renamed.

A process that is killed leaves its unfinished files behind. Their names tell who wrote them, so the next one to write there
can take away those of processes that are gone.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import socket

_COUNT = itertools.count()
_MARK = ".tempstate-"
_UNFINISHED = re.compile(re.escape(_MARK) + r"(?P<host>[\w-]*)-(?P<pid>\d+)-\d+$")


def _host():
    return re.sub(r"\W", "_", socket.gethostname())


def temporary(path):
    """A name beside `path` that only this process uses."""
    return f"{path}{_MARK}{_host()}-{os.getpid()}-{next(_COUNT)}"


def sync(file):
    """Waits until what was written to an open file is on the disk; file systems that know no such thing are passed over."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def sync_folder(path):
    """Makes the renames in the folder of `path` last."""
    with contextlib.suppress(OSError):
        handle = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def writing(path):
    """A new binary file that takes the place of `path` when the block ends well, and is taken away when it does not."""
    beside = temporary(path)
    try:
        with open(beside, "wb") as file:
            yield file
            sync(file)
        os.replace(beside, path)
    except BaseException:
        remove(beside)
        raise


def write(path, data):
    """Puts `data` into the file `path`, all of it or nothing."""
    with writing(path) as file:
        file.write(data)


def remove(path):
    """Takes a file away if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def clean(folder):
    """Takes away what processes of this machine left unfinished in a folder and cannot finish any more."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder or "."):
            found = _UNFINISHED.search(name)
            if found and found["host"] == _host() and not _is_alive(int(found["pid"])):
                with contextlib.suppress(OSError):
                    os.remove(os.path.join(folder, name))


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
