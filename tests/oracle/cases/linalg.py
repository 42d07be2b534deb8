"""Products, decompositions and solutions of matrices; norms; Fourier transforms; einsum and tensordot."""

import numpy as np

from tests.oracle.harness import case, floats

A = floats(3, 3) + 4 * np.eye(3, dtype=np.float32)
B = floats(3, 2, seed=1)
S = (A + A.T) / 2 + 2 * np.eye(3, dtype=np.float32)
BATCH = np.stack([A, A.T + 1, A + 2 * np.eye(3, dtype=np.float32)]).astype(np.float64)
SYMMETRIC = (BATCH + np.swapaxes(BATCH, 1, 2)) / 2 + 3 * np.eye(3)
TALL = floats(4, 2, seed=5).astype(np.float64)
WIDE = floats(2, 4, seed=6).astype(np.float64)
Z = (floats(2, 3) + 1j * floats(2, 3, seed=1)).astype(np.complex64)

# -- products ------------------------------------------------------------------------------------------------------------


def product(first, second, dtype="float32", **turned):
    def build(tf):
        x = tf.placeholder(getattr(tf, dtype), first, name="x")
        y = tf.placeholder(getattr(tf, dtype), second, name="y")
        return tf.matmul(x, y, **turned)

    return build


PRODUCTS = {
    "plain": (floats(2, 3), floats(3, 4), {}),
    "first_turned": (floats(3, 2), floats(3, 4), {"transpose_a": True}),
    "second_turned": (floats(2, 3), floats(4, 3), {"transpose_b": True}),
    "both_turned": (floats(3, 2), floats(4, 3), {"transpose_a": True, "transpose_b": True}),
    "adjoint": (floats(3, 2), floats(4, 3), {"adjoint_a": True, "adjoint_b": True}),
    "batch": (floats(5, 2, 3), floats(5, 3, 4), {}),
    "batch_first_turned": (floats(5, 3, 2), floats(5, 3, 4), {"transpose_a": True}),
    "batch_second_turned": (floats(5, 2, 3), floats(5, 4, 3), {"adjoint_b": True}),
    "batch_both_turned": (floats(5, 3, 2), floats(5, 4, 3), {"adjoint_a": True, "transpose_b": True}),
    "batch_times_matrix": (floats(5, 2, 3), floats(3, 4), {}),
    "matrix_times_batch": (floats(2, 3), floats(5, 3, 4), {}),
    "stretched": (floats(5, 1, 2, 3), floats(1, 6, 3, 4), {}),
    "sparse_hint": (floats(2, 3), floats(3, 4), {"a_is_sparse": True}),
    "sparse_turned": (floats(3, 2), floats(4, 3), {"transpose_a": True, "transpose_b": True, "b_is_sparse": True}),
}
for label, (first, second, turned) in PRODUCTS.items():
    feeds = {"x": first, "y": second}
    case(name="product_" + label, feeds=feeds, grads=True)(product(first.shape, second.shape, **turned))
    if "sparse" not in label:
        loose = [None] * first.ndim, [None] * second.ndim
        case(name="unsized_product_" + label, feeds=feeds, grads=True)(product(*loose, **turned))
case(name="product_of_unknown_rank", feeds={"x": floats(2, 3), "y": floats(3, 4)}, grads=True)(product(None, [3, 4]))
case(name="product_of_complex", feeds={"x": Z, "y": Z * 1j}, grads=True)(
    product([2, 3], [2, 3], "complex64", adjoint_b=True)
)
case(name="batch_of_complex", feeds={"x": Z[None], "y": Z[None] * 1j}, grads=True)(
    product([1, 2, 3], [1, 2, 3], "complex64", transpose_a=True)
)
case(name="product_of_whole", feeds={"x": [[1, 2]], "y": [[3], [4]]})(product([1, 2], [2, 1], "int32"))


