"""tf.contrib besides layers: losses, training steps, slim's networks, cells, hyperparameters, vocabularies."""

import importlib
import os
import tempfile

import numpy as np

from tests.oracle.harness import case, floats, integers, script

SEED = 3

# -- losses --------------------------------------------------------------------------------------------------------------

P, T = floats(4, 3, seed=1), floats(4, 3, seed=2)
W = {"scalar": 0.5, "zero": 0.0, "rows": [1.0, 0.0, 2.0, 0.5], "columns": [[1.0], [0.0], [2.0], [0.5]], "each": np.abs(P)}
LOSSES = {
    "absolute_difference": lambda L, p, t, w: L.absolute_difference(p, t, w),
    "mean_squared_error": lambda L, p, t, w: L.mean_squared_error(p, t, w),
    "log_loss": lambda L, p, t, w: L.log_loss(abs(p) / 3.0, abs(t) / 3.0, w),
    "pairwise": lambda L, p, t, w: L.mean_pairwise_squared_error(p, t, w),
    "sigmoid": lambda L, p, t, w: L.sigmoid_cross_entropy(p, abs(t) / 3.0, w, label_smoothing=0.1),
    "compute": lambda L, p, t, w: L.compute_weighted_loss(p * t, w),
}
BY_ROW = {
    "softmax": lambda L, p, t, w: L.softmax_cross_entropy(p, abs(t) / 3.0, w),
    "softmax_smooth": lambda L, p, t, w: L.softmax_cross_entropy(p, abs(t) / 3.0, w, label_smoothing=0.2, scope="ce"),
    "sparse": lambda L, p, t, w: L.sparse_softmax_cross_entropy(p, [[0], [2], [1], [1]], w),
    "cosine": lambda L, p, t, w: L.cosine_distance(p, t, axis=1, weights=w),
}


def lost(name, make, weights):
    @case(name="loss_%s_%s" % (name, weights), feeds={"p": P, "t": T}, grads=True)
    def build(tf):
        p, t = tf.placeholder(tf.float32, [4, 3], name="p"), tf.placeholder(tf.float32, [4, 3], name="t")
        made = make(tf.contrib.losses, p, t, W[weights])
        return [made, tf.contrib.losses.get_total_loss()] + tf.contrib.losses.get_losses()


for _name in sorted(LOSSES):
    for _weights in ("scalar", "zero", "rows", "each"):
        if (_name, _weights) != ("pairwise", "each"):
            lost(_name, LOSSES[_name], _weights)
for _name in sorted(BY_ROW):
    for _weights in ("scalar", "rows"):
        lost(_name, BY_ROW[_name], _weights)
lost("absolute_difference", LOSSES["absolute_difference"], "columns")


@case(feeds={"p": P}, grads=True)
def hinge(tf):
    return tf.contrib.losses.hinge_loss(tf.placeholder(tf.float32, [4, 3], name="p"), tf.constant(T > 0))


# -- training steps ------------------------------------------------------------------------------------------------------


def stepped(row, slim, **options):
    @script(name="train_op_" + row)
    def run(tf):
        tf_slim = tf.contrib.slim
        tf.set_random_seed(SEED)
        x, y = tf.constant(floats(8, 4)), tf.constant(floats(8, 1, seed=2))
        out = tf_slim.fully_connected(x, 1, activation_fn=None, normalizer_fn=tf_slim.batch_norm, scope="out")
        tf_slim.losses.mean_squared_error(out, y)
        given = dict(options)
        if given.pop("clip", False):
            given["transform_grads_fn"] = tf.contrib.training.clip_gradient_norms_fn(0.5)
        maker = tf_slim.learning.create_train_op if slim else tf.contrib.training.create_train_op
        train = maker(tf_slim.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.1), **given)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            losses = [session.run(train) for _ in range(3)]
            return {
                "losses": losses,
                "values": session.run(tf_slim.get_variables_by_name("weights"))[0],
                "names": " ".join([train.name] + [v.name for v in tf.global_variables()]),
                "summaries": " ".join(s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)),
                "size": list(tf_slim.model_analyzer.analyze_vars(tf_slim.get_model_variables())),
            }


