"""Files from the net, and batches made by workers."""

import hashlib
import io
import os
import pathlib
import tarfile
import zipfile

import numpy as np
import pytest

from graphflow_keras.utils import data_utils
from graphflow_keras.utils.data_utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence, get_file, validate_file


class Squares(Sequence):
    """Five batches; counts epochs."""

    ended = 0

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return np.full(2, i + 10 * self.ended), os.getpid()

    def on_epoch_end(self):
        self.ended += 1


def taken(enqueuer, count, **options):
    enqueuer.start(**options)
    batches = enqueuer.get()
    try:
        return [next(batches) for _ in range(count)]
    finally:
        enqueuer.stop()
        assert not enqueuer.is_running()


@pytest.mark.parametrize("processes", [False, True])
def test_a_sequence_comes_in_order_epoch_after_epoch(processes):
    found = taken(OrderedEnqueuer(Squares(), use_multiprocessing=processes), 12, workers=3, max_queue_size=4)
    assert [int(x[0]) for x, _ in found] == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21]
    assert (os.getpid() in {pid for _, pid in found}) != processes


def test_a_shuffled_sequence_gives_all_batches_each_epoch():
    found = [int(x[0]) for x, _ in taken(OrderedEnqueuer(Squares(), shuffle=True), 10, workers=2)]
    assert sorted(found[:5]) == [0, 1, 2, 3, 4] and sorted(found[5:]) == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("processes", [False, True])
def test_a_generator(processes):
    found = taken(GeneratorEnqueuer(iter(range(100)), use_multiprocessing=processes), 7, workers=1)
    assert found == list(range(7))


def test_a_generator_that_ends():
    enqueuer = GeneratorEnqueuer(iter(range(5)))
    enqueuer.start(workers=1)
    assert sorted(enqueuer.get()) == [0, 1, 2, 3, 4]


def test_an_error_in_a_worker_comes_out():
    class Broken(Squares):
        def __getitem__(self, i):
            raise ZeroDivisionError(f"batch {i}")

    for processes in (False, True):
        with pytest.raises(ZeroDivisionError, match="batch 0"):
            taken(OrderedEnqueuer(Broken(), use_multiprocessing=processes), 1)

    def fails():
        yield 1
        raise KeyError("second")

    with pytest.raises(KeyError, match="second"):
        taken(GeneratorEnqueuer(fails()), 2)


def test_what_cannot_be_sent_to_processes(monkeypatch):
    context = data_utils.OrderedEnqueuer.__module__
    monkeypatch.setattr(f"{context}._context", lambda: __import__("multiprocessing").get_context("spawn"))
    enqueuer = GeneratorEnqueuer((x for x in [1]), use_multiprocessing=True)
    with pytest.raises(ValueError, match="cannot be pickled"):
        enqueuer.start()


def test_the_old_argument_of_generators():
    with pytest.warns(DeprecationWarning, match="wait_time"):
        GeneratorEnqueuer(iter([]), wait_time=0.1)


# -- files ----------------------------------------------------------------------------------------------------------------


def served(tmp_path, content=b"some data", name="origin.bin"):
    """(URL, sha256) of a file."""
    path = tmp_path / name
    path.write_bytes(content)
    return path.as_uri(), hashlib.sha256(content).hexdigest()


def test_a_file_is_fetched_once(tmp_path, capsys):
    url, sha256 = served(tmp_path)
    path = get_file("a.bin", url, file_hash=sha256, cache_dir=str(tmp_path / "cache"))
    assert path == str(tmp_path / "cache" / "datasets" / "a.bin") and pathlib.Path(path).read_bytes() == b"some data"
    assert capsys.readouterr().out.startswith("Downloading data from file://")
    os.remove(tmp_path / "origin.bin")
    assert get_file("a.bin", url, file_hash=sha256, cache_dir=str(tmp_path / "cache")) == path
    assert validate_file(path, hashlib.md5(b"some data").hexdigest())
    assert validate_file(path, sha256) and not validate_file(path, sha256[::-1])


def test_a_wrong_hash_keeps_nothing_and_loses_nothing(tmp_path, capsys):
    url, sha256 = served(tmp_path)
    with pytest.raises(ValueError, match="has not the expected hash"):
        get_file("a.bin", url, file_hash="0" * 64, cache_dir=str(tmp_path / "cache"))
    assert os.listdir(tmp_path / "cache" / "datasets") == []
    path = get_file("a.bin", url, cache_dir=str(tmp_path / "cache"))
    (tmp_path / "origin.bin").write_bytes(b"other data")
    with pytest.raises(ValueError, match="has not the expected hash"):
        get_file("a.bin", url, md5_hash="1" * 32, cache_dir=str(tmp_path / "cache"))
    assert "re-download" in capsys.readouterr().out
    assert pathlib.Path(path).read_bytes() == b"some data"


