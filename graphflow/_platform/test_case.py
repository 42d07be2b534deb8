"""`tf.test.TestCase`: unit tests of graphs, on absl's test case."""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
import threading

import numpy as np
from absl.testing import absltest
from google.protobuf import text_format

from graphflow._core import dtypes, errors, nest
from graphflow._graph import eager_graph
from graphflow._graph import graph as graph_lib
from graphflow._ops import seeds
from graphflow._runtime import session


class _Values:
    """What stands for a session with eager execution."""

    def run(self, fetches, *args, **kwargs):
        """The values of tensors and variables; other things as they are."""
        return nest.map_structure(lambda t: t.numpy() if hasattr(t, "numpy") else t, fetches)


def get_temp_dir():
    """A folder for a test's files, the same throughout a process."""
    folder = os.path.join(tempfile.gettempdir(), f"graphflow_test_{os.getpid()}")
    os.makedirs(folder, exist_ok=True)
    return folder


def test_src_dir_path(relative_path):
    """A path below the current folder, where tests of today keep their data."""
    return os.path.join(os.getcwd(), relative_path)


test_src_dir_path.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test


def _array(value):
    return np.asarray(value.values if hasattr(value, "dense_shape") and hasattr(value, "values") else value)


class CheckedThread:
    """A thread whose failure fails the test when it is joined."""

    def __init__(self, testcase, target, args=None, kwargs=None):
        self._testcase, self._failure = testcase, None

        def run():
            try:
                target(*(args or ()), **(kwargs or {}))
            except BaseException as error:
                self._failure = error

        self._thread = threading.Thread(target=run, daemon=True)

    def start(self):
        """Starts it."""
        self._thread.start()

    def join(self):
        """Waits for it."""
        self._thread.join()
        if self._failure is not None:
            self._testcase.fail(f"Error in checkedThread: {self._failure!r}")

    def is_alive(self):
        """Whether it still runs."""
        return self._thread.is_alive()