stepped("slim", True)
stepped("slim_clipped", True, clip_gradient_norm=0.5, summarize_gradients=True, gradient_multipliers={"out/weights": 0.5})
stepped("slim_no_step", True, global_step=None, check_numerics=False, update_ops=[])
stepped("training", False, summarize_gradients=True)
stepped("training_clipped", False, clip=True)


def slim_trained(tf, folder, steps):
    slim = tf.contrib.slim
    with tf.Graph().as_default():
        tf.set_random_seed(SEED)
        x, y = tf.constant(floats(8, 4)), tf.constant(floats(8, 1, seed=2))
        slim.losses.mean_squared_error(slim.fully_connected(x, 1, activation_fn=None, scope="out"), y)
        step = slim.learning.create_train_op(slim.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.1))
        return slim.learning.train(step, folder, number_of_steps=steps, log_every_n_steps=0, save_summaries_secs=0)


@script()
def slim_train(tf):
    folder = tempfile.mkdtemp()
    losses = [slim_trained(tf, folder, steps) for steps in (5, 7)]
    return {
        "losses": losses,
        "latest": os.path.basename(tf.train.latest_checkpoint(folder)),
        "step": tf.train.load_variable(folder, "global_step"),
        "weights": tf.train.load_variable(folder, "out/weights"),
    }


# -- slim's networks -----------------------------------------------------------------------------------------------------


