"""tf.linalg.LinearOperator*, expm and systems with three diagonals."""

import numpy as np

from tests.oracle.harness import case, floats

EYE = np.eye(3, dtype=np.float32)
MATRIX = floats(2, 3, 3, seed=1) * 0.5 + 2 * EYE
POSITIVE = np.matmul(MATRIX, np.swapaxes(MATRIX, 1, 2)) + EYE
X = floats(2, 3, 2, seed=2)
SMALL = floats(2, 2, seed=4) * 0.5 + 2 * np.eye(2, dtype=np.float32)

OPERATORS = {
    "full": lambda L, m: L.LinearOperatorFullMatrix(m),
    "positive": lambda L, m: L.LinearOperatorFullMatrix(POSITIVE, is_self_adjoint=True, is_positive_definite=True),
    "diag": lambda L, m: L.LinearOperatorDiag(m[:, 0, :] + 3.0, is_positive_definite=True),
    "triangular": lambda L, m: L.LinearOperatorLowerTriangular(m),
    "identity": lambda L, m: L.LinearOperatorIdentity(3, batch_shape=[2]),
    "scaled": lambda L, m: L.LinearOperatorScaledIdentity(3, m[:, 0, 0]),
    "householder": lambda L, m: L.LinearOperatorHouseholder(m[:, 1, :]),
    "toeplitz": lambda L, m: L.LinearOperatorToeplitz([4.0, 1.0, 0.5], [4.0, -1.0, 0.25]),
    "adjoint": lambda L, m: L.LinearOperatorAdjoint(L.LinearOperatorFullMatrix(m)),
    "inversion": lambda L, m: L.LinearOperatorInversion(L.LinearOperatorLowerTriangular(m, is_non_singular=True)),
    "composition": lambda L, m: L.LinearOperatorComposition(
        [L.LinearOperatorFullMatrix(m), L.LinearOperatorDiag([1.0, 2.0, -3.0])]
    ),
    "blocks": lambda L, m: L.LinearOperatorBlockDiag(
        [L.LinearOperatorFullMatrix(SMALL), L.LinearOperatorDiag([2.5])]
    ),
    "kronecker": lambda L, m: L.LinearOperatorKronecker(
        [L.LinearOperatorFullMatrix([[3.0]]), L.LinearOperatorFullMatrix(m)]
    ),
    "update": lambda L, m: L.LinearOperatorLowRankUpdate(
        L.LinearOperatorDiag([3.0, 4.0, 5.0], is_positive_definite=True), X[:, :, :1], diag_update=[[0.5], [1.5]]
    ),
    "circulant": lambda L, m: L.LinearOperatorCirculant([3.0, 1.0, 1.0], input_output_dtype="float32"),
}


def operator(name):
    @case(name=name, feeds={"m": MATRIX, "x": X}, graph=False, rtol=1e-4, atol=1e-4)
    def build(tf):
        m = tf.placeholder(tf.float32, [2, 3, 3], name="m")
        x = tf.placeholder(tf.float32, [2, 3, 2], name="x")
        made = OPERATORS[name](tf.linalg, m)
        if name == "circulant":
            made = tf.linalg.LinearOperatorCirculant([3.0, 1.0, 1.0], input_output_dtype=tf.float32)
        found = {} if name == "circulant" else {"inverse": made.inverse().to_dense()}  # TensorFlow's is complex
        found.update({
            "dense": made.to_dense(),
            "product": made.matmul(x),
            "adjoint_product": made.matmul(x, adjoint=True),
            "vector": made.matvec(x[..., 0]),
            "solution": made.solve(x),
            "adjoint_solution": made.solve(x, adjoint=True),
            "vector_solution": made.solvevec(x[..., 1]),
            "determinant": made.determinant(),
            "log": made.log_abs_determinant(),
            "diag": made.diag_part(),
            "trace": made.trace(),
            "shape": made.shape_tensor(),
            "sum": made.add_to_tensor(tf.ones([2, 3, 3])),
            "turned": made.H.to_dense(),
            "rows": made.range_dimension_tensor(),
        })
        return found


for name in OPERATORS:
    operator(name)


@case(graph=False, rtol=1e-4, atol=1e-4)
def circulants(tf):
    spectrum = np.abs(floats(2, 3, seed=6)) + 1.0
    flat = tf.linalg.LinearOperatorCirculant2D(spectrum)
    deep = tf.linalg.LinearOperatorCirculant3D(np.abs(floats(2, 1, 2, seed=7)) + 1.0)
    x = tf.complex(floats(6, 2, seed=8), floats(6, 2, seed=9))
    return {
        "flat": flat.to_dense(),
        "product": flat.matmul(x),
        "solution": flat.solve(x),
        "log": flat.log_abs_determinant(),
        "deep": deep.to_dense(),
        "trace": deep.trace(),
        "zeros": tf.linalg.LinearOperatorZeros(2, 3, is_square=False, is_self_adjoint=False).to_dense(),
        "factor": tf.linalg.LinearOperatorFullMatrix(
            POSITIVE, is_self_adjoint=True, is_positive_definite=True
        ).cholesky().to_dense(),
    }


case(name="wrong_type", raises=True)(lambda tf: tf.linalg.LinearOperatorDiag([1.0, 2.0]).matvec(tf.zeros([2], tf.float64)))
case(name="no_cholesky", raises=True)(lambda tf: tf.linalg.LinearOperatorFullMatrix(MATRIX).cholesky())


@case(feeds={"x": MATRIX.astype(np.float64)}, grads=True, graph=False, rtol=1e-6, atol=1e-8)
def exponentials(tf):
    x = tf.placeholder(tf.float64, [2, 3, 3], name="x")
    return {"plain": tf.linalg.expm(x * 0.3), "small": tf.linalg.expm(x * 0.01)}


@case(graph=False)
def large_exponentials(tf):
    return tf.linalg.expm(tf.constant(MATRIX.astype(np.float64)) * [[[1.0]], [[8.0]]])


DIAGONALS = np.stack([floats(2, 4, seed=3), np.full((2, 4), 4.0, np.float32), floats(2, 4, seed=5)], 1)


@case(feeds={"d": DIAGONALS, "r": floats(2, 4, 2, seed=8)}, grads=True, graph=False, rtol=1e-4, atol=1e-5)
def three_diagonals(tf):
    d = tf.placeholder(tf.float32, [2, 3, 4], name="d")
    r = tf.placeholder(tf.float32, [2, 4, 2], name="r")
    parts = [d[:, 0], d[:, 1], d[:, 2]]
    short = [d[:, 0, :-1], d[:, 1], d[:, 2, 1:]]
    return {
        "matrices": tf.linalg.tridiagonal_solve(d, r),
        "vectors": tf.linalg.tridiagonal_solve(d, r[..., 0]),
        "sequence": tf.linalg.tridiagonal_solve(parts, r, diagonals_format="sequence"),
        "short": tf.linalg.tridiagonal_solve(short, r, diagonals_format="sequence"),
        "turned": tf.linalg.tridiagonal_solve(d, tf.transpose(r, [0, 2, 1]), transpose_rhs=True),
        "product": tf.linalg.tridiagonal_matmul(d, r),
        "product_of_parts": tf.linalg.tridiagonal_matmul(parts, r, diagonals_format="sequence"),
    }
