"""tf.contrib.layers, framework, losses: graphs, values and gradients."""

from tests.oracle.harness import case, floats, integers, script

IMAGE = floats(2, 6, 6, 3)
ROWS = floats(5, 4)
SEED = 3


def layers_of(tf):
    return tf.contrib.layers


# name -> function (tf, layers, inputs) -> outputs; inputs are a placeholder of the rows below.
DENSE = {
    "fully_connected": lambda tf, L, x: L.fully_connected(x, 3),
    "fully_connected_plain": lambda tf, L, x: L.fully_connected(
        x, 3, activation_fn=None, biases_initializer=None, weights_initializer=tf.ones_initializer()
    ),
    "fully_connected_regularized": lambda tf, L, x: [
        L.fully_connected(
            x, 3, tf.tanh, weights_regularizer=L.l2_regularizer(0.1), biases_regularizer=L.l1_regularizer(0.2), scope="fc",
            variables_collections=["mine"], outputs_collections="outs",
        )
    ] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) + tf.get_collection("outs") + tf.get_collection("mine"),
    "fully_connected_normalized": lambda tf, L, x: L.fully_connected(
        x, 3, normalizer_fn=L.batch_norm, normalizer_params={"is_training": True, "scale": True}
    ),
    "fully_connected_layer_norm": lambda tf, L, x: L.fully_connected(x, 3, normalizer_fn=L.layer_norm),
    "two_of_them": lambda tf, L, x: L.fully_connected(L.fully_connected(x, 3), 2, scope="out"),
    "shared": lambda tf, L, x: [
        L.fully_connected(x, 3, scope="fc"), L.fully_connected(x, 3, scope="fc", reuse=True, activation_fn=tf.nn.sigmoid)
    ],
    "in_a_scope": lambda tf, L, x: in_a_scope(tf, L, x),
    "variance_scaling": lambda tf, L, x: L.fully_connected(
        x, 3, weights_initializer=L.variance_scaling_initializer(), biases_initializer=tf.constant_initializer(0.1)
    ),
    "variance_scaling_uniform": lambda tf, L, x: L.fully_connected(
        x, 3, weights_initializer=L.variance_scaling_initializer(1.0, "FAN_OUT", True)
    ),
    "xavier_normal": lambda tf, L, x: L.fully_connected(x, 3, weights_initializer=L.xavier_initializer(uniform=False)),
    "relu": lambda tf, L, x: L.relu(x, 3),
    "relu6": lambda tf, L, x: L.relu6(x, 3),
    "elu": lambda tf, L, x: L.elu(x, 3),
    "linear": lambda tf, L, x: L.linear(x, 3),
    "legacy_fully_connected": lambda tf, L, x: L.legacy_fully_connected(x, 3, activation_fn=tf.nn.relu),
    "bias_add": lambda tf, L, x: L.bias_add(x, tf.nn.relu, initializer=tf.constant_initializer(0.5)),
    "layer_norm": lambda tf, L, x: L.layer_norm(x),
    "layer_norm_plain": lambda tf, L, x: L.layer_norm(x, center=False, scale=False, activation_fn=tf.nn.relu, scope="ln"),
    "batch_norm": lambda tf, L, x: [L.batch_norm(x)] + tf.get_collection(tf.GraphKeys.UPDATE_OPS),
    "batch_norm_in_place": lambda tf, L, x: L.batch_norm(x, updates_collections=None, scale=True, decay=0.9),
    "batch_norm_inference": lambda tf, L, x: L.batch_norm(x, is_training=False, center=True, scale=True),
    "batch_norm_unfused": lambda tf, L, x: [L.batch_norm(x, fused=False)] + tf.get_collection(tf.GraphKeys.UPDATE_OPS),
    "batch_norm_unfused_in_place": lambda tf, L, x: L.batch_norm(x, fused=False, updates_collections=None, scale=True),
    "batch_norm_zero_debias": lambda tf, L, x: L.batch_norm(
        x, updates_collections=None, zero_debias_moving_mean=True, epsilon=1e-5, activation_fn=tf.nn.relu
    ),
    "batch_norm_weights": lambda tf, L, x: L.batch_norm(x, batch_weights=[1.0, 2.0, 0.0, 1.0, 3.0]),
    "batch_norm_options": lambda tf, L, x: L.batch_norm(
        x, param_initializers={"gamma": tf.constant_initializer(2.0)}, scale=True, scope="bn", trainable=False,
        variables_collections={"beta": ["betas"]},
    ),
    "softmax": lambda tf, L, x: L.softmax(x),
    "unit_norm": lambda tf, L, x: [L.unit_norm(x, 0), L.unit_norm(x, 1)],
    "maxout": lambda tf, L, x: L.maxout(x, 2),
    "stack": lambda tf, L, x: L.stack(x, L.fully_connected, [3, 2], scope="deep"),
    "stack_unnamed": lambda tf, L, x: L.stack(x, L.relu, [3, 2]),
    "repeat": lambda tf, L, x: L.repeat(x, 2, L.fully_connected, 4),
    "flatten": lambda tf, L, x: L.flatten(x),
}  # fmt: skip

