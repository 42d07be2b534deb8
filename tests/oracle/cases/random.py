"""Random operations of all kinds: graphs and numbers, seeds and runs."""

import numpy as np

from tests.oracle.harness import case, floats, script

CLOSE = {"rtol": 2e-6, "atol": 2e-6}


def seeded(seed=42):
    def register(build, **fields):
        def with_seed(tf):
            tf.set_random_seed(seed)
            return build(tf)

        return case(name=build.__name__, runs=2, **dict(CLOSE, **fields))(with_seed)

    return register


@seeded()
def normal_of_tensors(tf):
    size = tf.placeholder_with_default(np.array([2, 3], np.int64), [2])
    return tf.random_normal(size, tf.constant([0.0, 1.0, 2.0]), [[1.0], [2.0]], name="drawn")


@seeded()
def normal_of_dimensions(tf):
    x = tf.zeros([2, 5])
    return [tf.random.normal(x.shape), tf.random_normal([x.shape[1], 3], dtype=tf.float64)]


@seeded()
def scalars_and_nothing(tf):
    return [tf.random_normal([]), tf.random_uniform(()), tf.random_uniform([0, 3]), tf.truncated_normal([0])]


@seeded()
def uniform_of_integers(tf):
    return {
        "small": tf.random_uniform([9], maxval=3, dtype=tf.int32),
        "long": tf.random_uniform([4, 2], tf.constant(-5, tf.int64), 2**40, tf.int64, name="long"),
        "negative": tf.random.uniform([7], -100, -90, tf.int32, seed=4),
    }


@seeded()
def with_op_seeds(tf):
    return [tf.random_uniform([5], seed=s) for s in (0, 1, 2**31 - 1, 2**31, -1)]


@seeded(0)
def graph_seed_zero(tf):
    return [tf.random_uniform([5]), tf.random_uniform([5], seed=0)]


@seeded(7)
def truncated(tf):
    return [tf.random.truncated_normal([6, 3], 5.0, 0.1), tf.truncated_normal([5], dtype=tf.float16)]


@seeded(7)
def shuffled(tf):
    return [
        tf.random.shuffle(np.arange(13)), tf.random_shuffle(tf.constant(["a", "b", "c"]), name="words"),
        tf.random_shuffle(floats(5, 2, 2), seed=3), tf.random_shuffle(5.0),
    ]  # fmt: skip


@seeded(7)
def classes(tf):
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    return [
        tf.multinomial(logits, 20, name="many"), tf.random.categorical(logits.astype(np.float32), 3, dtype=tf.int32),
        tf.random.multinomial(logits[:1], 7, seed=5, output_dtype=tf.int32),
    ]  # fmt: skip


@seeded(7)
def cropped(tf):
    return [tf.random_crop(floats(7, 5), [3, 5]), tf.random_crop(np.arange(10), [4], seed=2, name="part")]


def gamma_and_poisson(tf):
    tf.set_random_seed(3)
    return [
        tf.random.gamma([4, 2], [0.3, 7.0], beta=2.0), tf.random_gamma([3], 1.5, dtype=tf.float64, seed=8),
        tf.random.poisson([0.5, 20.0], [4, 3]), tf.random_poisson(3.0, [5], dtype=tf.int32, seed=1),
        tf.random_poisson(np.float64(100.0), [2], tf.float64),
    ]  # fmt: skip


case(runs=2, rtol=1e-5, atol=1e-5)(gamma_and_poisson)


@case(grads=True, feeds={"alpha": np.array([0.5, 2.0, 9.0], np.float32), "beta": np.float32(3.0)}, rtol=2e-4, atol=1e-4)
def gradient_of_gamma(tf):
    alpha, beta = tf.placeholder(tf.float32, [3], name="alpha"), tf.placeholder(tf.float32, [], name="beta")
    return tf.random_gamma([4], alpha, beta, seed=2)


SEEDS = ([0, 0], [1, 2], [-3, 2**31 - 1], [2**40, 5])