def test_a_download_that_fails(tmp_path):
    with pytest.raises(OSError, match="URL fetch failure on file:.*put the file .hash abc. at"):
        get_file("a.bin", (tmp_path / "nothing").as_uri(), file_hash="abc", cache_dir=str(tmp_path / "cache"))
    assert os.listdir(tmp_path / "cache" / "datasets") == []


def test_names_that_lead_out_of_the_cache(tmp_path):
    url, _ = served(tmp_path)
    for name in ("../a.bin", "x/../../a.bin", "..\\a.bin"):
        with pytest.raises(ValueError, match="leads out of the cache"):
            get_file(name, url, cache_dir=str(tmp_path / "cache"))
    assert get_file(str(tmp_path / "b.bin"), url) == str(tmp_path / "b.bin")


def tar_of(*members, mode="w:gz"):
    """The bytes of a tar; a member is a TarInfo or (name, content)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def zip_of(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_archives_are_unpacked(tmp_path):
    members = ("folder/a.txt", b"a"), ("folder/b.txt", b"b")
    cache = str(tmp_path / "cache")
    url, _ = served(tmp_path, tar_of(*members))
    path = get_file("folder", url, untar=True, cache_dir=cache)
    assert pathlib.Path(path, "a.txt").read_bytes() == b"a"
    assert get_file("folder", url, untar=True, cache_dir=cache) == path
    url, _ = served(tmp_path, zip_of(("folder/c.txt", b"c")), "z.zip")
    get_file("z.zip", url, extract=True, cache_dir=cache)
    assert sorted(os.listdir(path)) == ["a.txt", "b.txt", "c.txt"]  # joined with what was there
    assert not data_utils._extract_archive(os.path.join(path, "a.txt"), str(tmp_path))
    assert not data_utils._extract_archive(os.path.join(path, "a.txt"), str(tmp_path), archive_format=None)


BAD_ARCHIVES = {
    "parent": (tar_of(("ok", b"1"), ("../evil", b"2")), "outside"),
    "inner_parent": (tar_of(("a/../../evil", b"2")), "outside"),
    "absolute": (tar_of(("/tmp/evil", b"2")), "outside"),
    "symlink_out": (tar_of(link("s", "/etc")), "links to '/etc'"),
    "symlink_up": (tar_of(link("a/s", "../../evil")), "links to"),
    "through_symlink": (tar_of(link("s", "."), ("s/evil", b"2")), "through a link"),
    "hard_link": (tar_of(link("h", "../evil", tarfile.LNKTYPE)), "links to"),
    "device": (tar_of(link("d", "", tarfile.CHRTYPE)), "neither a file nor a folder"),
    "zip_parent": (zip_of(("../evil", "2")), "outside"),
    "zip_absolute": (zip_of(("/evil", "2")), "outside"),
    "zip_backslash": (zip_of(("..\\evil", "2")), "outside"),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_archives_that_would_write_elsewhere(tmp_path, name):
    content, message = BAD_ARCHIVES[name]
    url, _ = served(tmp_path, content)
    with pytest.raises(ValueError, match=f"is refused, nothing was unpacked: .*{message}"):
        get_file("archive", url, extract=True, cache_dir=str(tmp_path / "in" / "cache"))
    assert os.listdir(tmp_path / "in" / "cache" / "datasets") == ["archive"]
    assert sorted(os.listdir(tmp_path)) == ["in", "origin.bin"] and os.listdir(tmp_path / "in") == ["cache"]


def test_a_zip_with_a_link_and_one_with_a_name_twice(tmp_path):
    info = zipfile.ZipInfo("s")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc")
    (tmp_path / "link.zip").write_bytes(out.getvalue())
    with pytest.raises(ValueError, match="is a link"):
        data_utils._extract_archive(str(tmp_path / "link.zip"), str(tmp_path / "x"))
    with pytest.warns(UserWarning, match="Duplicate name"):
        (tmp_path / "twice.zip").write_bytes(zip_of(("a", "1"), ("a", "2")))
    with pytest.raises(ValueError, match="is there twice"):
        data_utils._extract_archive(str(tmp_path / "twice.zip"), str(tmp_path / "x"))


def test_a_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("graphflow_keras.utils._get_file._BOMB", (10_000, 100))
    (tmp_path / "bomb.zip").write_bytes(zip_of(("zeros", b"\0" * 1_000_000)))
    with pytest.raises(ValueError, match="looks like a bomb"):
        data_utils._extract_archive(str(tmp_path / "bomb.zip"), str(tmp_path / "x"))
