"""tf.contrib.distributions and its bijectors; Multinomial and DirichletMultinomial of tf.distributions."""

import numpy as np

from tests.oracle.harness import case, floats

A = floats(2, 3, seed=4)
B = np.abs(floats(2, 3, seed=5)) + 0.3
WIDE = floats(4, 2, 3, seed=8) * 2
UNIT = (np.abs(floats(4, 2, 3, seed=7)) + 0.05) / 3.0
POSITIVE = np.abs(WIDE) + 0.1
COUNTS = np.floor(np.abs(WIDE)).astype(np.float32)
ROWS = UNIT / UNIT.sum(-1, keepdims=True)
SHARED = np.array([[[2, 1, 1], [0, 3, 2]]], np.float32)
ONE_HOT = np.eye(3, dtype=np.int32)[np.array([[0, 2], [1, 1]])]
TRIL = np.array([[1.0, 0.0, 0.0], [0.5, 0.7, 0.0], [-0.3, 0.2, 1.2]], np.float32)
FULL = np.matmul(TRIL, TRIL.T)
TOTAL = np.array([4.0, 5.0], np.float32)

# name -> (makes it, values, the statistics that exist, whether samples are those of the seed)
ALL = ("mean", "variance", "entropy", "mode")
FAMILIES = {
    "Multinomial": (lambda D, a, b: D.Multinomial(TOTAL, logits=a), SHARED, ("mean", "variance", "covariance"), False),
    "Multinomial_probs": (lambda D, a, b: D.Multinomial(4.0, probs=b / 6.0), SHARED, ("mean", "covariance"), False),
    "DirichletMultinomial": (
        lambda D, a, b: D.DirichletMultinomial([[4.0], [5.0]], b),
        SHARED,
        ("mean", "variance"),
        False,
    ),
    "OneHotCategorical": (
        lambda D, a, b: D.OneHotCategorical(logits=a),
        ONE_HOT,
        ("variance", "entropy", "mode"),
        True,
    ),
    "Poisson": (lambda D, a, b: D.Poisson(b), COUNTS, ("mean", "variance"), True),
    "Poisson_log": (lambda D, a, b: D.Poisson(log_rate=a), COUNTS, ("mean",), False),
    "Binomial": (lambda D, a, b: D.Binomial(5.0, logits=a), COUNTS, ("mean", "variance", "mode"), False),
    "NegativeBinomial": (lambda D, a, b: D.NegativeBinomial(b * 3.0, logits=a), COUNTS, ("mean", "variance"), False),
    "Geometric": (lambda D, a, b: D.Geometric(logits=a), COUNTS, ("mean", "variance", "entropy"), True),
    "Logistic": (lambda D, a, b: D.Logistic(a, b), WIDE, ALL, True),
    "Cauchy": (lambda D, a, b: D.Cauchy(a, b), WIDE, ("entropy", "mode"), True),
    "HalfNormal": (lambda D, a, b: D.HalfNormal(b), POSITIVE, ALL, True),
    "InverseGamma": (lambda D, a, b: D.InverseGamma(b + 2.5, b), POSITIVE, ALL, False),
    "Chi2": (lambda D, a, b: D.Chi2(b + 2.5), POSITIVE, ALL, False),
    "MultivariateNormalTriL": (
        lambda D, a, b: D.MultivariateNormalTriL(a, TRIL),
        WIDE,
        ("mean", "variance", "entropy", "covariance", "mode"),
        True,
    ),
    "MultivariateNormalFullCovariance": (
        lambda D, a, b: D.MultivariateNormalFullCovariance(a, FULL),
        WIDE,
        ("mean", "variance", "entropy"),
        True,
    ),
    "Mixture": (
        lambda D, a, b: D.Mixture(
            D.Categorical(logits=a[:, :2]), [D.Normal(a[:, 0], b[:, 0]), D.Normal(a[:, 1], b[:, 1])]
        ),
        WIDE[..., 0],
        ("mean", "stddev"),
        True,
    ),
    "Mixture_of_vectors": (
        lambda D, a, b: D.Mixture(
            D.Categorical(probs=[[0.3, 0.7], [0.6, 0.4]]),
            [D.MultivariateNormalDiag(a, b), D.MultivariateNormalDiag(-a, b)],
            use_static_graph=True,
        ),
        WIDE,
        ("mean",),
        False,
    ),
    "MixtureSameFamily": (
        lambda D, a, b: D.MixtureSameFamily(D.Categorical(logits=a), D.Normal(a, b)),
        WIDE[..., 0],
        ("mean", "variance"),
        False,
    ),
    "Independent": (lambda D, a, b: D.Independent(D.Normal(a, b), 1), WIDE, ("mean", "variance", "entropy"), True),
    "LogNormal": (
        lambda D, a, b: D.TransformedDistribution(D.Normal(a, b), D.bijectors.Exp(), name="LogNormal"),
        POSITIVE,
        (),
        True,
    ),
    "Affine": (
        lambda D, a, b: D.TransformedDistribution(
            D.Normal(0.0, 1.0), D.bijectors.Affine(shift=a[0], scale_tril=TRIL), event_shape=[3]
        ),
        WIDE,
        (),
        True,
    ),
    "RelaxedOneHotCategorical": (lambda D, a, b: D.RelaxedOneHotCategorical(0.7, logits=a), ROWS, (), True),
    "RelaxedBernoulli": (lambda D, a, b: D.RelaxedBernoulli(0.7, logits=a), UNIT, (), True),
    "Deterministic": (lambda D, a, b: D.Deterministic(a, atol=0.5), WIDE, ("mean", "variance"), True),
}
SLOW = ("DirichletMultinomial", "Multinomial_probs", "NegativeBinomial", "Chi2")  # to compile, with gradients
CDFS = ("Poisson", "Geometric", "Logistic", "Cauchy", "HalfNormal", "InverseGamma", "LogNormal")