class TestCase(absltest.TestCase):
    """A test case whose tests each start with a fresh default graph and fixed seeds."""

    __test__ = False  # pytest collects subclasses, not this

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    def __init__(self, methodName="runTest"):
        super().__init__(methodName)
        self._cached_session = None
        self._threads = []

    def setUp(self):
        super().setUp()
        self._cached_session = None
        random.seed(seeds.DEFAULT_GRAPH_SEED)
        np.random.seed(seeds.DEFAULT_GRAPH_SEED % 2**32)
        graph_lib.reset_default_graph()
        graph_lib.get_default_graph().seed = seeds.DEFAULT_GRAPH_SEED

    def tearDown(self):
        for thread in self._threads:
            thread.join()
        if self._cached_session is not None:
            self._cached_session.close()
            self._cached_session = None
        super().tearDown()

    # -- sessions --------------------------------------------------------------------------------------------------------

    def get_temp_dir(self):
        """A folder for this test's files."""
        return tempfile.mkdtemp(dir=get_temp_dir())

    @contextlib.contextmanager
    def session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """A session of its own; with eager execution, what computes values in its place."""
        if eager_graph.executing_eagerly():
            yield _Values()
            return
        with session.Session(graph=graph, config=config) as made:
            yield made

    @contextlib.contextmanager
    def cached_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """One session for the whole test; with eager execution, what computes values in its place."""
        if eager_graph.executing_eagerly():
            yield _Values()
            return
        if self._cached_session is None:
            self._cached_session = session.Session(graph=graph, config=config)
        with self._cached_session.graph.as_default(), self._cached_session.as_default():
            yield self._cached_session

    def test_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """One session for the whole test; one of its own where a graph is given."""
        make = self.cached_session if graph is None else self.session
        return make(graph=graph, config=config)

    test_session.__test__ = False  # type: ignore[attr-defined]

    def evaluate(self, tensors):
        """The values of tensors in the default session, or in the cached one."""
        if eager_graph.executing_eagerly():
            return _Values().run(tensors)
        found = session.get_default_session()
        if found is not None:
            return found.run(tensors)
        with self.cached_session() as made:
            return made.run(tensors)

    def _value(self, given):
        """A tensor's value; other things as arrays."""
        if hasattr(given, "op") and hasattr(given, "dtype"):
            given = self.evaluate(given)
        return _array(given)

    def checkedThread(self, target, args=None, kwargs=None):
        """A thread whose failure fails the test."""
        self._threads.append(CheckedThread(self, target, args, kwargs))
        return self._threads.pop()

    # -- numbers ---------------------------------------------------------------------------------------------------------

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):
        """Structures of arrays or tensors are near each other: |a - b| <= atol + rtol |b|."""
        if isinstance(a, dict) or isinstance(b, dict):
            self.assertEqual(sorted(a), sorted(b), msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, f"{msg or ''} at {key!r}")
            return
        if isinstance(a, (list, tuple)) and any(nest.is_nested(x) or hasattr(x, "shape") for x in a):
            self.assertEqual(len(a), len(b), msg)
            for i, (x, y) in enumerate(zip(a, b)):
                self.assertAllClose(x, y, rtol, atol, f"{msg or ''} at [{i}]")
            return
        x, y = self._value(a), self._value(b)
        self.assertEqual(x.shape, y.shape, f"Shape mismatch: expected {y.shape}, got {x.shape}. {msg or ''}")
        np.testing.assert_allclose(x, y, rtol=rtol, atol=atol, err_msg=msg or "", equal_nan=True)

    def assertAllCloseAccordingToType(
        self, a, b, rtol=1e-6, atol=1e-6, float_rtol=1e-6, float_atol=1e-6, half_rtol=1e-3, half_atol=1e-3,
        bfloat16_rtol=1e-2, bfloat16_atol=1e-2, msg=None,
    ):  # fmt: skip
        """As assertAllClose, with tolerances by the coarser of the two element types."""
        a, b = self._value(a), self._value(b)
        names = {a.dtype.name, b.dtype.name}
        wider = (
            ("bfloat16", bfloat16_rtol, bfloat16_atol), ("float16", half_rtol, half_atol),
            ("float32", float_rtol, float_atol), ("complex64", float_rtol, float_atol),
        )  # fmt: skip
        for name, by_rtol, by_atol in wider:
            if name in names:
                rtol, atol = max(rtol, by_rtol), max(atol, by_atol)
        self.assertAllClose(a.astype(np.float64) if a.dtype.kind == "V" else a, b, rtol, atol, msg)

    def assertNotAllClose(self, a, b, **kwargs):
        """Some element is not near."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    def assertAllEqual(self, a, b, msg=None):
        """Arrays or tensors are equal, element by element; NaN equals NaN."""
        a, b = self._value(a), self._value(b)
        self.assertEqual(a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg or ''}")
        np.testing.assert_array_equal(a, b, err_msg=msg or "")

    def assertNotAllEqual(self, a, b, msg=None):
        """Some element differs."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def _all(self, holds, a, words):
        if not np.all(holds):
            raise AssertionError(f"{words}; not so at {np.argwhere(~np.asarray(holds))[:10].tolist()} of\n{a}")

    def assertAllGreater(self, a, comparison_target):
        """All elements are greater."""
        a = self._value(a)
        self._all(a > comparison_target, a, f"All elements should be > {comparison_target}")

    def assertAllLess(self, a, comparison_target):
        """All elements are less."""
        a = self._value(a)
        self._all(a < comparison_target, a, f"All elements should be < {comparison_target}")

    def assertAllGreaterEqual(self, a, comparison_target):
        """All elements are greater or equal."""
        a = self._value(a)
        self._all(a >= comparison_target, a, f"All elements should be >= {comparison_target}")

    def assertAllLessEqual(self, a, comparison_target):
        """All elements are less or equal."""
        a = self._value(a)
        self._all(a <= comparison_target, a, f"All elements should be <= {comparison_target}")

    def assertAllInRange(
        self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False
    ):  # fmt: skip
        """All elements lie between two bounds."""
        a = self._value(target)
        above = a > lower_bound if open_lower_bound else a >= lower_bound
        below = a < upper_bound if open_upper_bound else a <= upper_bound
        self._all(above & below, a, f"All elements should lie in {lower_bound} .. {upper_bound}")

    def assertAllInSet(self, target, expected_set):
        """All elements are among some."""
        a = self._value(target)
        self._all(np.isin(a, list(expected_set)), a, f"All elements should be in {expected_set}")

    def assertNear(self, f1, f2, err, msg=None):
        """Two numbers are at most `err` apart."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1!r} != {f2!r} +/- {err!r} {msg or ''}")

    def assertArrayNear(self, farray1, farray2, err, msg=None):
        """Two lists of numbers are, one by one, at most `err` apart."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None):
        """The distance of two arrays as vectors is less than `err`."""
        distance = np.linalg.norm(np.ravel(ndarray1) - np.ravel(ndarray2))
        self.assertLess(distance, err, msg)

    def assertShapeEqual(self, np_array, tf_tensor, msg=None):
        """An array and a tensor have one shape."""
        self.assertAllEqual(np_array.shape, tf_tensor.shape.as_list(), msg)

    def assertDTypeEqual(self, target, expected_dtype):
        """An array or tensor has an element type."""
        found = dtypes.as_dtype(target.dtype if hasattr(target, "dtype") else np.asarray(target).dtype)
        self.assertEqual(dtypes.as_dtype(expected_dtype).base_dtype, found.base_dtype)

    def assertDeviceEqual(self, device1, device2, msg=None):
        """Two devices are the same in full spelling."""
        canonical = graph_lib.Graph.canonical_device
        self.assertEqual(canonical(device1), canonical(device2), msg)

    # -- the rest --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate):
        """The block raises an error of that kind that a pattern is found in, or a function accepts."""
        accepts = expected_err_re_or_predicate
        try:
            yield
        except exception_type as error:
            text = f"{error}"
            fits = accepts(error) if callable(accepts) else re.search(accepts, text) is not None
            if not fits:
                raise AssertionError(f"Exception of type {type(error)}: {text}") from error
            return
        self.fail(f"{exception_type.__name__} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate):
        """The block raises an OpError that a pattern is found in, or a function accepts."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    def assertProtoEquals(self, expected_message_maybe_ascii, message, msg=None):
        """A message equals another, or what a text says."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, str):
            expected = text_format.Parse(expected, type(message)())
        self.assertEqual(expected, message, msg)

    assertEquals = absltest.TestCase.assertEqual
    assertNotEquals = absltest.TestCase.assertNotEqual
    assertItemsEqual = absltest.TestCase.assertCountEqual
    assertRegexpMatches = absltest.TestCase.assertRegex
    assertRaisesRegexp = absltest.TestCase.assertRaisesRegex


def main(argv=None):
    """Runs the tests of the script."""
    absltest.main(argv=argv)