IMAGES = {
    "conv2d": lambda tf, L, x: L.conv2d(x, 4, 3),
    "conv2d_options": lambda tf, L, x: L.conv2d(
        x, 4, [3, 2], stride=2, padding="VALID", activation_fn=None, biases_initializer=None, scope="c1"
    ),
    "conv2d_rate": lambda tf, L, x: L.convolution2d(x, 2, 3, rate=2, weights_regularizer=L.l2_regularizer(0.1)),
    "conv2d_batch_norm": lambda tf, L, x: [
        L.conv2d(x, 4, 3, normalizer_fn=L.batch_norm, normalizer_params={"decay": 0.9, "scale": True})
    ] + tf.get_collection(tf.GraphKeys.UPDATE_OPS),
    "convolution": lambda tf, L, x: L.convolution(x, 4, 1, scope="conv"),
    "two_of_them": lambda tf, L, x: L.conv2d(L.conv2d(x, 2, 3), 2, 3),
    "conv2d_transpose": lambda tf, L, x: L.conv2d_transpose(x, 2, 3, stride=2),
    "conv2d_transpose_valid": lambda tf, L, x: L.conv2d_transpose(
        x, 2, 3, 2, "VALID", activation_fn=tf.tanh, normalizer_fn=L.batch_norm
    ),
    "conv2d_in_plane": lambda tf, L, x: L.conv2d_in_plane(x, 3, 2),
    "separable_conv2d": lambda tf, L, x: L.separable_conv2d(x, 4, 3, 2),
    "separable_conv2d_normalized": lambda tf, L, x: L.separable_conv2d(x, 4, 3, stride=2, normalizer_fn=L.batch_norm),
    "separable_conv2d_depthwise": lambda tf, L, x: L.separable_conv2d(x, None, [3, 3], depth_multiplier=2),
    "max_pool2d": lambda tf, L, x: L.max_pool2d(x, 2),
    "max_pool2d_named": lambda tf, L, x: L.max_pool2d(x, [3, 3], stride=1, padding="SAME", scope="pool1"),
    "avg_pool2d": lambda tf, L, x: L.avg_pool2d(x, [2, 3]),
    "pool": lambda tf, L, x: tf.contrib.slim.pool(x, 2, "MAX", stride=2),
    "flatten": lambda tf, L, x: L.flatten(x, scope="flat"),
    "layer_norm": lambda tf, L, x: L.layer_norm(x),
    "layer_norm_axes": lambda tf, L, x: L.layer_norm(x, begin_norm_axis=-1, begin_params_axis=2),
    "instance_norm": lambda tf, L, x: L.instance_norm(x),
    "instance_norm_plain": lambda tf, L, x: L.instance_norm(x, center=False, activation_fn=tf.nn.relu),
    "group_norm": lambda tf, L, x: L.group_norm(x, 3),
    "group_norm_options": lambda tf, L, x: L.group_norm(x, 1, scale=False, mean_close_to_zero=True),
    "batch_norm": lambda tf, L, x: L.batch_norm(x, scale=True),
    "batch_norm_in_place": lambda tf, L, x: L.batch_norm(x, updates_collections=None),
    "batch_norm_collected": lambda tf, L, x: [L.batch_norm(x, updates_collections="ups")] + tf.get_collection("ups"),
    "batch_norm_unfused": lambda tf, L, x: L.batch_norm(x, fused=False, zero_debias_moving_mean=True),
    "batch_norm_inference": lambda tf, L, x: L.batch_norm(x, is_training=False),
    "batch_norm_renorm": lambda tf, L, x: L.batch_norm(x, renorm=True, fused=False),
    "spatial_softmax": lambda tf, L, x: L.spatial_softmax(x),
    "fully_connected": lambda tf, L, x: L.fully_connected(x, 2),
    "arg_scopes": lambda tf, L, x: arg_scopes(tf, L, x),
    "lenet": lambda tf, L, x: L.fully_connected(
        L.flatten(L.max_pool2d(L.conv2d(x, 4, 3, scope="conv1"), 2)), 3, activation_fn=None, scope="logits"
    ),
}  # fmt: skip