def network(row, size, make):
    @script(name="network_" + row)
    def run(tf):
        from_slim = tf.contrib.slim
        x = tf.placeholder(tf.float32, [2, size, size, 3])
        logits, ends = make(from_slim, x)
        return {
            "logits": "%s %s" % (logits.name, logits.shape.as_list()),
            "ends": " ".join("%s=%s%s" % (key, ends[key].name, ends[key].shape.as_list()) for key in sorted(ends)),
            "variables": " ".join("%s%s" % (v.op.name, v.shape.as_list()) for v in from_slim.get_variables()),
            "losses": " ".join(v.name for v in tf.losses.get_regularization_losses()),
            "updates": " ".join(v.name for v in tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
            "nodes": " ".join(sorted(op.name for op in tf.get_default_graph().get_operations())[::7]),
        }


def scoped(slim, x, module, function, scope, **options):
    networks = importlib.import_module(slim.__name__.replace("tensorflow_core", "tensorflow") + ".nets")
    networks = getattr(networks, module)
    with slim.arg_scope(getattr(networks, scope)()):
        return getattr(networks, function)(x, **options)


NETWORKS = {
    "vgg_a": (224, "vgg", "vgg_a", "vgg_arg_scope", {"num_classes": 10}),
    "vgg_16": (224, "vgg", "vgg_16", "vgg_arg_scope", {"is_training": False}),
    "vgg_19": (256, "vgg", "vgg_19", "vgg_arg_scope", {"spatial_squeeze": False}),
    "alexnet": (224, "alexnet", "alexnet_v2", "alexnet_v2_arg_scope", {"num_classes": 5}),
    "inception_v3": (299, "inception", "inception_v3", "inception_v3_arg_scope", {"num_classes": 7}),
    "inception_v3_small": (
        128, "inception", "inception_v3", "inception_v3_arg_scope", {"depth_multiplier": 0.25, "is_training": False}
    ),
    "inception_v3_base": (
        128, "inception", "inception_v3_base", "inception_v3_arg_scope", {"final_endpoint": "Mixed_6c", "depth_multiplier": 0.1}
    ),
    "resnet_v1_50": (224, "resnet_v1", "resnet_v1_50", "resnet_arg_scope", {"num_classes": 9}),
    "resnet_v2_50": (224, "resnet_v2", "resnet_v2_50", "resnet_arg_scope", {"num_classes": 9, "is_training": False}),
    "resnet_v2_101_dense": (
        97, "resnet_v2", "resnet_v2_101", "resnet_arg_scope", {"output_stride": 8, "global_pool": False}
    ),
}  # fmt: skip


def add_network(row):
    size, module, function, scope, options = NETWORKS[row]
    network(row, size, lambda slim, x: scoped(slim, x, module, function, scope, **options))


for _name in sorted(NETWORKS):
    add_network(_name)


# -- recurrent cells -----------------------------------------------------------------------------------------------------

CELLS = {
    "output_projection": lambda rnn: rnn.OutputProjectionWrapper(rnn.GRUCell(3), 2),
    "output_projection_relu": lambda rnn: rnn.OutputProjectionWrapper(rnn.BasicLSTMCell(3), 2, activation=abs),
    "input_projection": lambda rnn: rnn.InputProjectionWrapper(rnn.GRUCell(3), 2),
    "layer_norm_lstm": lambda rnn: rnn.LayerNormBasicLSTMCell(3),
    "layer_norm_lstm_plain": lambda rnn: rnn.LayerNormBasicLSTMCell(3, layer_norm=False, forget_bias=0.5),
    "ugrnn": lambda rnn: rnn.UGRNNCell(3),
    "nas": lambda rnn: rnn.NASCell(3),
    "nas_projected": lambda rnn: rnn.NASCell(3, num_proj=2, use_bias=True),
    "attention": lambda rnn: rnn.AttentionCellWrapper(rnn.GRUCell(3), 2),
    "attention_lstm": lambda rnn: rnn.AttentionCellWrapper(rnn.BasicLSTMCell(3), 2, attn_size=4, attn_vec_size=5),
    "highway": lambda rnn: rnn.HighwayWrapper(rnn.GRUCell(4)),
    "multi": lambda rnn: rnn.MultiRNNCell([rnn.OutputProjectionWrapper(rnn.BasicRNNCell(3), 2), rnn.LSTMCell(2)]),
    "dropout": lambda rnn: rnn.DropoutWrapper(rnn.BasicRNNCell(3), output_keep_prob=0.5, seed=1),
}


def celled(row):
    @case(name="cell_" + row, feeds={"x": floats(2, 4)}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [2, 4], name="x")
        tf.set_random_seed(SEED)
        cell = CELLS[row](tf.contrib.rnn)
        outputs, state = tf.contrib.rnn.static_rnn(cell, [x, x * 0.5, -x], dtype=tf.float32)
        return tf.nest.flatten((outputs, state))


for _name in sorted(CELLS):
    celled(_name)


@case(feeds={"ids": integers(3, 2, low=0, high=5)}, graph=False)
def embedding_wrapper(tf):
    rnn, ids = tf.contrib.rnn, tf.placeholder(tf.int32, [3, 2], name="ids")
    tf.set_random_seed(SEED)
    cell = rnn.EmbeddingWrapper(rnn.GRUCell(3), embedding_classes=5, embedding_size=2)
    return tf.nest.flatten(rnn.static_rnn(cell, tf.unstack(ids, axis=1), dtype=tf.float32))


@case(feeds={"x": floats(3, 5, 4), "n": [2, 5, 3]}, grads=True, graph=False)
def stacked_both_ways(tf):
    rnn, x, n = tf.contrib.rnn, tf.placeholder(tf.float32, [3, 5, 4], name="x"), tf.placeholder(tf.int32, [3], name="n")
    tf.set_random_seed(SEED)

    def cells():
        return [rnn.GRUCell(2), rnn.BasicLSTMCell(3)]

    dynamic = rnn.stack_bidirectional_dynamic_rnn(cells(), cells(), x, dtype=tf.float32, sequence_length=n)
    static = rnn.stack_bidirectional_rnn(cells(), cells(), tf.unstack(x, axis=1), dtype=tf.float32, scope="static")
    return tf.nest.flatten((dynamic, static))


@case(feeds={"x": floats(5, 3, 4)}, grads=True, graph=False)
def fused_adaptors(tf):
    rnn, x = tf.contrib.rnn, tf.placeholder(tf.float32, [5, 3, 4], name="x")
    tf.set_random_seed(SEED)
    forwards = rnn.FusedRNNCellAdaptor(rnn.GRUCell(2))
    backwards = rnn.TimeReversedFusedRNN(rnn.FusedRNNCellAdaptor(rnn.GRUCell(2), use_dynamic_rnn=True))
    one = forwards(x, dtype=tf.float32, scope="fw")
    two = backwards(x, dtype=tf.float32, sequence_length=[2, 5, 3], scope="bw")
    return tf.nest.flatten((one, two))


# -- plain Python --------------------------------------------------------------------------------------------------------


@script()
def hyperparameters(tf):
    HParams = tf.contrib.training.HParams
    hp = HParams(lr=0.1, layers=[1, 2], name="a", flag=True, count=3)
    first = repr(hp) + str(sorted(hp.values().items()))
    hp.parse("lr=1,layers=[3,4,5],name=hello,flag=false")
    hp.set_hparam("count", 5)
    hp.add_hparam("extra", [0.5])
    hp.del_hparam("name")
    errors = []
    for text in ("lr=a", "unknown=1", "lr=1,lr=2", "layers=3", "lr", "count=1.5", "flag=maybe"):
        try:
            hp.parse(text)
        except (ValueError, KeyError) as err:
            errors.append(type(err).__name__)
    return {
        "first": first,
        "json": hp.to_json(sort_keys=True),
        "again": repr(hp.parse_json('{"lr": 3, "layers": [7]}')),
        "errors": " ".join(errors),
        "got": str([hp.get("lr"), hp.get("none"), hp.get("none", 4), "lr" in hp, hp.count]),
        "parsed": str(tf.contrib.training.parse_values("a=1,b[1]=2,c=[x,y]", {"a": int, "b": float, "c": str})),
    }


@script()
def vocabulary(tf):
    pre = tf.contrib.learn.preprocessing
    texts = ["Hello world, it's a dog's life", "HELLO again world", "a world ABCd eF"]
    processor = pre.VocabularyProcessor(5)
    rows = np.array(list(processor.fit_transform(texts)))
    more = np.array(list(processor.transform(["unknown world"])))
    trimmed = pre.VocabularyProcessor(4, min_frequency=1)
    cut = np.array(list(trimmed.fit_transform(texts)))
    path = os.path.join(tempfile.mkdtemp(), "vocab")
    processor.save(path)
    back = pre.VocabularyProcessor.restore(path)
    return {
        "rows": rows, "more": more, "cut": cut, "sizes": [len(processor.vocabulary_), len(trimmed.vocabulary_)],
        "back": np.array(list(back.transform(texts))), "reverse": "|".join(processor.reverse(rows)),
        "words": "|".join(" ".join(words) for words in pre.tokenizer(texts)),
        "bytes": np.array(list(pre.ByteProcessor(4).transform(["abc", "defgh"]))),
    }  # fmt: skip


@script()
def protocol_buffers(tf):
    util = tf.contrib.util
    proto = util.make_tensor_proto(floats(2, 3))
    return {"array": util.make_ndarray(proto), "constant": util.constant_value(tf.constant([1, 2]))}


# -- optimizers ----------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "adamw": lambda opt, tf: opt.AdamWOptimizer(0.01, 0.1),
    "momentumw": lambda opt, tf: opt.MomentumWOptimizer(0.01, 0.1, 0.9),
    "lazy_adam": lambda opt, tf: opt.LazyAdamOptimizer(0.1),
    "nadam": lambda opt, tf: opt.NadamOptimizer(0.1),
    "extended": lambda opt, tf: opt.extend_with_decoupled_weight_decay(tf.train.AdamOptimizer)(0.01, learning_rate=0.1),
    "averaged": lambda opt, tf: opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1), 0.5),
}


