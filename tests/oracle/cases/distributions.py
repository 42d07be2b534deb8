"""tf.distributions, and MultivariateNormalDiag of tf.contrib."""

import numpy as np

from tests.oracle.harness import case, floats

SCALE = np.abs(floats(2, 3, seed=5)) + 0.3
OTHER = np.abs(floats(2, 3, seed=6)) + 0.3
UNIT = (np.abs(floats(4, 2, 3, seed=7)) + 0.05) / 3.0
WIDE = floats(4, 2, 3, seed=8) * 2
BITS = (floats(4, 2, 3, seed=9) > 0).astype(np.int32)
CLASSES = np.array([[0, 2], [1, 1], [2, 0], [0, 1]], np.int32)
ROWS = UNIT / UNIT.sum(-1, keepdims=True)
POSITIVE = np.abs(WIDE) + 0.1

# name -> (makes the distribution of the two parameters, values to ask for, whether the cdf exists, whether KL exists)
ROWS_OF = {
    "Normal": (lambda D, a, b: D.Normal(a, b), WIDE, True, True),
    "Normal_scalar": (lambda D, a, b: D.Normal(0.5, b), WIDE, True, True),
    "Uniform": (lambda D, a, b: D.Uniform(a, a + b), WIDE, True, False),
    "Gamma": (lambda D, a, b: D.Gamma(abs(a) + 0.2, b), POSITIVE, True, True),
    "Exponential": (lambda D, a, b: D.Exponential(b), POSITIVE, True, True),
    "Laplace": (lambda D, a, b: D.Laplace(a, b), WIDE, True, False),
    "Beta": (lambda D, a, b: D.Beta(abs(a) + 0.2, b), UNIT[0], True, True),
    "StudentT": (lambda D, a, b: D.StudentT(b + 2.5, a, b), WIDE[0], True, False),
    "Dirichlet": (lambda D, a, b: D.Dirichlet(abs(a) + 1.2), ROWS, False, True),
    "Bernoulli": (lambda D, a, b: D.Bernoulli(logits=a), BITS, False, True),
    "Bernoulli_probs": (lambda D, a, b: D.Bernoulli(probs=b / 5.0, dtype="float32"), BITS, False, True),
    "Categorical": (lambda D, a, b: D.Categorical(logits=a), CLASSES, False, True),
    "Categorical_probs": (lambda D, a, b: D.Categorical(probs=b / 6.0), CLASSES, False, True),
    "MultivariateNormalDiag": (lambda D, a, b: D.MultivariateNormalDiag(a, b), WIDE, False, True),
}
NO_ENTROPY = ("StudentT",)
NO_MODE = ("Uniform", "Dirichlet")
SAME_GRAPH = ("Normal", "Normal_scalar", "Uniform", "Bernoulli", "Categorical")


def module_of(tf, name):
    return tf.contrib.distributions if name.startswith("Multi") else tf.distributions


def parameters(tf):
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    return a, tf.placeholder(tf.float32, [2, 3], name="b")


FEEDS = {"a": floats(2, 3, seed=4), "b": SCALE}


def densities(name):
    make, values, has_cdf, _ = ROWS_OF[name]

    # The gradients of a gamma function's integral are not among TensorFlow's.
    @case(name="density_" + name, feeds=FEEDS, grads=name not in ("Gamma", "Exponential", "Beta", "StudentT"),
          graph=name in SAME_GRAPH[2:])  # fmt: skip
    def build(tf):
        made = make(module_of(tf, name), *parameters(tf))
        value = tf.constant(values)
        if name == "Bernoulli_probs":
            value = tf.cast(value, tf.float32)
        found = [made.log_prob(value), made.prob(value)]
        if has_cdf:
            found += [made.cdf(value), made.log_cdf(value), made.survival_function(value)]
        return found


def moments(name):
    make = ROWS_OF[name][0]

    @case(name="moments_" + name, feeds=FEEDS, grads=name != "Categorical", graph=name in SAME_GRAPH)
    def build(tf):
        made = make(module_of(tf, name), *parameters(tf))
        found = [made.batch_shape_tensor(), made.event_shape_tensor(), made.is_scalar_event(), made.is_scalar_batch()]
        if not name.startswith("Categorical"):
            found += [made.mean(), made.variance(), made.stddev()]
        if name not in NO_MODE:
            found.append(made.mode())
        if name not in NO_ENTROPY:
            found.append(made.entropy())
        return found


def divergences(name):
    make = ROWS_OF[name][0]

    # Differences of lgamma nearly cancel.
    @case(name="divergence_" + name, feeds=FEEDS, grads=True, graph=name in SAME_GRAPH, rtol=2e-4 if name == "Beta" else None)
    def build(tf):
        a, b = parameters(tf)
        D = module_of(tf, name)
        one, two = make(D, a, b), make(D, a * 0.5 + 0.1, tf.constant(OTHER))
        return [D.kl_divergence(one, two), two.kl_divergence(one), one.cross_entropy(two)]


def samples(name):
    make = ROWS_OF[name][0]

    @case(name="sample_" + name, feeds=FEEDS, graph=name in SAME_GRAPH)
    def build(tf):
        made = make(module_of(tf, name), *parameters(tf))
        return [made.sample(seed=11), made.sample(4, seed=12), made.sample([2, 3], seed=13)]


for _name in sorted(ROWS_OF):
    densities(_name)
    moments(_name)
    samples(_name)
    if ROWS_OF[_name][3]:
        divergences(_name)


@case(feeds={"a": floats(5, seed=1)}, grads=True)
def gradients_through_samples(tf):
    a = tf.placeholder(tf.float32, [None], name="a")
    tf.set_random_seed(3)
    made = tf.distributions.Normal(loc=a, scale=tf.nn.softplus(a))
    return [made.sample(2), made.log_prob(a + 1.0), tf.reduce_mean(made.sample(tf.constant([3])))]


@case(feeds={"x": WIDE}, grads=True)
def normal_cdf(tf):
    x = tf.placeholder(tf.float32, [4, 2, 3], name="x")
    made = tf.distributions.Normal(0.0, SCALE)
    return [made.log_prob(x), made.cdf(x), made.survival_function(x)]


@case(feeds={"l": floats(3, 4)})
def copies_and_names(tf):
    made = tf.distributions.Categorical(logits=tf.placeholder(tf.float32, [None, 4], name="l"), name="policy")
    other = made.copy(logits=tf.ones([2, 4]))
    return [made.sample(seed=1), made.log_prob(made.mode()), other.entropy(), made.event_size, other.batch_shape_tensor()]


@case(raises=True)
def both_given(tf):
    return tf.distributions.Bernoulli(logits=[1.0], probs=[0.5])


@case(raises=True)
def no_divergence(tf):
    return tf.distributions.kl_divergence(tf.distributions.Normal(0.0, 1.0), tf.distributions.Bernoulli(0.5))


@case(raises=True)
def no_cdf(tf):
    return tf.distributions.Bernoulli(0.5).cdf(1)


@case(raises=True)
def checked_scale(tf):
    return tf.distributions.Normal(0.0, -1.0, validate_args=True).sample()