def in_a_scope(tf, L, x):
    with tf.variable_scope("net", regularizer=L.l1_l2_regularizer(0.1, 0.2), initializer=tf.ones_initializer()):
        y = L.fully_connected(x, 2, scope="a")
        y = tf.get_variable("own", [2, 2]) + y[:2]
    return [y] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


def arg_scopes(tf, L, x):
    scope = tf.contrib.framework.arg_scope
    with scope([L.conv2d, L.fully_connected], activation_fn=tf.nn.elu, weights_regularizer=L.l2_regularizer(0.5)):
        with scope([L.conv2d], padding="VALID", normalizer_fn=L.batch_norm) as kept:
            with scope([L.batch_norm], is_training=False):
                y = L.conv2d(x, 2, 3)
    with scope(kept):
        y = L.conv2d(y, 2, 2, scope="again")
    with scope([L.conv2d, L.max_pool2d], stride=1):
        return [L.max_pool2d(y, 2), L.conv2d(y, 1, 2)] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


CANCELLING = ("conv2d_batch_norm", "conv2d_transpose_valid")


def rows(table, array, prefix):
    for name in sorted(table):

        # Gradients of weights below a normalization nearly cancel.
        @case(name=prefix + name, feeds={"x": array}, grads=True, atol=1e-5 if name in CANCELLING else None)
        def build(tf, make=table[name]):
            x = tf.placeholder(tf.float32, [None] + list(array.shape[1:]), name="x")
            tf.set_random_seed(SEED)
            return make(tf, layers_of(tf), x)


rows(DENSE, ROWS, "dense_")
rows(IMAGES, IMAGE, "image_")


def in_training_or_not(name, on, options):
    @case(name=name, feeds={"x": IMAGE, "on": on}, grads=True, graph=False)
    def build(tf):
        x, on = tf.placeholder(tf.float32, [None, 6, 6, 3], name="x"), tf.placeholder(tf.bool, [], name="on")
        return layers_of(tf).batch_norm(x, is_training=on, **options)


in_training_or_not("bn_switched_on", True, {})
in_training_or_not("bn_switched_off", False, {"scale": True})
in_training_or_not("bn_switched_on_in_place", True, {"updates_collections": None})
in_training_or_not("bn_switched_off_in_place", False, {"updates_collections": None, "scale": True})
in_training_or_not("bn_switched_unfused", True, {"updates_collections": None, "fused": False})
in_training_or_not("bn_switched_collected", True, {"updates_collections": "mine"})


@case(feeds={"x": floats(2, 7, 3), "z": floats(2, 4, 4, 4, 2)}, grads=True)
def other_ranks(tf):
    L = layers_of(tf)
    x, z = tf.placeholder(tf.float32, [2, 7, 3], name="x"), tf.placeholder(tf.float32, [2, 4, 4, 4, 2], name="z")
    tf.set_random_seed(SEED)
    return [
        L.conv1d(x, 2, 3), L.convolution1d(x, 2, 2, stride=2, padding="VALID"), L.conv3d(z, 2, 2), L.fully_connected(x, 2),
        L.conv3d_transpose(z, 2, 2, stride=2), L.max_pool3d(z, 2), L.avg_pool3d(z, 2), tf.contrib.slim.pool(x, 2, "AVG"),
    ]  # fmt: skip


@script(graph=True)
def channels_first(tf):  # TensorFlow's CPU runs none of these
    L = layers_of(tf)
    x = tf.placeholder(tf.float32, [2, 3, 5, 5], name="x")
    made = [
        L.conv2d(x, 2, 3, data_format="NCHW"), L.max_pool2d(x, 2, data_format="NCHW"), L.bias_add(x, data_format="NCHW"),
        L.batch_norm(x, data_format="NCHW"), L.instance_norm(x, data_format="NCHW"),
        L.batch_norm(x, data_format="NCHW", fused=False, updates_collections=None, scale=True),
        L.group_norm(x, 3, channels_axis=-3, reduction_axes=(-2, -1)),
    ]  # fmt: skip
    return {"names": " ".join(y.name for y in made)}


@case(feeds={"x": floats(6, 50, low=1.0), "on": True}, graph=False)
def dropout(tf):
    L = layers_of(tf)
    x, on = tf.placeholder(tf.float32, [6, 50], name="x"), tf.placeholder(tf.bool, [], name="on")
    tf.set_random_seed(SEED)
    return [L.dropout(x), L.dropout(x, 0.3, is_training=False), L.dropout(x, 0.8, is_training=on, seed=5, scope="drop")]