def optimized(row, resource):
    @script(name="optimizer_%s%s" % (row, "_resource" if resource else ""))
    def run(tf):
        table = tf.get_variable("table", initializer=floats(5, 2), use_resource=resource)
        weight = tf.get_variable("weight", initializer=floats(2, 1, seed=3), use_resource=resource)
        rows = tf.nn.embedding_lookup(table, [0, 3, 3])
        # The gradients are constant: TensorFlow lets the decay of one variable race with the gradient of the other.
        loss = tf.reduce_sum(rows * floats(3, 2, seed=4)) + tf.reduce_sum(weight * floats(2, 1, seed=5))
        train = OPTIMIZERS[row](tf.contrib.opt, tf).minimize(loss)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(train)
            values = session.run(tf.global_variables())
        found = {v.op.name: value for v, value in zip(tf.global_variables(), values)}
        return dict(found, op=train.name)


for _name in sorted(OPTIMIZERS):
    optimized(_name, False)
    optimized(_name, True)


# -- metrics -------------------------------------------------------------------------------------------------------------

METRICS = {
    "accuracy": lambda M, p, t: M.streaming_accuracy(p > 0.5, t > 0.5),
    "mean": lambda M, p, t: M.streaming_mean(p),
    "precision": lambda M, p, t: M.streaming_precision(p > 0.5, t > 0.5),
    "recall": lambda M, p, t: M.streaming_recall(p > 0.5, t > 0.5),
    "auc": lambda M, p, t: M.streaming_auc(p, t > 0.5),
    "f1": lambda M, p, t: M.f1_score(t > 0.5, p),
    "f1_weighted": lambda M, p, t: M.f1_score(t > 0.5, p, weights=t, num_thresholds=20),
    "squared_error": lambda M, p, t: M.streaming_mean_squared_error(p, t, weights=t),
}


