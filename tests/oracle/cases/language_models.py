"""Two models as the world wrote them, in small: a masked encoder trained by TPUEstimator, and a decoder that samples."""

import math
import re
import tempfile

import numpy as np

from tests.oracle.cases.estimators import Losses
from tests.oracle.harness import integers, script

WORDS, LENGTH, WIDTH, HEADS = 17, 6, 8, 2
ROWS = integers(8, LENGTH, seed=1, low=1, high=WORDS)
MASK = (np.arange(LENGTH) < integers(8, 1, seed=2, low=3, high=LENGTH + 1)).astype(np.int32)
SEGMENTS = integers(8, LENGTH, seed=3, high=2)
LABELS = integers(8, seed=4, high=2)


# -- an encoder ------------------------------------------------------------------------------------------------------


def gelu(tf, x):
    return x * 0.5 * (1.0 + tf.erf(x / tf.sqrt(2.0)))


def initializer(tf):
    return tf.truncated_normal_initializer(stddev=0.3)


def layer_norm(tf, x):
    return tf.contrib.layers.layer_norm(inputs=x, begin_norm_axis=-1, begin_params_axis=-1)


def dropout(tf, x, rate):
    return x if not rate else tf.nn.dropout(x, 1.0 - rate)


def attention(tf, x, mask, rate):
    """Self-attention over rows `[batch * length, width]`."""
    batch, size = tf.shape(mask)[0], WIDTH // HEADS

    def split(part):
        made = tf.layers.dense(x, WIDTH, name=part, kernel_initializer=initializer(tf))
        return tf.transpose(tf.reshape(made, [batch, LENGTH, HEADS, size]), [0, 2, 1, 3])

    query, key, value = split("query"), split("key"), split("value")
    scores = tf.multiply(tf.matmul(query, key, transpose_b=True), 1.0 / math.sqrt(float(size)))
    scores += tf.expand_dims((1.0 - tf.cast(mask, tf.float32)) * -10000.0, axis=[1])
    weights = dropout(tf, tf.nn.softmax(scores), rate)
    together = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
    return tf.reshape(together, [batch * LENGTH, WIDTH])


def encoder(tf, ids, mask, segments, layers=1, rate=0.1):
    with tf.variable_scope("bert"):
        with tf.variable_scope("embeddings"):
            table = tf.get_variable("word_embeddings", [WORDS, WIDTH], initializer=initializer(tf))
            flat_ids = tf.reshape(ids, [-1])
            x = tf.reshape(tf.gather(table, flat_ids), [-1, LENGTH, WIDTH])
            kinds = tf.get_variable("token_type_embeddings", [2, WIDTH], initializer=initializer(tf))
            x += tf.reshape(tf.matmul(tf.one_hot(tf.reshape(segments, [-1]), depth=2), kinds), [-1, LENGTH, WIDTH])
            with tf.control_dependencies([tf.assert_less_equal(LENGTH, 2 * LENGTH)]):
                places = tf.get_variable("position_embeddings", [2 * LENGTH, WIDTH], initializer=initializer(tf))
                x += tf.reshape(tf.slice(places, [0, 0], [LENGTH, -1]), [1, LENGTH, WIDTH])
            x = dropout(tf, layer_norm(tf, x), rate)
        ones = tf.ones(shape=[tf.shape(ids)[0], LENGTH, 1], dtype=tf.float32)
        full_mask = ones * tf.cast(tf.reshape(mask, [-1, 1, LENGTH]), tf.float32)
        x = tf.reshape(x, [-1, WIDTH])
        with tf.variable_scope("encoder"):
            for layer in range(layers):
                with tf.variable_scope("layer_%d" % layer):
                    with tf.variable_scope("attention"):
                        with tf.variable_scope("self"):
                            heads = attention(tf, x, full_mask, rate)
                        with tf.variable_scope("output"):
                            seen = tf.layers.dense(heads, WIDTH, kernel_initializer=initializer(tf))
                            seen = layer_norm(tf, dropout(tf, seen, rate) + x)
                    with tf.variable_scope("intermediate"):
                        wide = tf.layers.dense(
                            seen, 2 * WIDTH, activation=lambda v: gelu(tf, v), kernel_initializer=initializer(tf)
                        )
                    with tf.variable_scope("output"):
                        x = tf.layers.dense(wide, WIDTH, kernel_initializer=initializer(tf))
                        x = layer_norm(tf, dropout(tf, x, rate) + seen)
        with tf.variable_scope("pooler"):
            first = tf.squeeze(tf.reshape(x, [-1, LENGTH, WIDTH])[:, 0:1, :], axis=1)
            return tf.layers.dense(first, WIDTH, activation=tf.tanh, kernel_initializer=initializer(tf))


