"""Data sets, read from small files of the true formats; without a network the error tells what to do."""

import gzip
import io
import os
import pickle
import tarfile
import urllib.error
import zipfile

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras.datasets import _files, cifar
from graphflow_keras.utils import _get_file, data_utils


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of the data sets, in a home of the test's own; hashes of files are not those published."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for module in ("mnist", "fashion_mnist", "imdb", "reuters", "boston_housing", "cifar10", "cifar100", "_words"):
        monkeypatch.setattr(f"graphflow_keras.datasets.{module}.get_file", _unhashed)
    folder = tmp_path / ".keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


def _unhashed(fname, origin, file_hash=None, **options):
    return data_utils.get_file(fname, origin, **options)


def _objects(*lists):
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def _idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.tobytes())


def test_mnist(cache):
    arrays = {"x_train": np.arange(2 * 784, dtype="uint8").reshape(2, 28, 28), "y_train": np.uint8([3, 4])}
    arrays |= {"x_test": np.ones((1, 28, 28), "uint8"), "y_test": np.uint8([9])}
    np.savez(cache / "mnist.npz", **arrays)
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    np.testing.assert_array_equal(x_train, arrays["x_train"])
    assert y_train.tolist() == [3, 4] and x_test.shape == (1, 28, 28) and y_test.tolist() == [9]