def measured(row):
    @script(name="metric_" + row)
    def run(tf):
        p, t = (tf.constant(np.abs(floats(4, 3, seed=seed)) / 2.1) for seed in (1, 2))
        value, update = METRICS[row](tf.contrib.metrics, p, t)
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            updates = [session.run(update) for _ in range(2)]
            return {"updates": updates, "value": session.run(value), "names": value.name + " " + update.name}


for _name in sorted(METRICS):
    measured(_name)


@case()
def accuracy_of_a_batch(tf):
    M, p, t = tf.contrib.metrics, tf.constant([1, 0, 2, 1]), tf.constant([1, 1, 2, 0])
    return [M.accuracy(p, t), M.accuracy(p, t, weights=tf.constant([1.0, 0.0, 2.0, 1.0]))]


# -- conditional random fields -------------------------------------------------------------------------------------------


@case(feeds={"x": floats(3, 4, 5), "w": floats(5, 5, seed=2)}, grads=True, graph=False)
def crf_scores(tf):
    crf = tf.contrib.crf
    x, w = tf.placeholder(tf.float32, [3, 4, 5], name="x"), tf.placeholder(tf.float32, [5, 5], name="w")
    tags, lengths = tf.constant(integers(3, 4, low=0, high=5)), tf.constant([4, 2, 1])
    likelihood, _ = crf.crf_log_likelihood(x, tags, lengths, w)
    return [
        likelihood, crf.crf_sequence_score(x, tags, lengths, w), crf.crf_log_norm(x, lengths, w),
        crf.crf_unary_score(tags, lengths, x), crf.crf_binary_score(tags, lengths, w),
        crf.crf_log_likelihood(x[:, :1], tags[:, :1], tf.constant([1, 0, 1]), w)[0],
    ]  # fmt: skip


@case(feeds={"x": floats(3, 4, 5), "w": floats(5, 5, seed=2)}, graph=False)
def crf_best(tf):
    crf = tf.contrib.crf
    x, w = tf.placeholder(tf.float32, [3, 4, 5], name="x"), tf.placeholder(tf.float32, [5, 5], name="w")
    tags, score = crf.crf_decode(x, w, tf.constant([4, 2, 1]))
    one, one_score = crf.crf_decode(x[:, :1], w, tf.constant([1, 1, 1]))
    made, best = crf.viterbi_decode(floats(4, 5), floats(5, 5, seed=2))
    return [tags, score, one, one_score, tf.constant(np.array(made)), tf.constant(best)]
