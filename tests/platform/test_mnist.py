"""MNIST's files: what is damaged or not there is told."""

import gzip
import struct

import numpy as np
import pytest

from graphflow.examples.tutorials.mnist import input_data


def write(folder, name, magic, array):
    with gzip.open(folder / name, "wb") as file:
        file.write(struct.pack(f">{array.ndim + 1}I", magic, *array.shape) + array.astype(np.uint8).tobytes())


@pytest.fixture
def folder(tmp_path):
    """The four files with 20 and 10 tiny images."""
    for part, n in (("train", 20), ("t10k", 10)):
        write(tmp_path, f"{part}-images-idx3-ubyte.gz", 2051, np.arange(n * 4).reshape(n, 2, 2))
        write(tmp_path, f"{part}-labels-idx1-ubyte.gz", 2049, np.arange(n) % 10)
    return tmp_path


def test_data_sets(folder):
    mnist = input_data.read_data_sets(str(folder), one_hot=True, validation_size=5)
    assert [part.num_examples for part in mnist] == [15, 5, 10]
    assert mnist.train.images.shape == (15, 4) and mnist.train.images.dtype == np.float32
    assert mnist.validation.labels[3].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    seen = [mnist.train.next_batch(6) for _ in range(3)]
    assert all(images.shape == (6, 4) and labels.shape == (6, 10) for images, labels in seen)
    assert mnist.train.epochs_completed == 1


def test_a_file_that_is_not_there(folder, monkeypatch):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(OSError, match="t10k-labels-idx1-ubyte.gz is not in .* put it into that folder"):
        input_data.read_data_sets(str(folder), source_url="http://localhost:1/")
    assert sorted(path.suffix for path in folder.iterdir()) == [".gz"] * 3


def test_damaged_files(folder):
    name = "train-images-idx3-ubyte.gz"
    write(folder, name, 1234, np.zeros((20, 2, 2)))
    with pytest.raises(ValueError, match="Invalid magic number 1234 in MNIST image file: .*" + name):
        input_data.read_data_sets(str(folder))
    with gzip.open(folder / name, "wb") as file:
        file.write(struct.pack(">4I", 2051, 20, 2, 2) + b"\0" * 7)
    with pytest.raises(ValueError, match="holds 7 bytes where its header says 80"):
        input_data.read_data_sets(str(folder))


def test_more_for_validation_than_there_is(folder):
    with pytest.raises(ValueError, match="Validation size should be between 0 and 20. Received: 5000."):
        input_data.read_data_sets(str(folder))