@case(feeds={"ids": integers(3, 4, low=0, high=7)})
def embeddings(tf):
    L = layers_of(tf)
    ids = tf.placeholder(tf.int32, [3, None], name="ids")
    tf.set_random_seed(SEED)
    return [
        L.embed_sequence(ids, 7, 3), L.embed_sequence(ids, 7, 3, scope="emb"), L.embed_sequence(ids, scope="emb", reuse=True),
        L.embed_sequence(ids, 7, 2, unique=True), L.bow_encoder(ids, 7, 3, sparse_lookup=False),
        L.one_hot_encoding(ids, 7), L.one_hot_encoding(ids, 7, 2.0, -1.0, scope="hot"),
    ]  # fmt: skip


@case(feeds={"ids": integers(3, 4, low=0, high=7)}, graph=False)
def bag_of_words(tf):
    ids = tf.placeholder(tf.int32, [3, 4], name="ids")
    tf.set_random_seed(SEED)
    return layers_of(tf).bow_encoder(ids, 7, 3)


REGULARIZERS = {
    "l1": lambda L: L.l1_regularizer(0.5),
    "l2": lambda L: L.l2_regularizer(0.5, scope="named"),
    "l1_l2": lambda L: L.l1_l2_regularizer(0.5, 0.25),
    "l1_l2_off": lambda L: L.l1_l2_regularizer(0.0, 0.25),
    "l2_l1_off": lambda L: L.l1_l2_regularizer(0.25, 0.0),
    "sum": lambda L: L.sum_regularizer([L.l1_regularizer(0.1), None, L.l2_regularizer(0.0), L.l2_regularizer(1.0)]),
}


def regularized(name):
    @case(name="regularizer_" + name, feeds={"w": floats(3, 4)}, grads=True)
    def build(tf):
        w = tf.placeholder(tf.float32, [3, 4], name="w")
        L = layers_of(tf)
        return [REGULARIZERS[name](L)(w), L.apply_regularization(REGULARIZERS[name](L), [w, w * 2.0])]


for _name in sorted(REGULARIZERS):
    regularized(_name)


@case(feeds={"w": floats(3, 4)})
def regularize_collection(tf):
    w = tf.Variable(tf.placeholder(tf.float32, [3, 4], name="w"), collections=[tf.GraphKeys.WEIGHTS])
    L = layers_of(tf)
    total = L.apply_regularization(L.l2_regularizer(0.1))
    assert L.l2_regularizer(0.0)(w) is None and L.sum_regularizer([None]) is None
    return {"names": tf.constant(total.name), "count": tf.constant(len(tf.get_collection("regularization_losses")))}


def trained(row, **options):
    @script(name="optimize_loss_" + row)
    def run(tf):
        L = layers_of(tf)
        tf.set_random_seed(SEED)
        x, y = tf.constant(floats(8, 4)), tf.constant(floats(8, 1, seed=2))
        given = dict(options)
        step = tf.train.get_or_create_global_step()
        loss = tf.reduce_mean(tf.square(L.fully_connected(x, 1, activation_fn=None, normalizer_fn=L.batch_norm) - y))
        if given.get("optimizer") == "function":
            given["optimizer"] = lambda rate: tf.train.MomentumOptimizer(rate, 0.5)
        if given.get("learning_rate_decay_fn"):
            given["learning_rate_decay_fn"] = lambda rate, step: tf.train.exponential_decay(rate, step, 2, 0.5)
        given = dict(dict(learning_rate=0.1, optimizer="SGD", global_step=step), **given)
        train = L.optimize_loss(loss, **given)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            losses = [session.run(train) for _ in range(4)]
            return {
                "losses": losses,
                "step": session.run(step),
                "names": " ".join([train.name] + [v.name for v in tf.global_variables()]),
                "summaries": " ".join(s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)),
            }


trained("sgd")
trained("adam", optimizer="Adam", learning_rate=0.01)
trained("momentum", optimizer="Momentum", clip_gradients=0.5)
trained("rmsprop", optimizer="RMSProp", summaries=["gradients", "gradient_norm", "loss", "learning_rate"])
trained("adagrad", optimizer="Adagrad", learning_rate_decay_fn=True)
trained("ftrl", optimizer="Ftrl", name="train_it", increment_global_step=False)
trained("function", optimizer="function", global_step=None)
trained("multipliers", gradient_multipliers={"fully_connected/weights:0": 0.1})