def weight_decay_optimizer(tf, rate):
    """Adam without correction of its means, and weights that shrink by themselves."""

    class AdamWeightDecayOptimizer(tf.train.Optimizer):
        def __init__(self):
            super(AdamWeightDecayOptimizer, self).__init__(False, "AdamWeightDecayOptimizer")

        def decays(self, name):
            return not any(re.search(pattern, name) for pattern in ("LayerNorm", "layer_norm", "bias"))

        def apply_gradients(self, grads_and_vars, global_step=None, name=None):
            assignments = []
            for grad, param in grads_and_vars:
                if grad is None or param is None:
                    continue
                base = re.match("^(.*):\\d+$", param.name).group(1)
                m, v = [
                    tf.get_variable(base + end, param.shape.as_list(), tf.float32, tf.zeros_initializer(), trainable=False)
                    for end in ("/adam_m", "/adam_v")
                ]
                next_m = tf.multiply(0.9, m) + tf.multiply(1.0 - 0.9, grad)
                next_v = tf.multiply(0.999, v) + tf.multiply(1.0 - 0.999, tf.square(grad))
                update = next_m / (tf.sqrt(next_v) + 1e-6)
                if self.decays(base):
                    update += 0.01 * param
                assignments.extend([param.assign(param - rate * update), m.assign(next_m), v.assign(next_v)])
            return tf.group(*assignments, name=name)

    return AdamWeightDecayOptimizer()


def training_step(tf, loss, rate=0.05, steps=8, warm_up=2):
    step = tf.train.get_or_create_global_step()
    learning = tf.constant(value=rate, shape=[], dtype=tf.float32)
    learning = tf.train.polynomial_decay(learning, step, steps, end_learning_rate=0.0, power=1.0, cycle=False)
    done, total = tf.cast(step, tf.float32), tf.constant(warm_up, dtype=tf.float32)
    is_warm_up = tf.cast(step < warm_up, tf.float32)
    learning = (1.0 - is_warm_up) * learning + is_warm_up * rate * done / total
    optimizer = weight_decay_optimizer(tf, learning)
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), clip_norm=1.0)
    update = optimizer.apply_gradients(zip(gradients, variables), global_step=step)
    with tf.control_dependencies([update]):  # not beside it: TensorFlow would race with the reads of the step above
        return step.assign(step + 1).op


def classifier(tf):
    def model_fn(features, labels, mode, params):
        is_training = mode == tf.estimator.ModeKeys.TRAIN
        rate = 0.1 if is_training else 0.0
        pooled = encoder(tf, features["ids"], features["mask"], features["segments"], rate=rate)
        weights = tf.get_variable("output_weights", [2, WIDTH], initializer=tf.truncated_normal_initializer(stddev=0.02))
        bias = tf.get_variable("output_bias", [2], initializer=tf.zeros_initializer())
        with tf.variable_scope("loss"):
            logits = tf.nn.bias_add(tf.matmul(dropout(tf, pooled, rate), weights, transpose_b=True), bias)
            wanted = tf.one_hot(features["label"], depth=2, dtype=tf.float32)
            each = -tf.reduce_sum(wanted * tf.nn.log_softmax(logits, axis=-1), axis=-1)
            loss = tf.reduce_mean(each)
        if mode == tf.estimator.ModeKeys.TRAIN:
            train_op = training_step(tf, loss)
            return tf.contrib.tpu.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op, scaffold_fn=None)
        if mode == tf.estimator.ModeKeys.EVAL:

            def metric_fn(each, ids, logits):
                chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
                return {"eval_accuracy": tf.metrics.accuracy(ids, chosen), "eval_loss": tf.metrics.mean(each)}

            metrics = (metric_fn, [each, features["label"], logits])
            return tf.contrib.tpu.TPUEstimatorSpec(mode=mode, loss=loss, eval_metrics=metrics, scaffold_fn=None)
        return tf.contrib.tpu.TPUEstimatorSpec(mode, {"probabilities": tf.nn.softmax(logits)}, scaffold_fn=None)

    return model_fn


