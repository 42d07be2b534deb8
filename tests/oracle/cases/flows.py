"""Bijectors with networks inside, distributions transformed by them, and those of parameters without bounds."""

import numpy as np

from tests.oracle.harness import floats, script

X = floats(6, 3)


def filled(tf, session):
    """All variables with numbers that do not hang on the seeds of the graph."""
    session.run(tf.global_variables_initializer())
    for i, v in enumerate(tf.trainable_variables()):
        shape = v.shape.as_list()
        if not v.name.startswith("batch_normalization"):
            # what the masks hide stays zero, as the initializer made it
            v.load(np.where(session.run(v) == 0, 0, floats(*shape, seed=i) / 2), session)
            if len(shape) == 1:
                v.load(floats(*shape, seed=i) / 4, session)


def told(tf, bijector, ndims=1, train=True):
    """Both directions, both volumes, the density of a transformed distribution and its gradients."""
    distributions = tf.contrib.distributions
    base = distributions.MultivariateNormalDiag(loc=tf.zeros([3]))
    flow = distributions.TransformedDistribution(base, bijector)
    x = tf.constant(X)
    density = flow.log_prob(tf.constant(X))
    fetches = {
        "inverse": bijector.inverse(x),
        "volume back": bijector.inverse_log_det_jacobian(x, event_ndims=ndims),
        "forward": bijector.forward(x + 1),
        "volume": bijector.forward_log_det_jacobian(x + 2, event_ndims=ndims),
        "density": density,
        "back and forth": bijector.forward(bijector.inverse(tf.constant(X))),
    }
    if train:
        trained = tf.trainable_variables()
        slopes = tf.gradients(density, trained)
        fetches.update(("slope " + v.op.name, g) for v, g in zip(trained, slopes) if g is not None)
    config = tf.ConfigProto()  # TensorFlow's optimizer of graphs loses one of the two minus signs of a volume
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Session(config=config) as session:
        filled(tf, session)
        return session.run(fetches)


@script()
def masked_autoregressive(tf):
    bijectors = tf.contrib.distributions.bijectors
    template = bijectors.masked_autoregressive_default_template([6, 9], activation=tf.nn.tanh)
    return told(tf, bijectors.MaskedAutoregressiveFlow(template))


@script()
def masked_autoregressive_unrolled(tf):
    bijectors = tf.contrib.distributions.bijectors
    template = bijectors.masked_autoregressive_default_template([6], log_scale_min_clip=-0.25, log_scale_max_clip=0.25)
    return told(tf, bijectors.MaskedAutoregressiveFlow(template, unroll_loop=True))


@script()
def only_shifted(tf):
    bijectors = tf.contrib.distributions.bijectors
    template = bijectors.masked_autoregressive_default_template([6], shift_only=True)
    return told(tf, bijectors.MaskedAutoregressiveFlow(template, is_constant_jacobian=True))


@script()
def inverse_autoregressive(tf):
    bijectors = tf.contrib.distributions.bijectors
    template = bijectors.masked_autoregressive_default_template([6])
    return told(tf, bijectors.Invert(bijectors.MaskedAutoregressiveFlow(template)))


@script()
def real_nvp(tf):
    bijectors = tf.contrib.distributions.bijectors
    chain = bijectors.Chain(
        [
            bijectors.RealNVP(1, bijectors.real_nvp_default_template([5], activation=tf.nn.elu)),
            bijectors.Permute([2, 0, 1]),
            bijectors.RealNVP(2, bijectors.real_nvp_default_template([5], shift_only=True)),
        ]
    )
    return told(tf, chain)


@script()
def normalized(tf):
    bijectors = tf.contrib.distributions.bijectors
    found = told(tf, bijectors.BatchNormalization())
    layer = tf.layers.BatchNormalization(gamma_initializer=tf.constant_initializer(2.0), name="own")
    saved = told(tf, bijectors.BatchNormalization(layer, training=False), train=False)
    found.update(("saved " + key, value) for key, value in saved.items())
    return found


@script()
def drawn_samples_are_not_inverted(tf):
    """The density of a sample asks for what it was made of, which a flow remembers."""
    distributions = tf.contrib.distributions
    flow = distributions.TransformedDistribution(
        distributions.Normal(0.0, 1.0),
        distributions.bijectors.Inline(
            forward_fn=lambda x: 2.0 * x, inverse_fn=lambda y: y * 0.0, forward_log_det_jacobian_fn=tf.zeros_like,
            forward_min_event_ndims=0,
        ),
    )
    sample = flow.sample(4, seed=3)
    with tf.Session() as session:
        value, density = session.run([sample, flow.log_prob(sample)])
    return {"value": value, "density": density}


@script(raises=True)
def nothing_masked(tf):
    bijectors = tf.contrib.distributions.bijectors
    bijectors.RealNVP(0, bijectors.real_nvp_default_template([5]))


@script(raises=True)
def all_masked(tf):
    bijectors = tf.contrib.distributions.bijectors
    bijectors.RealNVP(3, bijectors.real_nvp_default_template([5])).forward(tf.constant(X))


@script(raises=True)
def no_layer(tf):
    tf.contrib.distributions.bijectors.BatchNormalization(tf.layers.Dense(3))


UNBOUNDED = {
    "BetaWithSoftplusConcentration": [[-1.0, 2.0], [0.5, 1.0]],
    "Chi2WithAbsDf": [[-3.5, 2.0]],
    "ExponentialWithSoftplusRate": [[-1.0, 2.0]],
    "GammaWithSoftplusConcentrationRate": [[-1.0, 2.0], [0.5, 1.0]],
    "InverseGammaWithSoftplusConcentrationRate": [[-1.0, 2.0], [0.5, 1.0]],
    "LaplaceWithSoftplusScale": [[-1.0, 2.0], [-0.5, 1.0]],
    "MultivariateNormalDiagWithSoftplusScale": [[-1.0, 2.0], [-0.5, 1.0]],
    "NormalWithSoftplusScale": [[-1.0, 2.0], [-0.5, 1.0]],
    "StudentTWithAbsDfSoftplusScale": [[-3.5, 2.0], [0.5, 1.0], [-0.5, 1.0]],
}


@script()
def parameters_without_bounds(tf):
    """Densities, and how they change with the parameters."""
    value, fetches = tf.constant([0.25, 0.75]), {}
    for name, arguments in UNBOUNDED.items():
        arguments = [tf.constant(a) for a in arguments]
        density = getattr(tf.contrib.distributions, name)(*arguments).log_prob(value)
        fetches[name] = density
        fetches[name + " slope"] = tf.gradients(density, arguments[-1])[0]
    fetches = {key: value for key, value in fetches.items() if value is not None}
    with tf.Session() as session:
        return session.run(fetches)