@case(feeds={"x": floats(2, 3), "y": floats(3), "z": floats(4, 3, seed=2)}, grads=True)
def vectors(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    z = tf.placeholder(tf.float32, [None, 3], name="z")
    return {
        "matvec": tf.linalg.matvec(x, y),
        "cross": tf.cross(z, z[::-1] + 1.0),
        "trace": tf.trace(tf.matmul(x, x, transpose_b=True)),
        "adjoint": tf.linalg.adjoint(x),
        "transpose": tf.matrix_transpose(z),
    }


TENSORDOT = {
    "one": ([2, 3], [3, 4], 1),
    "none": ([2, 3], [4], 0),
    "two": ([2, 3, 4], [3, 4, 5], 2),
    "pairs": ([2, 3, 4], [4, 5, 2], [[0, 2], [2, 0]]),
    "numbers": ([2, 3], [4, 3], [1, 1]),
    "negative": ([2, 3, 4], [5, 4], [[-1], [-1]]),
}


def tensordot(shapes, axes):
    def build(tf):
        x = tf.placeholder(tf.float32, shapes[0], name="x")
        y = tf.placeholder(tf.float32, shapes[1], name="y")
        return tf.tensordot(x, y, axes)

    return build


for label, (first, second, axes) in TENSORDOT.items():
    feeds = {"x": floats(*first), "y": floats(*second, seed=1)}
    case(name="tensordot_" + label, feeds=feeds, grads=True)(tensordot((first, second), axes))
    case(name="tensordot_of_batch_" + label, feeds=feeds, grads=True)(tensordot(([None] + first[1:], second), axes))
case(name="tensordot_of_unknown", feeds={"x": floats(2, 3), "y": floats(3, 4)}, grads=True)(
    tensordot((None, [3, 4]), [[1], [0]])
)
case(name="tensordot_of_unknown_by_number", feeds={"x": floats(2, 3), "y": floats(3, 4)}, grads=True)(
    tensordot((None, [3, 4]), 1)
)

EINSUM = {
    "ij,jk->ik": ([2, 3], [3, 4]),
    "ij,jk": ([2, 3], [3, 4]),
    "ij->ji": ([2, 3],),
    "ij->": ([2, 3],),
    "ijk->j": ([2, 3, 4],),
    "ii": ([3, 3],),
    "i,i->": ([3], [3]),
    "i,j->ij": ([2], [3]),
    "bij,bjk->bik": ([5, 2, 3], [5, 3, 4]),
    "bhqd,bhkd->bhqk": ([2, 3, 4, 5], [2, 3, 6, 5]),
    "abc,cd,de->abe": ([2, 3, 4], [4, 5], [5, 2]),
    "ij,kj,lj->ikl": ([2, 3], [4, 3], [5, 3]),
    "...ij,...jk->...ik": ([2, 3, 4], [2, 4, 5]),
    "ij,ij->ij": ([2, 3], [2, 3]),
    "ab,bc->ca": ([2, 3], [3, 4]),
    "abc,bad->dc": ([2, 3, 4], [3, 2, 5]),
}


def einsum(equation, shapes):
    def build(tf):
        inputs = [tf.placeholder(tf.float32, shape, name="x%d" % i) for i, shape in enumerate(shapes)]
        return tf.einsum(equation, *inputs)

    return build


for number, (equation, shapes) in enumerate(EINSUM.items()):
    feeds = {"x%d" % i: floats(*shape, seed=i) for i, shape in enumerate(shapes)}
    case(name="einsum_%d" % number, feeds=feeds, grads=True, rtol=1e-4, atol=1e-5)(einsum(equation, shapes))
    if equation != "ii":
        case(name="einsum_unsized_%d" % number, feeds=feeds, grads=True, rtol=1e-4, atol=1e-5)(
            einsum(equation, [[None] + shape[1:] for shape in shapes])
        )


# -- decompositions and systems ------------------------------------------------------------------------------------------


def square(dtype="float64", shape=(3, 3, 3)):
    return lambda tf: tf.placeholder(getattr(tf, dtype), list(shape), name="a")


@case(feeds={"a": BATCH}, grads=True, rtol=1e-7)
def inverses_and_determinants(tf):
    a = square()(tf)
    sign, logarithm = tf.linalg.slogdet(a)
    return {
        "inverse": tf.matrix_inverse(a),
        "determinant": tf.matrix_determinant(a),
        "sign": sign,
        "logarithm": logarithm,
    }


@case(feeds={"a": BATCH})
def inverse_of_adjoint(tf):
    return tf.linalg.inv(square()(tf), adjoint=True)


@case(feeds={"a": SYMMETRIC}, grads=True, rtol=1e-7)
def cholesky(tf):
    a = square()(tf)
    return {"factor": tf.cholesky(a), "logdet": tf.linalg.logdet(a)}


@case(feeds={"a": BATCH, "b": np.stack([B, B + 1, B - 1])}, grads=True, rtol=1e-7)
def systems(tf):
    a = square()(tf)
    b = tf.placeholder(tf.float64, [3, None, 2], name="b")
    return {
        "solve": tf.matrix_solve(a, b),
        "adjoint": tf.matrix_solve(a, b, adjoint=True),
        "lower": tf.matrix_triangular_solve(a, b),
        "upper": tf.matrix_triangular_solve(a, b, lower=False),
        "lower_adjoint": tf.linalg.triangular_solve(a, b, adjoint=True),
    }


@case(feeds={"a": S, "b": B}, grads=True, rtol=1e-4, atol=1e-5)
def solution_by_cholesky(tf):
    a = square("float32", (3, 3))(tf)
    return tf.cholesky_solve(tf.cholesky(a), tf.placeholder(tf.float32, [3, 2], name="b"))


@case(feeds={"tall": TALL, "wide": WIDE, "b": TALL + 1, "c": WIDE[:, :3]}, grads=True, rtol=1e-6)
def least_squares(tf):
    tall = tf.placeholder(tf.float64, [4, 2], name="tall")
    wide = tf.placeholder(tf.float64, [2, 4], name="wide")
    b = tf.placeholder(tf.float64, [4, 2], name="b")
    c = tf.placeholder(tf.float64, [2, 3], name="c")
    return {
        "tall": tf.matrix_solve_ls(tall, b),
        "wide": tf.matrix_solve_ls(wide, c),
        "regularized": tf.matrix_solve_ls(tall, b, l2_regularizer=0.5),
    }


@case(feeds={"tall": TALL, "b": TALL + 1}, rtol=1e-6)
def least_squares_by_one_operation(tf):
    tall = tf.placeholder(tf.float64, [4, 2], name="tall")
    b = tf.placeholder(tf.float64, [4, 2], name="b")
    return [tf.matrix_solve_ls(tall, b, fast=False), tf.linalg.lstsq(tall, b, fast=False)]


@case(feeds={"tall": TALL, "wide": WIDE}, rtol=1e-7)
def orthogonal_factors(tf):
    tall = tf.placeholder(tf.float64, [4, 2], name="tall")
    wide = tf.placeholder(tf.float64, [2, 4], name="wide")
    q, r = tf.qr(tall)
    full_q, full_r = tf.qr(wide, full_matrices=True)
    return {"q": q, "r": r, "product": tf.matmul(full_q, full_r), "full_r": abs(full_r)}


@case(feeds={"a": SYMMETRIC}, grads=True, rtol=1e-7)
def orthogonal_factor_of_square(tf):
    q, r = tf.qr(square()(tf))
    return {"q": q, "r": r}


@case(feeds={"tall": TALL, "wide": WIDE}, rtol=1e-7)
def singular_values(tf):
    tall = tf.placeholder(tf.float64, [None, 2], name="tall")
    wide = tf.placeholder(tf.float64, [2, 4], name="wide")
    s, u, v = tf.svd(tall)
    full_s, full_u, full_v = tf.svd(wide, full_matrices=True)
    return {
        "values": [s, full_s, tf.svd(wide, compute_uv=False)],
        "product": tf.matmul(u * s, v, adjoint_b=True),
        "sizes": [tf.shape(full_u), tf.shape(full_v)],
        "rank": tf.linalg.matrix_rank(wide),
        "inverse": tf.linalg.pinv(wide),
    }


@case(feeds={"a": SYMMETRIC}, grads=True, rtol=1e-6)
def eigenvalues(tf):
    a = square()(tf)
    return {"values": tf.self_adjoint_eigvals(a), "singular": tf.svd(a, compute_uv=False)}


@case(feeds={"a": SYMMETRIC}, rtol=1e-7)
def eigenvectors(tf):
    e, v = tf.self_adjoint_eig(square()(tf))
    return {"values": e, "product": tf.matmul(v * tf.expand_dims(e, -2), v, adjoint_b=True)}


@case(feeds={"a": SYMMETRIC}, rtol=1e-7, atol=1e-9)
def roots_and_triangles(tf):
    a = square()(tf)
    lu, p = tf.linalg.lu(a)
    return {"root": tf.matrix_square_root(a), "lu": lu, "p": p}


@case(feeds={"n": 2})
def identities(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return {
        "plain": tf.eye(3),
        "wide": tf.eye(2, 3),
        "batch": tf.eye(2, batch_shape=[3], dtype=tf.int32),
        "fed": tf.eye(n),
        "fed_wide": tf.eye(n, num_columns=3, dtype=tf.float64),
    }


# -- norms ---------------------------------------------------------------------------------------------------------------


@case(feeds={"x": floats(2, 3, 4)}, grads=True, rtol=1e-4, atol=1e-5)
def norms_of_vectors(tf):
    x = tf.placeholder(tf.float32, [2, None, 4], name="x")
    return {
        "all": tf.norm(x),
        "axis": tf.norm(x, axis=1),
        "kept": tf.norm(x, axis=-1, keepdims=True),
        "one": tf.norm(x, 1, axis=0),
        "three": tf.norm(x, 3.0, axis=2),
        "largest": tf.norm(x, np.inf, 1),
        "old": tf.norm(x, axis=1, keep_dims=True),
    }


@case(feeds={"x": floats(2, 3, 4)}, grads=True, rtol=1e-4, atol=1e-5)
def norms_of_matrices(tf):
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    return {
        "frobenius": tf.norm(x, "fro", axis=[1, 2]),
        "euclidean": tf.norm(x, axis=(0, 2), keepdims=True),
        "one": tf.norm(x, 1, axis=(1, 2)),
        "largest": tf.norm(x, np.inf, axis=(-2, -1)),
    }


@case(feeds={"x": floats(2, 3, 4)}, graph=False, rtol=1e-5)
def spectral_norms(tf):
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    return [tf.norm(x, 2, axis=(1, 2)), tf.norm(x, 2, axis=(2, 0), keepdims=True)]


@case(feeds={"x": floats(2, 3), "z": Z}, grads=True)
def normalizing(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    z = tf.placeholder(tf.complex64, [2, 3], name="z")
    unit, length = tf.linalg.normalize(x, axis=1)
    return {
        "l2": tf.nn.l2_normalize(x, 1),
        "all": tf.math.l2_normalize(x),
        "old": tf.nn.l2_normalize(x, dim=[0, 1], epsilon=100.0),
        "unit": unit,
        "length": length,
        "complex": tf.real(tf.norm(z, axis=1)),
    }


# -- Fourier transforms --------------------------------------------------------------------------------------------------

VOLUME = (floats(2, 3, 4) + 1j * floats(2, 3, 4, seed=1)).astype(np.complex64)


def transform(name, dtype="complex64", shape=(2, 3, 4), **arguments):
    def build(tf):
        x = tf.placeholder(getattr(tf, dtype), shape, name="x")
        return getattr(tf.signal, name)(x, **arguments)

    return build


for function_name in "fft ifft fft2d ifft2d fft3d ifft3d".split():
    case(name=function_name, feeds={"x": VOLUME}, grads=True, rtol=1e-4, atol=1e-4)(transform(function_name))
# name, length, whether it reads all of its input; TensorFlow's gradient raises where it does not, and in three dimensions
REAL = (
    ("rfft", [4], True),
    ("rfft", [6], True),
    ("rfft", [3], False),
    ("rfft2d", [3, 4], True),
    ("rfft3d", None, False),
    ("irfft", [6], True),
    ("irfft", [4], False),
    ("irfft", [3], False),
    ("irfft2d", [3, 6], True),
    ("irfft3d", None, False),
)
for function_name, length, whole in REAL:
    dtype_name, volume = ("complex64", VOLUME) if function_name[0] == "i" else ("float32", VOLUME.real)
    case(
        name="{}_{}".format(function_name, "".join(map(str, length or ()))),
        feeds={"x": volume},
        grads=whole,
        rtol=1e-4,
        atol=1e-4,
    )(transform(function_name, dtype_name, **({"fft_length": length} if length else {})))
case(name="rfft_of_unknown_length", feeds={"x": floats(2, 5)}, grads=True, rtol=1e-4, atol=1e-4)(
    transform("rfft", "float32", (None, None))
)
case(name="irfft_of_unknown_length", feeds={"x": VOLUME[0]}, grads=True, rtol=1e-4, atol=1e-4)(
    transform("irfft", "complex64", (None, None))
)


@case(feeds={"x": floats(2, 5)})
def shifted_frequencies(tf):
    x = tf.placeholder(tf.float32, [2, 5], name="x")
    return [tf.signal.fftshift(x), tf.signal.ifftshift(x, axes=1), tf.signal.fftshift(x, axes=[1])]


# -- what is refused -----------------------------------------------------------------------------------------------------


def fed(value):
    return lambda tf: tf.placeholder_with_default(np.asarray(value, np.float32), [None, None])


REFUSED = {
    "inner_sizes": lambda tf: tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3])),
    "batch_sizes": lambda tf: tf.matmul(tf.zeros([2, 3, 4]), tf.zeros([3, 4, 5])),
    "turned_twice": lambda tf: tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 2]), transpose_a=True, adjoint_a=True),
    "vector": lambda tf: tf.matmul(tf.zeros([3]), tf.zeros([3, 2])),
    "types": lambda tf: tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 2], tf.float64)),
    "not_square": lambda tf: tf.matrix_inverse(tf.zeros([2, 3])),
    "inverse_of_singular": lambda tf: tf.matrix_inverse(fed([[1, 1], [1, 1]])(tf)),
    "solve_of_singular": lambda tf: tf.matrix_solve(fed([[1, 1], [1, 1]])(tf), tf.ones([2, 1])),
    "triangle_of_singular": lambda tf: tf.matrix_triangular_solve(fed([[0, 1], [1, 1]])(tf), tf.ones([2, 1])),
    "cholesky_of_negative": lambda tf: tf.cholesky(fed([[-1, 0], [0, 1]])(tf)),
    "solve_sizes": lambda tf: tf.matrix_solve(tf.zeros([2, 2]), tf.zeros([3, 1])),
    "norm_order": lambda tf: tf.norm(tf.zeros([2]), "fro"),
    "norm_axis": lambda tf: tf.norm(tf.zeros([2, 2]), axis=[0, 0]),
    "einsum_count": lambda tf: tf.einsum("ij,jk->ik", tf.zeros([2, 2])),
    "einsum_labels": lambda tf: tf.einsum("i1->i", tf.zeros([2, 2])),
    "einsum_ranks": lambda tf: tf.einsum("ij,jk->ik", tf.zeros([2]), tf.zeros([2, 2])),
    "einsum_output": lambda tf: tf.einsum("ij->k", tf.zeros([2, 2])),
    "tensordot_axes": lambda tf: tf.tensordot(tf.zeros([2, 3]), tf.zeros([3, 2]), 3),
    "tensordot_pairs": lambda tf: tf.tensordot(tf.zeros([2, 3]), tf.zeros([3, 2]), [[0], [1, 0]]),
    "fft_of_real": lambda tf: tf.signal.fft(tf.zeros([2])),
    "fft_rank": lambda tf: tf.signal.fft2d(tf.zeros([2], tf.complex64)),
    "cross_size": lambda tf: tf.cross(tf.zeros([2]), tf.zeros([2])),
    "eye_of_float": lambda tf: tf.eye(2.5),
}
for mistake, make_mistake in REFUSED.items():
    case(name="refused_" + mistake, raises=True)(make_mistake)