def stateless(tf):
    fetches = {}
    for i, seed in enumerate(SEEDS):
        seed = np.array(seed, np.int64)
        fetches["uniform%d" % i] = tf.random.stateless_uniform([5], seed, -1.0, 3.0)
        fetches["normal%d" % i] = tf.random.stateless_normal([2, 3], seed, 1.0, 2.0, name="normal")
        fetches["truncated%d" % i] = tf.random.stateless_truncated_normal([9], seed)
        fetches["int%d" % i] = tf.random.stateless_uniform([6], seed, 0, 1000, tf.int32)
        fetches["double%d" % i] = tf.random.stateless_uniform([3], seed, dtype=tf.float64)
        fetches["class%d" % i] = tf.random.stateless_categorical([[0.0, 1.0, 2.0]], 8, seed)
    return fetches


case(runs=2, **CLOSE)(stateless)


@case(feeds=[{"seed": np.array([4, 5], np.int32)}, {"seed": np.array([4, 6], np.int32)}], **CLOSE)
def stateless_of_a_fed_seed(tf):
    seed = tf.placeholder(tf.int32, [2], name="seed")
    classes = tf.random.stateless_multinomial([[0.0, 1.0]], 5, seed, tf.int32)
    return [tf.random.stateless_normal([4], seed), classes]


@script()
def seeds(tf):
    found = {"none": str(tf.get_seed(None)), "op": str(tf.random.get_seed(5))}
    tf.set_random_seed(11)
    found.update(graph=str(tf.get_seed(None)), both=str(tf.get_seed(2**31 + 3)))
    tf.constant(1)
    found["later"] = str(tf.get_seed(None))
    tf.random.set_random_seed(0)
    found["zero"] = str(tf.get_seed(0))
    return found


@script()
def unseeded_operations_differ(tf):
    a, b = tf.random_uniform([20]), tf.random_uniform([20])
    with tf.Session() as one, tf.Session() as other:
        draws = [one.run(a), one.run(a), other.run(a), one.run(b)]
    return {"distinct": len({draw.tobytes() for draw in draws})}


@script(**CLOSE)
def sessions_start_anew(tf):
    x = tf.random_uniform([3], seed=1)
    with tf.Session() as one:
        first, second = one.run(x), one.run(x)
    with tf.Session() as other:
        return {"first": first, "second": second, "other": other.run(x)}


@case(raises=True)
def uniform_of_integers_without_a_limit(tf):
    return tf.random_uniform([2], dtype=tf.int32)


@case(raises=True)
def uniform_of_booleans(tf):
    return tf.random_uniform([2], dtype=tf.bool)


@case(raises=True)
def empty_range(tf):
    return tf.random_uniform([2], tf.placeholder_with_default(3, []), 3, dtype=tf.int32)


@case(raises=True)
def crop_too_large(tf):
    return tf.random_crop(tf.placeholder_with_default(floats(2), [None]), [3])


@case(raises=True)
def shape_of_rank_two(tf):
    return tf.random_normal([[1, 2]])


@case(raises=True)
def logits_of_rank_one(tf):
    return tf.multinomial([0.0, 1.0], 3)


@seeded(5)
def candidate_samplers(tf):
    true = np.array([[1, 4], [3, 2]], np.int64)
    return {
        "uniform": tf.random.uniform_candidate_sampler(true, 2, 4, True, 9),
        "uniform_repeated": tf.random.uniform_candidate_sampler(true, 2, 6, False, 9, seed=2),
        "log": tf.random.log_uniform_candidate_sampler(true, 2, 5, True, 20),
        "learned": tf.random.learned_unigram_candidate_sampler(true, 2, 3, True, 8),
        "fixed": tf.random.fixed_unigram_candidate_sampler(
            true, 2, 3, False, 6, unigrams=[0.1, 0.2, 0.3, 0.1, 0.2, 0.1]
        ),
        "all": tf.random.all_candidate_sampler(true, 2, 7, True),
        "hits": tf.nn.compute_accidental_hits(true, np.array([0, 4, 3], np.int64), 2),
    }


