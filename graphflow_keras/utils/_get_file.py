"""Files from the net: download into a cache, check of the hash, unpacking that writes nowhere else."""

import hashlib
import os
import shutil
import stat
import tarfile
import tempfile
import urllib.error
import zipfile
from urllib.request import urlretrieve

from graphflow_keras.utils.generic_utils import Progbar

_MEMBERS = 1_000_000  # the most members of an archive
_BOMB = 1 << 30, 1000  # more bytes than this, at a higher compression than this, are no data set


def get_file(
    fname,
    origin,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
):
    """The path of a file, downloaded when it is not in the cache yet.

    A download is written beside its place and moved there when it is whole and its hash is right, so that a broken one leaves
    nothing behind, and a good file is never lost to it.

    Args:
        fname: the file's name in the cache, or an absolute path.
        origin: its URL.
        untar: unpack a `.tar.gz` and return the folder's path; `extract` is the newer way.
        md5_hash: `file_hash` with the algorithm md5.
        file_hash: the expected hash, in hexadecimal.
        cache_subdir: the folder inside the cache, or an absolute path.
        hash_algorithm: 'md5', 'sha256' or 'auto', which tells by the length.
        extract: unpack the archive into the folder.
        archive_format: 'tar', 'zip', a list of them, 'auto' for both, None for none.
        cache_dir: the cache; `~/.keras` when None.

    Raises:
        ValueError: a name that leads out of the cache, a wrong hash, or an archive that would write elsewhere.
        OSError: the download failed.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    if ".." in fname.replace("\\", "/").split("/"):
        raise ValueError(f"fname {fname!r} leads out of the cache folder: give a plain name, or an absolute path")
    folder = _cache_folder(cache_dir, cache_subdir)
    untarred = os.path.join(folder, fname)
    fpath = untarred + ".tar.gz" if untar else untarred
    os.makedirs(os.path.dirname(fpath), exist_ok=True)

    present = os.path.exists(fpath)
    if present and file_hash is not None and not validate_file(fpath, file_hash, algorithm=hash_algorithm):
        print(
            f"A local file was found, but it seems to be incomplete or outdated because the {hash_algorithm} file hash does "
            f"not match the original value of {file_hash} so we will re-download the data."
        )
        present = False
    if not present:
        print("Downloading data from", origin)
        _download(origin, fpath, file_hash, hash_algorithm)
    if untar:
        if not os.path.exists(untarred):
            _extract_archive(fpath, folder, archive_format="tar")
        return untarred
    if extract:
        _extract_archive(fpath, folder, archive_format)
    return fpath


def _cache_folder(cache_dir, cache_subdir):
    """The folder of the cache, in /tmp where the usual one cannot be written."""
    base = os.path.expanduser(cache_dir or os.path.join("~", ".keras"))
    try:
        os.makedirs(base, exist_ok=True)
    except OSError:
        pass
    if not os.access(base, os.W_OK):
        base = os.path.join(tempfile.gettempdir(), ".keras")
    folder = os.path.join(base, cache_subdir)
    os.makedirs(folder, exist_ok=True)
    return folder


def _download(origin, fpath, file_hash, hash_algorithm):
    bars = []

    def report(count, block_size, total_size):
        if not bars:
            bars.append(Progbar(None if total_size == -1 else total_size))
        else:
            bars[0].update(count * block_size if total_size == -1 else min(count * block_size, total_size))

    handle, partial = tempfile.mkstemp(prefix=os.path.basename(fpath) + ".", suffix=".part", dir=os.path.dirname(fpath))
    os.close(handle)
    try:
        try:
            urlretrieve(origin, partial, report)
        except urllib.error.HTTPError as err:
            raise OSError(
                f"URL fetch failure on {origin}: {err.code} -- {err.msg}. {_by_hand(fpath, file_hash)}"
            ) from err
        except urllib.error.URLError as err:
            raise OSError(
                f"URL fetch failure on {origin}: {err.errno} -- {err.reason}. {_by_hand(fpath, file_hash)}"
            ) from err
        if file_hash is not None and not validate_file(partial, file_hash, algorithm=hash_algorithm):
            raise ValueError(
                f"The file downloaded from {origin} has not the expected hash {file_hash}: it was cut off, or is another file. "
                "Nothing was kept."
            )
        os.chmod(partial, 0o644)
        os.replace(partial, fpath)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def _by_hand(fpath, file_hash):
    wanted = f" (hash {file_hash})" if file_hash else ""
    return f"Without a network, put the file{wanted} at {fpath} yourself"


# -- hashes -----------------------------------------------------------------------------------------------------------


def _hash_file(fpath, algorithm="sha256", chunk_size=65535):
    """The hash of a file in hexadecimal, 'sha256' or 'md5'."""
    hasher = hashlib.sha256() if algorithm in ("sha256", "auto") else hashlib.md5()
    with open(fpath, "rb") as f:
        while chunk := f.read(chunk_size):
            hasher.update(chunk)
    return hasher.hexdigest()


def validate_file(fpath, file_hash, algorithm="auto", chunk_size=65535):
    """Whether a file has a hash; 'auto' takes one of 64 digits for sha256, any other for md5."""
    sha256 = algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == 64)
    return _hash_file(fpath, "sha256" if sha256 else "md5", chunk_size) == str(file_hash).lower()


# -- archives ---------------------------------------------------------------------------------------------------------


def _extract_archive(file_path, path=".", archive_format="auto"):
    """Unpacks a tar or zip archive into the folder `path`; nothing is written there unless all of it is in order.

    Returns:
        whether the file was an archive of one of the formats.

    Raises:
        ValueError: a member that would be written elsewhere or is no file, folder or link inside, or a bomb.
    """
    if not archive_format:
        return False
    formats = ["tar", "zip"] if archive_format == "auto" else archive_format
    for kind in [formats] if isinstance(formats, str) else formats:
        if kind == "tar" and tarfile.is_tarfile(file_path):
            with tarfile.open(file_path) as archive:
                _check_tar(archive.getmembers(), file_path)
                _unpack(lambda into: archive.extractall(into, filter="data"), path)
            return True
        if kind == "zip" and zipfile.is_zipfile(file_path):
            with zipfile.ZipFile(file_path) as archive:
                _check_zip(archive.infolist(), file_path)
                _unpack(archive.extractall, path)
            return True
    return False


def _unpack(extract, path):
    """Unpacks beside the folder's contents, then moves everything in."""
    os.makedirs(path, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path, prefix=".unpacking-") as scratch:
        extract(scratch)
        for name in os.listdir(scratch):
            source, target = os.path.join(scratch, name), os.path.join(path, name)
            if os.path.isdir(source) and not os.path.islink(source) and os.path.isdir(target):
                shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            else:
                os.replace(source, target)


