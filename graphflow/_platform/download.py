"""Files that a data set needs: found in a folder, or downloaded into it whole or not at all."""

from __future__ import annotations

import os
import urllib.error
import urllib.request


def maybe_download(filename, work_directory, source_url):
    """The path of `filename` in a folder, downloaded from `source_url` where it is not there yet.

    Raises:
        OSError: it is not there and cannot be downloaded.
    """
    path = os.path.join(work_directory, filename)
    if os.path.exists(path):
        return path
    os.makedirs(work_directory or ".", exist_ok=True)
    part = f"{path}.{os.getpid()}.part"
    try:
        with urllib.request.urlopen(source_url, timeout=30) as reply, open(part, "wb") as file:
            while chunk := reply.read(1 << 20):
                file.write(chunk)
        os.replace(part, path)
    except (OSError, ValueError) as err:
        raise OSError(
            f"{filename} is not in {os.path.abspath(work_directory or '.')} and could not be downloaded from {source_url} ({err}): "
            "get it from a machine that has a network, and put it into that folder"
        ) from None
    finally:
        if os.path.exists(part):
            os.remove(part)
    print("Successfully downloaded", filename, os.path.getsize(path), "bytes.")
    return path
