"""tf.layers: the base of all layers, Dense, Dropout, Flatten."""

from tests.oracle.harness import case, floats, script


@case(feeds={"x": floats(5, 4)}, grads=True)
def dense_twice(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    tf.set_random_seed(3)
    hidden = tf.layers.dense(x, 3, activation=tf.nn.relu)
    return tf.layers.dense(hidden, 2, use_bias=False, kernel_initializer=tf.ones_initializer())


@case(feeds={"x": floats(2, 5, 4), "z": floats(2, 5, 3, 4)}, grads=True)
def dense_of_higher_rank(tf):
    x = tf.placeholder(tf.float32, [2, 5, 4], name="x")
    z = tf.placeholder(tf.float32, [None, 5, None, 4], name="z")
    tf.set_random_seed(3)
    return [tf.layers.dense(x, 3), tf.layers.dense(z, 3, name="named")]


@case(feeds={"x": floats(5, 4)}, grads=True)
def dense_with_regularizers(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    tf.set_random_seed(3)
    y = tf.layers.dense(
        x, 3, kernel_regularizer=tf.nn.l2_loss, bias_regularizer=tf.nn.l2_loss, activity_regularizer=tf.reduce_sum
    )
    return [y] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@case(feeds={"x": floats(5, 4)})
def dense_in_scopes(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    tf.set_random_seed(3)
    with tf.variable_scope("a"):
        first = tf.layers.dense(x, 2, name="fc")
        second = tf.layers.dense(x, 2)
    with tf.variable_scope("a", reuse=True):
        third = tf.layers.dense(x, 2, name="fc")
    with tf.name_scope("names"):
        layer = tf.layers.Dense(2, activation=tf.tanh)
        fourth, fifth = layer(x), layer(x)
    return [first, second, third, fourth, fifth, tf.layers.dense(x, 2, name="a/fc", reuse=True)]


@case(feeds={"x": floats(6, 50, low=1.0), "on": True}, graph=False)
def dropout(tf):
    x, on = tf.placeholder(tf.float32, [6, 50], name="x"), tf.placeholder(tf.bool, [], name="on")
    tf.set_random_seed(3)
    return [
        tf.layers.dropout(x),
        tf.layers.dropout(x, 0.3, training=True),
        tf.layers.dropout(x, 0.4, noise_shape=[None, 1], training=on),
        tf.layers.dropout(x, 0.4, seed=5, training=on, name="drop"),
    ]


@case(feeds={"x": floats(2, 3, 4), "y": floats(2, 3, 4)})
def flatten(tf):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    y = tf.placeholder(tf.float32, [2, None, 4], name="y")
    first = tf.layers.flatten(x, data_format="channels_first")
    return [tf.layers.flatten(x), tf.layers.flatten(y), first, tf.layers.Flatten()(x)]


@script()
def a_layer_of_ones_own(tf):
    class Scale(tf.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_variable("scale", [int(input_shape[-1])], initializer=tf.ones_initializer())
            self.count = self.add_variable("count", [], tf.float32, tf.zeros_initializer(), trainable=False)

        def call(self, inputs):
            self.add_update(tf.assign_add(self.count, 1.0))
            self.add_loss(tf.reduce_sum(self.scale))
            return inputs * self.scale

    layer, twin = Scale(), Scale(name="other")
    x = tf.constant(floats(2, 3))
    outputs = [layer(x), layer.apply(x), twin(x)]
    return {
        "names": " ".join([layer.name, twin.name, layer.scope_name, layer.dtype] + [y.name for y in outputs]),
        "variables": " ".join(v.name for v in layer.variables + twin.trainable_variables),
        "kinds": [len(layer.trainable_weights), len(layer.non_trainable_weights), layer.count_params()],
        "losses": " ".join(loss.name for loss in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)),
        "updates": " ".join(u.name for u in tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
    }


@case(raises=True)
def last_size_unknown(tf):
    return tf.layers.dense(tf.placeholder(tf.float32, [None, None]), 3)


@case(raises=True)
def rank_too_small(tf):
    return tf.layers.dense(tf.placeholder(tf.float32, [3]), 3)


@case(raises=True)
def variables_exist(tf):
    x = tf.placeholder(tf.float32, [None, 3])
    tf.layers.dense(x, 3, name="fc")
    return tf.layers.dense(x, 3, name="fc")