INITIALIZERS = {
    "zeros": lambda tf: tf.initializers.zeros(dtype=tf.float64),
    "ones": lambda tf: tf.ones_initializer(),
    "constant_list": lambda tf: tf.initializers.constant([1.0, 2.0, 3.0]),
    "constant_array": lambda tf: tf.constant_initializer(floats(4, 3)),
    "random_normal": lambda tf: tf.initializers.random_normal(2.0, 3.0, seed=1),
    "random_uniform": lambda tf: tf.initializers.random_uniform(-0.1, 0.1),
    "truncated_normal": lambda tf: tf.initializers.truncated_normal(stddev=0.3),
    "uniform_unit_scaling": lambda tf: tf.uniform_unit_scaling_initializer(factor=1.5),
    "untruncated": lambda tf: tf.initializers.variance_scaling(2.0, "fan_avg", "untruncated_normal"),
    "uniform_fan_out": lambda tf: tf.initializers.variance_scaling(1.0, "fan_out", "uniform", seed=3),
    "normal_fan_in": lambda tf: tf.initializers.variance_scaling(distribution="normal"),
    "glorot_uniform": lambda tf: tf.initializers.glorot_uniform(),
    "glorot_normal": lambda tf: tf.initializers.glorot_normal(),
    "lecun_normal": lambda tf: tf.initializers.lecun_normal(),
    "lecun_uniform": lambda tf: tf.initializers.lecun_uniform(),
    "he_normal": lambda tf: tf.initializers.he_normal(seed=2),
    "he_uniform": lambda tf: tf.initializers.he_uniform(),
    "orthogonal": lambda tf: tf.initializers.orthogonal(gain=2.0),
    "identity": lambda tf: tf.initializers.identity(gain=0.5),
}


def initialised(make, shape):
    def build(tf):
        tf.set_random_seed(8)
        kind = make(tf)
        again = type(kind).from_config(kind.get_config())
        return [tf.get_variable("w", shape, initializer=kind), tf.get_variable("v", shape, initializer=again)]

    return build


for initializer_name, make_initializer in INITIALIZERS.items():
    case(name="initializer_" + initializer_name, rtol=1e-5, atol=2e-6)(initialised(make_initializer, [4, 3]))
for initializer_name in ("glorot_uniform", "he_normal", "uniform_unit_scaling", "zeros", "orthogonal"):
    case(name="filter_" + initializer_name, rtol=1e-5, atol=2e-6)(
        initialised(INITIALIZERS[initializer_name], [3, 2, 2, 5])
    )
case(name="wide_orthogonal", rtol=1e-5, atol=2e-6)(initialised(INITIALIZERS["orthogonal"], [2, 5]))
case(name="square_identity")(initialised(INITIALIZERS["identity"], [3, 3]))
case(name="vector_glorot", rtol=1e-5, atol=2e-6)(initialised(INITIALIZERS["glorot_uniform"], [3]))


@script()
def configurations(tf):
    found = {}
    for name, make in INITIALIZERS.items():
        if name != "constant_array":
            found[name] = repr(sorted(make(tf).get_config().items()))
    return found


@case(raises=True)
def constant_of_another_shape(tf):
    return tf.get_variable("w", [3], initializer=tf.constant_initializer([1.0, 2.0], verify_shape=True))


@case(raises=True)
def constant_of_too_many_values(tf):
    return tf.get_variable("w", [1], initializer=tf.constant_initializer([1.0, 2.0]))


@case(raises=True)
def constant_of_an_object(tf):
    return tf.constant_initializer(object())


@case(raises=True)
def orthogonal_vector(tf):
    return tf.get_variable("w", [3], initializer=tf.orthogonal_initializer())


@case(raises=True)
def identity_of_rank_three(tf):
    return tf.get_variable("w", [3, 3, 3], initializer=tf.initializers.identity())


@case(raises=True)
def scaling_by_nothing(tf):
    return tf.variance_scaling_initializer(scale=0.0)


@case(raises=True)
def scaling_of_no_mode(tf):
    return tf.variance_scaling_initializer(mode="fan")


@case(raises=True)
def normal_of_integers(tf):
    return tf.random_normal_initializer(dtype=tf.int32)