def _refused(file_path, name, why):
    return ValueError(f"The archive {file_path} is refused, nothing was unpacked: member {name!r} {why}")


def _inside(name, within=()):
    """The parts of a path inside the archive, or None when it leads out."""
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        return None
    parts = list(within)
    for part in name.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts)


def _check_tar(members, file_path):
    if len(members) > _MEMBERS:
        raise _refused(file_path, members[-1].name, f"is one of {len(members)}, more than {_MEMBERS}")
    _check_size(sum(m.size for m in members), file_path)
    links = set()
    for m in members:
        parts = _inside(m.name)
        if parts is None or ".." in m.name.split("/"):
            raise _refused(file_path, m.name, "would be written outside of the folder")
        if any(parts[:i] in links for i in range(1, len(parts) + 1)):
            raise _refused(file_path, m.name, "would be written through a link")
        if m.issym() or m.islnk():
            if _inside(m.linkname, parts[:-1] if m.issym() else ()) is None:
                raise _refused(file_path, m.name, f"links to {m.linkname!r}, outside of the folder")
            if m.issym():
                links.add(parts)
        elif not (m.isfile() or m.isdir()):
            raise _refused(file_path, m.name, "is neither a file nor a folder")


def _check_zip(members, file_path):
    if len(members) > _MEMBERS:
        raise _refused(file_path, members[-1].filename, f"is one of {len(members)}, more than {_MEMBERS}")
    _check_size(sum(m.file_size for m in members), file_path)
    seen = set()
    for m in members:
        parts = _inside(m.filename)
        if parts is None or ".." in m.filename.replace("\\", "/").split("/"):
            raise _refused(file_path, m.filename, "would be written outside of the folder")
        if stat.S_ISLNK(m.external_attr >> 16):
            raise _refused(file_path, m.filename, "is a link")
        if parts in seen and not m.is_dir():
            raise _refused(file_path, m.filename, "is there twice")
        seen.add(parts)


def _check_size(size, file_path):
    least, ratio = _BOMB
    packed = max(os.path.getsize(file_path), 1)
    if size > least and size / packed > ratio:
        raise ValueError(
            f"The archive {file_path} is refused: its {packed} bytes would become {size}, which looks like a bomb"
        )