def records(tf, path):
    """Writes the examples as tf.Examples and returns an input function that reads them."""
    writer = tf.python_io.TFRecordWriter(path)
    for row, mask, segments, label in zip(ROWS, MASK, SEGMENTS, LABELS):
        values = {"ids": row, "mask": mask, "segments": segments, "label": [label]}
        lists = {key: tf.train.Int64List(value=[int(v) for v in value]) for key, value in values.items()}
        features = {key: tf.train.Feature(int64_list=value) for key, value in lists.items()}
        writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    writer.close()

    def decode(record):
        wanted = {key: tf.FixedLenFeature([LENGTH], tf.int64) for key in ("ids", "mask", "segments")}
        example = tf.parse_single_example(record, dict(wanted, label=tf.FixedLenFeature([], tf.int64)))
        return {key: tf.to_int32(value) for key, value in example.items()}

    def input_fn(params):
        data = tf.data.TFRecordDataset(path).repeat()
        return data.apply(
            tf.contrib.data.map_and_batch(decode, batch_size=params["batch_size"], drop_remainder=True)
        )

    return input_fn


@script(rtol=2e-4, atol=2e-5)
def masked_encoder(tf):
    with tempfile.TemporaryDirectory() as folder:
        input_fn = records(tf, folder + "/records")
        tpu = tf.contrib.tpu
        config = tpu.RunConfig(model_dir=folder + "/model", tf_random_seed=3, save_checkpoints_steps=100)
        sizes = dict(train_batch_size=4, eval_batch_size=4, predict_batch_size=4)
        model = tpu.TPUEstimator(classifier(tf), config=config, use_tpu=False, params={}, **sizes)
        losses = Losses(tf)
        model.train(input_fn, [losses.hook], max_steps=5)
        found = dict(model.evaluate(input_fn, steps=2), losses=losses.values)
        found["names"] = " ".join(model.get_variable_names())
        found["attention"] = model.get_variable_value("bert/encoder/layer_0/attention/self/query/kernel")
        return found


# -- a decoder -------------------------------------------------------------------------------------------------------


def normalised(tf, x, scope):
    with tf.variable_scope(scope):
        gain = tf.get_variable("g", [WIDTH], initializer=tf.constant_initializer(1))
        shift = tf.get_variable("b", [WIDTH], initializer=tf.constant_initializer(0))
        mean = tf.reduce_mean(x, axis=-1, keepdims=True)
        spread = tf.reduce_mean(tf.square(x - mean), axis=-1, keepdims=True)
        return (x - mean) * tf.rsqrt(spread + 1e-5) * gain + shift


def conv1d(tf, x, scope, size):
    with tf.variable_scope(scope):
        *start, width = shape_list(tf, x)
        kernel = tf.get_variable("w", [1, width, size], initializer=tf.random_normal_initializer(stddev=0.4))
        bias = tf.get_variable("b", [size], initializer=tf.constant_initializer(0))
        made = tf.matmul(tf.reshape(x, [-1, width]), tf.reshape(kernel, [-1, size])) + bias
        return tf.reshape(made, start + [size])


def shape_list(tf, x):
    dynamic = tf.shape(x)
    return [dynamic[i] if size is None else size for i, size in enumerate(x.shape.as_list())]


def causal(tf, past_and_now, now):
    i, j = tf.range(now)[:, None], tf.range(past_and_now)
    return tf.cast(i >= j - past_and_now + now, tf.float32)