def module_of(tf, name):
    return tf.distributions if "Multinomial" in name else tf.contrib.distributions


def parameters(tf):
    return tf.placeholder(tf.float32, [2, 3], name="a"), tf.placeholder(tf.float32, [2, 3], name="b")


def family(name):
    make, values, statistics, same_samples = FAMILIES[name]

    # Those of gamma functions' integrals are not among TensorFlow's gradients.
    @case(
        name=name, feeds={"a": A, "b": B}, graph=False, grads=name not in CDFS + SLOW, rtol=1e-4, atol=1e-5
    )
    def build(tf):
        tf.set_random_seed(3)
        made = make(module_of(tf, name), *parameters(tf))
        found = {} if name == "Deterministic" else {"log_prob": made.log_prob(tf.constant(values))}
        found.update(prob=made.prob(tf.constant(values)))
        if name in CDFS:
            found["cdf"] = made.cdf(tf.constant(values))
        found.update((statistic, getattr(made, statistic)()) for statistic in statistics)
        found["batch"], found["event"] = made.batch_shape_tensor(), made.event_shape_tensor()
        if same_samples:
            drawn = made.sample(5, seed=7), made.sample(seed=8)
            found["several"], found["one"] = (tf.stop_gradient(x) for x in drawn)
        return found


for name in FAMILIES:
    family(name)


@case(feeds={"a": A, "b": B}, graph=False, rtol=1e-4, atol=1e-5)
def divergences(tf):
    a, b = parameters(tf)
    D = tf.contrib.distributions
    full = D.MultivariateNormalFullCovariance(a, FULL)
    other = D.MultivariateNormalTriL(-a, 2.0 * TRIL)
    diag = D.MultivariateNormalDiag(a, b)
    return {
        "vectors": D.kl_divergence(full, other),
        "diagonal": D.kl_divergence(diag, other),
        "to_diagonal": D.kl_divergence(other, diag),
        "rows": D.kl_divergence(D.OneHotCategorical(logits=a), D.OneHotCategorical(logits=-a)),
        "independent": D.kl_divergence(
            D.Independent(D.Normal(a, b), 1), D.Independent(D.Normal(-a, 2.0 * b), 1)
        ),
    }


BIJECTORS = {
    "exp": (lambda B, x: B.Exp(), WIDE, 0),
    "sigmoid": (lambda B, x: B.Sigmoid(), WIDE, 0),
    "softplus": (lambda B, x: B.Softplus(), WIDE, 1),
    "softplus_hinge": (lambda B, x: B.Softplus(hinge_softness=0.6), WIDE, 0),
    "square": (lambda B, x: B.Square(), POSITIVE, 1),
    "power": (lambda B, x: B.PowerTransform(power=0.3), POSITIVE, 0),
    "affine_scalar": (lambda B, x: B.AffineScalar(1.5, -2.0), WIDE, 1),
    "affine": (lambda B, x: B.Affine(shift=[1.0, 2.0, 3.0], scale_diag=[2.0, 0.5, -1.0]), WIDE, 1),
    "affine_tril": (lambda B, x: B.Affine(scale_tril=TRIL, scale_identity_multiplier=0.5), WIDE, 1),
    "softmax_centered": (lambda B, x: B.SoftmaxCentered(), WIDE, 1),
    "gumbel": (lambda B, x: B.Gumbel(0.5, 2.0), WIDE, 0),
    "permute": (lambda B, x: B.Permute([2, 0, 1]), WIDE, 1),
    "invert": (lambda B, x: B.Invert(B.Exp()), POSITIVE, 1),
    "chain": (lambda B, x: B.Chain([B.Exp(), B.AffineScalar(0.5, 2.0)]), WIDE, 1),
}


def bijector(name):
    make, values, rank = BIJECTORS[name]

    @case(name="bijector_" + name, feeds={"x": values}, graph=False, grads=True, rtol=1e-4, atol=1e-5)
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 2, 3], name="x")
        made = make(tf.contrib.distributions.bijectors, x)
        y = made.forward(x)
        y = tf.identity(y)  # the inverse is to be computed, not remembered
        return {
            "forward": y,
            "inverse": made.inverse(y),
            "forward_change": made.forward_log_det_jacobian(x, rank) + tf.zeros_like(tf.reduce_sum(x, -1) if rank else x),
            "inverse_change": made.inverse_log_det_jacobian(y, rank)
            + tf.zeros_like(tf.reduce_sum(x, -1) if rank else x),
        }


for name in BIJECTORS:
    bijector(name)