def test_fashion_mnist(cache):
    folder = cache / "fashion-mnist"
    folder.mkdir()
    images = np.arange(3 * 784, dtype="uint8").reshape(3, 28, 28)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(_idx(images))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(_idx(np.uint8([1, 2, 3])))
    (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    np.testing.assert_array_equal(x_train, images)
    np.testing.assert_array_equal(x_test, images)
    assert y_train.tolist() == y_test.tolist() == [1, 2, 3]
    x_train += 1  # the caller's own


def _python2_pickle(batch):
    """A pickle as Python 2 wrote it: text is bytes, arrays by numpy.core."""
    return pickle.dumps(batch, protocol=2).replace(b"numpy._core", b"numpy.core")


def _tar(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_cifar10(cache):
    def batch(seed, n=2):
        data = np.random.RandomState(seed).randint(0, 256, (n, 3072)).astype("uint8")
        return {b"data": data, b"labels": [seed, 9], b"batch_label": b"b", b"filenames": [b"a.png", b"b.png"]}

    names = {**{f"data_batch_{i}": batch(i) for i in range(1, 6)}, "test_batch": batch(0)}
    _tar(
        cache / "cifar-10-batches-py.tar.gz",
        {f"cifar-10-batches-py/{name}": _python2_pickle(content) for name, content in names.items()},
    )
    (x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
    assert x_train.shape == (10, 32, 32, 3) and x_train.dtype == np.uint8
    assert y_train.shape == (10, 1) and y_train.ravel().tolist() == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]
    np.testing.assert_array_equal(x_test[1, :, :, 2].ravel(), names["test_batch"][b"data"][1, 2048:])
    assert y_test.tolist() == [[0], [9]]


@pytest.mark.parametrize("mode, labels", [("fine", [7, 8]), ("coarse", [1, 2])])
def test_cifar100_channels_first(cache, mode, labels):
    data = np.arange(2 * 3072, dtype="uint8").reshape(2, 3072)
    batch = _python2_pickle({b"data": data, b"fine_labels": [7, 8], b"coarse_labels": [1, 2]})
    _tar(cache / "cifar-100-python.tar.gz", {f"cifar-100-python/{name}": batch for name in ("train", "test")})
    keras.backend.set_image_data_format("channels_first")
    try:
        (x_train, y_train), (x_test, _) = keras.datasets.cifar100.load_data(mode)
    finally:
        keras.backend.set_image_data_format("channels_last")
    np.testing.assert_array_equal(x_train, data.reshape(2, 3, 32, 32))
    assert y_train.ravel().tolist() == labels and x_test.shape == (2, 3, 32, 32)


def test_cifar100_knows_two_modes():
    with pytest.raises(ValueError, match="medium"):
        keras.datasets.cifar100.load_data("medium")


def _imdb(cache):
    reviews = [[i, i + 1, 20] for i in range(1, 6)] + [[1, 2]]
    arrays = {"x_train": _objects(*reviews), "y_train": np.arange(6), "x_test": _objects([30], [1, 2, 3, 4])}
    np.savez(cache / "imdb.npz", **arrays, y_test=np.array([0, 1]))


def test_imdb(cache):
    _imdb(cache)
    (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data()
    assert x_train.dtype == object and len(x_train) == 6 and len(x_test) == 2
    order = np.arange(6)
    np.random.seed(113)
    np.random.shuffle(order)
    assert y_train.tolist() == order.tolist()
    longest = x_train[list(order).index(0)]
    assert longest == [1, 4, 5, 23]  # the start, then each rank + 3
    assert sorted(map(len, x_test)) == [2, 5] and sorted(y_test) == [0, 1]
    assert sorted(x_test, key=len)[0] == [1, 2]  # the rarest word, 33, is left out


def test_imdb_selects_words(cache):
    _imdb(cache)
    (x_train, _), (x_test, _) = keras.datasets.imdb.load_data(num_words=8, skip_top=5, start_char=None, maxlen=4)
    assert sorted(x_train.tolist() + x_test.tolist()) == sorted(
        [[2, 5, 2], [5, 6, 2], [6, 7, 2], [7, 2, 2], [2, 2, 2], [2, 5], [2]]
    )
    (x_train, _), _ = keras.datasets.imdb.load_data(num_words=8, oov_char=None, start_char=None, index_from=0)
    assert sorted(x_train.tolist()) == [[1, 2], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]]
    with pytest.raises(ValueError, match="maxlen=1"):
        keras.datasets.imdb.load_data(maxlen=1)
    with pytest.raises(TypeError, match="words"):
        keras.datasets.imdb.load_data(words=3)
    with pytest.warns(UserWarning, match="nb_words"):
        keras.datasets.imdb.load_data(nb_words=8)


def test_reuters(cache):
    np.savez(cache / "reuters.npz", x=_objects(*[[i, 50] for i in range(1, 11)]), y=np.arange(1, 11))
    (x_train, y_train), (x_test, y_test) = keras.datasets.reuters.load_data(test_split=0.3)
    assert len(x_train) == len(y_train) == 7 and len(x_test) == len(y_test) == 3
    assert all(x == [1, y + 3, 2] for x, y in zip(x_train, y_train))


def test_word_indices(cache):
    (cache / "imdb_word_index.json").write_text('{"the": 1, "café": 2}', encoding="utf-8")
    assert keras.datasets.imdb.get_word_index() == {"the": 1, "café": 2}
    (cache / "reuters_word_index.json").write_text('{"oil": 5}')
    assert keras.datasets.reuters.get_word_index() == {"oil": 5}


def test_boston_housing(cache):
    np.savez(cache / "boston_housing.npz", x=np.arange(130.0).reshape(10, 13), y=np.arange(10.0))
    (x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data(test_split=0.2)
    assert x_train.shape == (8, 13) and x_test.shape == (2, 13)
    np.testing.assert_array_equal(x_train[:, 0], y_train * 13)
    assert sorted([*y_train, *y_test]) == list(range(10))
    with pytest.raises(ValueError, match="test_split"):
        keras.datasets.boston_housing.load_data(test_split=1.0)


def test_digits_need_no_file():
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    assert x_train.shape == (1437, 8, 8) and x_test.shape == (360, 8, 8)
    assert x_train.dtype == y_train.dtype == np.uint8 and x_train.max() == 255 and x_train.min() == 0
    assert set(y_train) == set(y_test) == set(range(10))
    (again, _), _ = keras.datasets.digits.load_data()
    np.testing.assert_array_equal(again, x_train)


# -- without a network


ALL = {
    "mnist": ("mnist.npz", "8a61469f7ea1b51cbae51d4f78837e45"),
    "fashion_mnist": ("fashion-mnist/train-images-idx3-ubyte.gz", ""),
    "imdb": ("imdb.npz", "599dadb1135973df5b59232a0e9a887c"),
    "reuters": ("reuters.npz", "87aedbeb0cb229e378797a632c1997b6"),
    "boston_housing": ("boston_housing.npz", "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"),
    "cifar10": ("cifar-10-batches-py.tar.gz", ""),
    "cifar100": ("cifar-100-python.tar.gz", ""),
}


@pytest.mark.parametrize("name", ALL)
def test_offline_error_names_file_hash_and_folder(name, tmp_path, monkeypatch):
    def unreachable(url, *rest):
        assert url.startswith(("http://", "https://")) and os.path.basename(ALL[name][0])[:5] in url
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(_get_file, "urlretrieve", unreachable)
    with pytest.raises(OSError) as caught:
        getattr(keras.datasets, name).load_data()
    file, file_hash = ALL[name]
    assert str(tmp_path / ".keras" / "datasets" / file) in str(caught.value)
    assert file_hash in str(caught.value) and "http" in str(caught.value)


def test_a_file_of_another_hash_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(_get_file, "urlretrieve", lambda url, path, report: open(path, "wb").close())
    folder = tmp_path / ".keras" / "datasets"
    folder.mkdir(parents=True)
    (folder / "mnist.npz").write_bytes(b"something else")
    with pytest.raises(ValueError, match="8a61469f7ea1b51cbae51d4f78837e45"):
        keras.datasets.mnist.load_data()


# -- files that are not what they should be


class _Evil:
    def __reduce__(self):
        return os.system, ("echo run > evil",)


def test_code_in_a_pickle_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch").write_bytes(pickle.dumps({b"data": _Evil(), b"labels": []}, protocol=2))
    with pytest.raises(ValueError, match="system"):
        cifar.load_batch(str(tmp_path / "batch"))
    np.savez(tmp_path / "a.npz", x=_objects(_Evil()))
    with pytest.raises(ValueError, match="system"):
        _files.read_npz(tmp_path / "a.npz", ["x"])
    assert not (tmp_path / "evil").exists()


BAD_BATCHES = {
    "empty": b"",
    "cut off": _python2_pickle({b"data": np.zeros((2, 3072), "uint8"), b"labels": [1, 2]})[:-50],
    "no dict": pickle.dumps([1, 2], protocol=2),
    "no labels": _python2_pickle({b"data": np.zeros((2, 3072), "uint8")}),
    "other shape": _python2_pickle({b"data": np.zeros((2, 30), "uint8"), b"labels": [1, 2]}),
    "other count": _python2_pickle({b"data": np.zeros((2, 3072), "uint8"), b"labels": [1]}),
    "shape bomb": _python2_pickle({b"data": np.zeros((2, 3072), "uint8"), b"labels": [1, 2]}).replace(
        b"M\x00\x0c", b"J\xff\xff\xff\x7f", 1
    ),
}


@pytest.mark.parametrize("content", BAD_BATCHES.values(), ids=BAD_BATCHES)
def test_bad_batches(content, tmp_path):
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(ValueError, match="batch"):
        cifar.load_batch(str(tmp_path / "batch"))


def _npz(**entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def _npy(array, **header):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {**np.lib.format.header_data_from_array_1_0(array), **header})
    return file.getvalue() + array.tobytes()


BAD_ARCHIVES = {
    "empty": b"",
    "web page": b"<html>404</html>",
    "no such array": _npz(other=_npy(np.arange(3))),
    "no array": _npz(x=b"text"),
    "cut off": _npz(x=_npy(np.arange(300)))[:-200],
    "shape bomb": _npz(x=_npy(np.arange(3), shape=(2**40, 2**20))),
    "wrong checksum": _npz(x=_npy(np.arange(300))).replace(b"x.npy", b"x.npy", 1)[:60] + b"\x00\x00" * 40,
    "objects that are none": _npz(x=_npy(np.arange(3), descr="|O")),
}


@pytest.mark.parametrize("content", BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
def test_bad_archives(content, tmp_path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz"):
        _files.read_npz(tmp_path / "a.npz", ["x"])


def test_a_bomb_is_not_unpacked(tmp_path):
    (tmp_path / "a.npz").write_bytes(_npz(x=_npy(np.zeros(1 << 24, "float64"))))  # 128 MB of zeros
    with pytest.raises(ValueError, match="claims 134217"):
        _files.read_npz(tmp_path / "a.npz", ["x"])


BAD_IDX = {
    "no gzip": b"text",
    "floats": gzip.compress(bytes([0, 0, 13, 1, 0, 0, 0, 1, 0])),
    "too short": gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 5, 1, 2])),
    "too long": gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 1, 1, 2])),
    "shape bomb": gzip.compress(bytes([0, 0, 8, 3]) + b"\xff" * 12),
    "no shape": gzip.compress(bytes([0, 0, 8, 3, 0])),
    "cut off": _idx(np.zeros((5, 5), "uint8"))[:-9],
}


@pytest.mark.parametrize("content", BAD_IDX.values(), ids=BAD_IDX)
def test_bad_idx_files(content, tmp_path):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.gz"):
        _files.read_idx(tmp_path / "a.gz")


def test_arrays_in_pickles(tmp_path):
    arrays = {
        "bytes": np.arange(6, dtype="uint8").reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(3, dtype=">i4"),
        "lists": _objects([1, 2], [3]),
    }
    for protocol in (0, 2, 4):
        (tmp_path / "a").write_bytes(pickle.dumps({**arrays, "n": np.float32(2.5)}, protocol=protocol))
        read = _files.read_pickle(tmp_path / "a")
        assert read["n"] == 2.5
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array)