@script()
def named_outputs(tf):
    L, x = layers_of(tf), tf.constant(IMAGE)
    with tf.variable_scope("net", values=[x]) as scope:
        ends = scope.original_name_scope + "_ends"
        with tf.contrib.framework.arg_scope([L.conv2d, L.max_pool2d], outputs_collections=[ends]):
            y = L.conv2d(x, 2, 3, scope="conv1")
            y = L.repeat(y, 2, L.conv2d, 2, 3, scope="conv2")
            L.max_pool2d(y, 2, scope="pool")
    return {
        "names": " ".join(y.name for y in tf.get_collection(ends)),
        "aliases": " ".join(a for y in tf.get_collection(ends) for a in y.aliases),
        "summaries": " ".join(s.name for s in L.summarize_tensors(tf.get_collection(ends))),
        "activations": " ".join(s.name for s in L.summarize_collection(ends, summarizer=L.summarize_activation)),
        "all": " ".join(s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)),
    }


@script()
def variables_found(tf):
    F, L = tf.contrib.framework, layers_of(tf)
    with tf.variable_scope("a"):
        F.model_variable("w", [2], initializer=tf.ones_initializer())
        F.variable("v", [2], trainable=False, collections=["mine", tf.GraphKeys.GLOBAL_VARIABLES])
        L.fully_connected(tf.constant(ROWS), 2)
    F.local_variable(1.0, name="local")
    F.global_variable(1.0, name="global")
    step = F.get_or_create_global_step()

    def names(found):
        return " ".join(v.name for v in found)

    return {
        "all": names(F.get_variables()),
        "scope": names(F.get_variables("a/")),
        "suffix": names(F.get_variables(suffix="weights")),
        "by_suffix": names(F.get_variables_by_suffix("w", "a")),
        "by_name": names(F.get_variables_by_name("v")),
        "model": names(F.get_model_variables()),
        "local": names(F.get_local_variables()),
        "trainable": names(F.get_trainable_variables("a/full")),
        "restore": names(F.get_variables_to_restore(exclude=["a/fully_connected"])),
        "restore_some": names(F.get_variables_to_restore(include=["a"], exclude=["a/w"])),
        "unique": F.get_unique_variable("a/w").name + step.name + F.get_global_step().name,
        "filtered": names(F.filter_variables(F.get_variables(), ["a"], ["weights"])),
        "full": F.get_variable_full_name(F.get_variables("a/w")[0]),
    }


@script()
def variables_assigned(tf):
    F = tf.contrib.framework
    v = tf.get_variable("v", [2, 3], initializer=tf.zeros_initializer())
    tf.get_variable("v2", [2], initializer=tf.zeros_initializer())
    op, feeds = F.assign_from_values({"v": floats(6), "v2": floats(2)})
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(op, feeds)
        first = session.run(tf.global_variables())
        F.assign_from_values_fn({"v": floats(6, seed=9)})(session)
        return {"first": first[0], "second": first[1], "third": session.run(v), "name": op.name}


ERRORS = {
    "units": lambda tf, L, x: L.fully_connected(x, 2.5),
    "format": lambda tf, L, x: L.conv2d(x, 2, 3, data_format="NCWH"),
    "rank": lambda tf, L, x: L.conv2d(x, 2, 3),
    "scale": lambda tf, L, x: L.l2_regularizer(1),
    "negative": lambda tf, L, x: L.l1_regularizer(-1.0),
    "nothing_to_regularize": lambda tf, L, x: L.apply_regularization(L.l2_regularizer(0.1)),
    "mode": lambda tf, L, x: L.variance_scaling_initializer(mode="FAN"),
    "scope_kind": lambda tf, L, x: tf.contrib.framework.arg_scope("conv", a=1).__enter__(),
    "not_decorated": lambda tf, L, x: tf.contrib.framework.arg_scope([len], a=1).__enter__(),
    "optimizer": lambda tf, L, x: L.optimize_loss(tf.reduce_sum(x), None, 0.1, "Newton"),
    "rate": lambda tf, L, x: L.optimize_loss(tf.reduce_sum(x), None, 1, "SGD"),
    "stack": lambda tf, L, x: L.stack(x, L.fully_connected, 3),
    "embed": lambda tf, L, x: L.embed_sequence(x),
    "groups": lambda tf, L, x: L.group_norm(tf.ones([2, 3, 3, 4]), 3),
    "unique": lambda tf, L, x: tf.contrib.framework.get_unique_variable("nobody"),
}


def refused(name):
    @case(name="error_" + name, raises=True)
    def build(tf):
        return ERRORS[name](tf, layers_of(tf), tf.placeholder(tf.float32, [None, 4], name="x"))


for _name in sorted(ERRORS):
    refused(_name)
