"""Old names of NumPy, SciPy and others, supplied while a script runs."""

import collections
import importlib
import sys
import time

import numpy as np
import pytest

from graphflow._launcher import images, surroundings


@pytest.fixture
def said():
    """What is said while old names are supplied."""
    words = []
    with surroundings.Supplied(words.append):
        yield words


def test_names_of_numpy(said):
    assert np.int is int and np.float_ is np.float64 and np.product([2, 3]) == 6 and np.asscalar(np.array(3)) == 3
    assert np.in1d([[1, 2], [3, 4]], [2, 3]).tolist() == [False, True, True, False]
    assert "numpy.int is gone" in said[0] and "--plain" in said[0]


def test_names_of_types(said):
    assert np.zeros(2, "Float32").dtype == np.float32 and np.dtype("UInt8") == np.uint8
    assert said == []


def test_filters_of_pillow(said):
    image = importlib.import_module("PIL.Image")
    assert image.ANTIALIAS == image.LANCZOS and image.LINEAR == image.BILINEAR
    assert "PIL.Image.ANTIALIAS is gone" in said[0]


def test_each_is_said_once(said):
    assert np.int is np.int
    assert len(said) == 1


def test_numbers_print_as_they_did(said):
    assert repr([np.float64(1.5)]) == "[1.5]"


def test_all_is_as_before_afterwards():
    printing, finders = np.get_printoptions(), list(sys.meta_path)
    with surroundings.Supplied(print):
        importlib.import_module("cPickle")
        assert time.clock() > 0
    assert "cPickle" not in sys.modules and sys.meta_path == finders and np.get_printoptions() == printing
    with pytest.raises(AttributeError):
        np.int  # noqa: B018
    with pytest.raises(AttributeError):
        time.clock  # noqa: B018
    with pytest.raises(TypeError):
        np.dtype("Int16")


def test_names_that_never_were(said):
    with pytest.raises(AttributeError, match="nonsense"):
        np.nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        time.nonsense  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("cNonsense")
    assert said == []


def test_modules_that_are_gone(said):
    assert importlib.import_module("cPickle").dumps is importlib.import_module("pickle").dumps
    assert importlib.import_module("sklearn.cross_validation").train_test_split
    assert issubclass(list, collections.Sequence)
    assert len(said) == 3


@pytest.mark.filterwarnings("ignore:scipy.misc is deprecated")
def test_functions_of_scipy(said):
    misc = importlib.import_module("scipy.misc")
    assert misc.logsumexp([0.0, 0.0]) == pytest.approx(np.log(2))
    assert misc.bytescale(np.array([0.0, 1.0])).tolist() == [0, 255]


def test_bytes_of_an_image():
    assert images.bytescale(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]
    assert images.bytescale(np.ones(2)).tolist() == [0, 0]
    given = np.array([3, 4], np.uint8)
    assert images.bytescale(given) is given


def test_a_package_that_is_a_module_now(said):
    arpack = importlib.import_module("scipy.sparse.linalg.eigen.arpack")
    assert arpack.eigsh is importlib.import_module("scipy.sparse.linalg").eigsh
    assert len(said) == 1
