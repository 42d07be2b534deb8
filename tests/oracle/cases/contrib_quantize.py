"""Graphs rewritten for quantization-aware training, node by node, and what they compute."""

from tests.oracle.harness import case, floats, kind_made, script

IMAGES = floats(2, 6, 6, 2, seed=1)


def small_net(tf, x, is_training=True, depthwise=True, **norm):
    """Convolution, depthwise convolution and a dense layer, with batch normalization."""
    layers = tf.contrib.layers
    init = tf.random_uniform_initializer(-0.5, 0.5, seed=3)
    given = dict(is_training=is_training, decay=0.9, scale=True, **norm)
    with tf.contrib.framework.arg_scope(
        [layers.conv2d, layers.separable_conv2d, layers.fully_connected],
        weights_initializer=init, normalizer_fn=layers.batch_norm, normalizer_params=given,
    ):  # fmt: skip
        net = layers.conv2d(x, 3, 3, activation_fn=tf.nn.relu6, scope="conv")
        if depthwise:
            net = layers.separable_conv2d(net, None, 3, depth_multiplier=1, scope="depthwise")
        net = layers.flatten(layers.max_pool2d(net, 2))
        net = layers.fully_connected(net, 4, scope="fc")
    return layers.fully_connected(net, 2, activation_fn=None, weights_initializer=init, scope="logits")


def rewrite(tf, is_training, depthwise, options, **norm):
    x = tf.placeholder(tf.float32, [2, 6, 6, 2], name="x")
    logits = small_net(tf, x, is_training, depthwise, updates_collections=None, **norm)
    kind = "training" if is_training else "eval"
    name = "%screate_%s_graph" % ("experimental_" if options else "", kind)
    getattr(tf.contrib.quantize, name)(**options)
    return tf.identity(logits, name="out")


def rewritten(name, is_training=True, graph=True, depthwise=True, **options):
    @case(name=name, feeds={"x": IMAGES}, graph=graph, rtol=1e-3, atol=2e-3)
    def build(tf):
        return {"out": rewrite(tf, is_training, depthwise, options)}


def nodes(name, is_training=True, **options):
    @script(name=name, graph=True)
    def build(tf):
        rewrite(tf, is_training, True, options)
        return {"variables": [v.op.name for v in tf.global_variables()]}


rewritten("training")
rewritten("evaluation", False)
rewritten("delayed", graph=False, depthwise=False, quant_delay=1)
rewritten("frozen", graph=False, depthwise=False, freeze_bn_delay=1)
nodes("symmetric", weight_bits=6, activation_bits=7, symmetric=True)
nodes("in_a_scope", scope="conv")
nodes("evaluation_of_few_bits", False, weight_bits=4, activation_bits=4)


def unfused(name, is_training, **options):
    @case(name=name, feeds={"x": IMAGES}, graph=not options, rtol=1e-3, atol=2e-3)
    def build(tf):
        return {"out": rewrite(tf, is_training, not options, options, fused=False)}


unfused("unfused_training", True)
unfused("unfused_evaluation", False)
unfused("unfused_frozen", True, freeze_bn_delay=1)


@case(feeds={"x": IMAGES}, rtol=1e-3, atol=2e-3)
def layers_with_biases(tf):
    x = tf.placeholder(tf.float32, [2, 6, 6, 2], name="x")
    init = tf.random_uniform_initializer(-0.5, 0.5, seed=3)
    net = tf.layers.conv2d(x, 3, 3, padding="same", activation=tf.nn.relu, kernel_initializer=init)
    net = net + tf.layers.conv2d(net, 3, 3, padding="same", activation=tf.nn.relu, kernel_initializer=init)
    other = tf.nn.relu(net + tf.layers.conv2d(net, 3, 1, kernel_initializer=init))
    net = tf.layers.dense(tf.reshape(other, [2, -1]), 2, kernel_initializer=init)
    tf.contrib.quantize.create_training_graph()
    return net


@case(feeds={"x": IMAGES}, rtol=1e-3, atol=2e-3)
def sums_of_rounded_values(tf):
    x = tf.placeholder(tf.float32, [2, 6, 6, 2], name="x")
    init = tf.random_uniform_initializer(-0.5, 0.5, seed=3)
    a = tf.contrib.layers.conv2d(x, 2, 3, weights_initializer=init, scope="a")
    b = tf.contrib.layers.conv2d(x, 2, 3, weights_initializer=init, scope="b")
    c = tf.add(a * b, tf.reshape(a, [2, 6, 6, 2]), name="sum")
    last = tf.reduce_max(c * 2.0, [1, 2])
    tf.contrib.quantize.create_training_graph()
    return tf.identity(last, name="last")


@case(feeds={"x": IMAGES}, rtol=1e-3, atol=2e-3)
def core_batch_normalization(tf):
    x = tf.placeholder(tf.float32, [2, 6, 6, 2], name="x")
    init = tf.random_uniform_initializer(-0.5, 0.5, seed=3)
    net = tf.layers.conv2d(x, 3, 3, use_bias=False, kernel_initializer=init)
    net = tf.nn.relu(tf.layers.batch_normalization(net, training=False))
    tf.contrib.quantize.create_eval_graph()
    return tf.identity(net, name="last")


@script(rtol=5e-3, atol=2e-3)
def trained(tf):
    """Losses and what the ranges become, in some steps of training."""
    x = tf.placeholder(tf.float32, [2, 6, 6, 2])
    loss = tf.reduce_mean(tf.square(small_net(tf, x, depthwise=False, updates_collections=None) - [[1.0, -1.0], [0.5, 2.0]]))
    tf.contrib.quantize.create_training_graph()
    step = tf.train.GradientDescentOptimizer(0.02).minimize(loss)
    found = {"names": sorted(v.op.name for v in tf.global_variables())}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(3):
            found["loss %d" % i] = session.run([loss, step], {x: IMAGES + 0.1 * i})[0]
        ranges = [v for v in tf.global_variables() if v.op.name.endswith(("/min", "/max"))]
        for v in ranges:
            found[v.op.name] = session.run(v)
    return found


@script()
def after_training_steps(tf):
    v = tf.Variable(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(v * v)
    return {"kind": kind_made(tf.contrib.quantize.create_training_graph)}