def decoder_attention(tf, x, past):
    def heads(part):
        *start, width = shape_list(tf, part)
        return tf.transpose(tf.reshape(part, start + [HEADS, width // HEADS]), [0, 2, 1, 3])

    with tf.variable_scope("attn"):
        query, key, value = map(heads, tf.split(conv1d(tf, x, "c_attn", WIDTH * 3), 3, axis=2))
        present = tf.stack([key, value], axis=1)
        if past is not None:
            past_key, past_value = tf.unstack(past, axis=1)
            key, value = tf.concat([past_key, key], axis=-2), tf.concat([past_value, value], axis=-2)
        scores = tf.matmul(query, key, transpose_b=True) * tf.rsqrt(tf.cast(WIDTH // HEADS, tf.float32))
        _, _, now, all_places = shape_list(tf, scores)
        mask = tf.reshape(causal(tf, all_places, now), [1, 1, now, all_places])
        weights = tf.nn.softmax(scores * mask - 1e10 * (1 - mask))
        merged = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
        *start, a, b = shape_list(tf, merged)
        return conv1d(tf, tf.reshape(merged, start + [a * b]), "c_proj", WIDTH), present


def decoder(tf, tokens, past=None, layers=1):
    with tf.variable_scope("model", reuse=tf.AUTO_REUSE):
        places = tf.get_variable("wpe", [32, WIDTH], initializer=tf.random_normal_initializer(stddev=0.3))
        words = tf.get_variable("wte", [WORDS, WIDTH], initializer=tf.random_normal_initializer(stddev=0.6))
        batch, count = shape_list(tf, tokens)
        before = 0 if past is None else tf.shape(past)[-2]
        numbers = tf.tile(tf.expand_dims(before + tf.range(count), axis=0), [batch, 1])
        x = tf.gather(words, tokens) + tf.gather(places, numbers)
        presents, pasts = [], [None] * layers if past is None else tf.unstack(past, axis=1)
        for layer, one in enumerate(pasts):
            with tf.variable_scope("h%d" % layer):
                added, present = decoder_attention(tf, normalised(tf, x, "ln_1"), one)
                presents.append(present)
                x = x + added
                with tf.variable_scope("mlp"):
                    wide = conv1d(tf, normalised(tf, x, "ln_2"), "c_fc", 2 * WIDTH)
                    curved = 0.5 * wide * (1 + tf.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * tf.pow(wide, 3))))
                    x = x + conv1d(tf, curved, "c_proj", WIDTH)
        x = normalised(tf, x, "ln_f")
        logits = tf.matmul(tf.reshape(x, [batch * count, WIDTH]), words, transpose_b=True)
        return tf.reshape(logits, [batch, count, WORDS]), tf.stack(presents, axis=1)


def top_k(tf, logits, k):
    values, _ = tf.nn.top_k(logits, k=k)
    least = values[:, -1, tf.newaxis]
    return tf.where(logits < least, tf.ones_like(logits, dtype=logits.dtype) * -1e10, logits)


def sample(tf, context, length, temperature=0.9, k=6):
    """Continues each row of `context` by `length` words, drawn one by one."""

    def step(tokens, past=None):
        logits, presents = decoder(tf, tokens, past)
        size = WIDTH // HEADS
        presents.set_shape([None, 1, 2, HEADS, None, size])
        return logits, presents

    with tf.name_scope("sample_sequence"):
        _, past = step(context[:, :-1])

        def body(past, previous, output):
            logits, presents = step(previous[:, tf.newaxis], past=past)
            chosen = top_k(tf, logits[:, -1, :] / tf.to_float(temperature), k)
            samples = tf.multinomial(chosen, num_samples=1, output_dtype=tf.int32)
            return [
                tf.concat([past, presents], axis=-2), tf.squeeze(samples, axis=[1]), tf.concat([output, samples], axis=1)
            ]  # fmt: skip

        size = WIDTH // HEADS
        _, _, tokens = tf.while_loop(
            cond=lambda *args: True,
            body=body,
            maximum_iterations=length,
            loop_vars=[past, context[:, -1], context],
            shape_invariants=[
                tf.TensorShape([None, 1, 2, HEADS, None, size]), tf.TensorShape([None]), tf.TensorShape([None, None])
            ],  # fmt: skip
            back_prop=False,
        )
        return tokens


@script(rtol=1e-3, atol=1e-5)
def sampling_decoder(tf):
    tf.set_random_seed(5)
    context = tf.placeholder(tf.int32, [2, None])
    tokens = sample(tf, context, length=3)
    logits, _ = decoder(tf, context)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=context[:, 1:], logits=logits[:, :-1])
    )
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    found = {"names": " ".join(v.op.name for v in tf.trainable_variables())}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feeds = {context: [[1, 2, 3, 4], [5, 6, 7, 8]]}
        found["first"] = session.run(tokens, feeds)
        found["losses"] = [session.run([loss, train], feeds)[0] for _ in range(4)]
        found["logits"] = session.run(logits, feeds)
        found["second"] = session.run(tokens, feeds)
    return found
