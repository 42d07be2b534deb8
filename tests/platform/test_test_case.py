"""tf.test.TestCase: what passes, and what does not."""

import unittest

import numpy as np
import pytest

import graphflow as tf


class Tests(tf.test.TestCase):
    """Run by pytest as any test case is."""

    def test_values_of_tensors(self):
        with self.test_session() as session:
            self.assertAllClose(session.run(tf.constant([1.0, 2.0])), [1.0, 2.0])
            self.assertAllEqual(tf.constant([1, 2]), [1, 2])
        self.assertAllClose(self.evaluate({"a": tf.constant(1.0)}), {"a": 1.0 + 1e-8})

    def test_the_graph_is_fresh(self):
        self.assertEqual(tf.get_default_graph().get_operations(), [])
        self.assertEqual(tf.get_default_graph().seed, 87654321)

    def test_errors(self):
        with self.session(), self.assertRaisesOpError("uninitialized"):
            tf.Variable(1.0).eval()
        with self.assertRaisesWithPredicateMatch(ValueError, lambda error: "x" in str(error)):
            raise ValueError("x")

    def test_near(self):
        self.assertNear(1.0, 1.05, 0.1)
        self.assertArrayNear([1.0], [1.05], 0.1)
        self.assertNDArrayNear(np.ones(2), np.ones(2) + 0.01, 0.1)
        self.assertShapeEqual(np.ones((2, 3)), tf.zeros([2, 3]))
        self.assertDTypeEqual(tf.zeros([2]), np.float32)
        self.assertAllInRange([1, 2], 1, 2)
        self.assertAllGreater([1, 2], 0)

    def test_gradients(self):
        with self.cached_session():
            x = tf.constant([1.0, 2.0])
            self.assertLess(
                tf.test.compute_gradient_error(x, [2], tf.square(x), [2], np.array([1.0, 2.0], np.float32)), 1e-2
            )

    def test_threads(self):
        seen = []
        thread = self.checkedThread(lambda: seen.append(1))
        thread.start()
        thread.join()
        self.assertEqual(seen, [1])


FAILING = {
    "far": lambda t: t.assertAllClose([1.0], [1.1]),
    "another shape": lambda t: t.assertAllEqual([1], [1, 1]),
    "equal": lambda t: t.assertNotAllEqual([1], [1]),
    "close": lambda t: t.assertNotAllClose([1.0], [1.0]),
    "out of range": lambda t: t.assertAllInRange([1, 3], 1, 2),
    "not in set": lambda t: t.assertAllInSet([1, 3], {1, 2}),
    "a key more": lambda t: t.assertAllClose({"a": 1.0}, {"a": 1.0, "b": 2.0}),
    "another type": lambda t: t.assertDTypeEqual(np.ones(2), np.float32),
}


@pytest.mark.parametrize("what", FAILING)
def test_what_fails(what):
    class Failing(tf.test.TestCase):
        def runTest(self):
            FAILING[what](self)

    result = unittest.TestResult()
    Failing().run(result)
    assert len(result.failures) == 1 and not result.errors
