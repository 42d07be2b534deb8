"""Programs about language and sound as repositories had them: what they print while they train, and what they sample."""

import numpy as np

from tests.oracle.harness import floats, integers, script


@script(rtol=1e-3, atol=1e-4)
def language_model_behind_a_queue(tf):
    """Batches cut at a dequeued place, an unrolled block LSTM with its state fed back, a rate that is assigned."""
    tf.set_random_seed(5)
    words, batch, steps, size = integers(400, seed=1, high=20), 4, 5, 8

    class Model(object):
        def __init__(self, is_training, data):
            raw = tf.convert_to_tensor(data, name="raw_data", dtype=tf.int32)
            length = tf.size(raw) // batch
            rows = tf.reshape(raw[0 : batch * length], [batch, length])
            epoch_size = (length - 1) // steps
            positive = tf.assert_positive(epoch_size, message="epoch_size == 0, decrease batch_size or num_steps")
            with tf.control_dependencies([positive]):
                epoch_size = tf.identity(epoch_size, name="epoch_size")
            i = tf.train.range_input_producer(epoch_size, shuffle=False).dequeue()
            x = tf.strided_slice(rows, [0, i * steps], [batch, (i + 1) * steps])
            x.set_shape([batch, steps])
            y = tf.strided_slice(rows, [0, i * steps + 1], [batch, (i + 1) * steps + 1])
            y.set_shape([batch, steps])
            inputs = tf.nn.embedding_lookup(tf.get_variable("embedding", [20, size]), x)
            cells = [tf.contrib.rnn.LSTMBlockCell(size, forget_bias=0.0) for _ in range(2)]
            cell = tf.contrib.rnn.MultiRNNCell(cells, state_is_tuple=True)
            self.start = state = cell.zero_state(batch, tf.float32)
            outputs = []
            with tf.variable_scope("RNN"):
                for step in range(steps):
                    if step > 0:
                        tf.get_variable_scope().reuse_variables()
                    output, state = cell(inputs[:, step, :], state)
                    outputs.append(output)
            self.end = state
            output = tf.reshape(tf.concat(outputs, 1), [-1, size])
            logits = tf.nn.xw_plus_b(output, tf.get_variable("w", [size, 20]), tf.get_variable("b", [20]))
            loss = tf.contrib.seq2seq.sequence_loss(
                tf.reshape(logits, [batch, steps, 20]), y, tf.ones([batch, steps]),
                average_across_timesteps=False, average_across_batch=True,
            )  # fmt: skip
            self.cost, self.train = tf.reduce_sum(loss), tf.no_op()
            if is_training:
                self.rate = tf.Variable(0.0, trainable=False)
                variables = tf.trainable_variables()
                gradients, _ = tf.clip_by_global_norm(tf.gradients(self.cost, variables), 5)
                optimizer = tf.train.GradientDescentOptimizer(self.rate)
                with tf.control_dependencies(gradients + [self.cost]):
                    self.train = optimizer.apply_gradients(zip(gradients, variables))
                self.new_rate = tf.placeholder(tf.float32, [], name="new_learning_rate")
                self.update = tf.assign(self.rate, self.new_rate)

    def epoch(session, model, count):
        costs, state = [], session.run(model.start)
        for _ in range(count):
            feed = {}
            for (c, h), value in zip(model.start, state):
                feed[c], feed[h] = value.c, value.h
            found = session.run({"cost": model.cost, "state": model.end, "train": model.train}, feed)
            state = found["state"]
            costs.append(found["cost"])
        return costs

    initializer = tf.random_uniform_initializer(-0.1, 0.1)
    with tf.name_scope("Train"), tf.variable_scope("Model", reuse=None, initializer=initializer):
        trained = Model(True, words[:300])
    with tf.name_scope("Valid"), tf.variable_scope("Model", reuse=True, initializer=initializer):
        valid = Model(False, words[300:])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        session.run(trained.update, {trained.new_rate: 0.5})
        costs = epoch(session, trained, 16)
        costs += epoch(session, valid, 4)
        coordinator.request_stop()
        coordinator.join(threads)
    return {"costs": np.array(costs), "names": " ".join(v.name for v in tf.global_variables())}


@script(rtol=1e-3, atol=1e-4)
def sampling_with_a_past_that_grows(tf):
    """A small GPT: causal attention whose keys and values are kept, tokens drawn from the best five in a `while_loop`."""
    tf.set_random_seed(1)
    heads, size, layers = 2, 8, 1

    def norm(x, scope):
        with tf.variable_scope(scope):
            g = tf.get_variable("g", [size], initializer=tf.constant_initializer(1))
            b = tf.get_variable("b", [size], initializer=tf.constant_initializer(0))
            u = tf.reduce_mean(x, axis=-1, keepdims=True)
            s = tf.reduce_mean(tf.square(x - u), axis=-1, keepdims=True)
            return (x - u) * tf.rsqrt(s + 1e-5) * g + b

    def split(x):
        return tf.transpose(tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], heads, size // heads]), [0, 2, 1, 3])

    def attention(x, past):
        q, k, v = map(split, tf.split(tf.layers.dense(x, 3 * size, name="c_attn"), 3, axis=2))
        present = tf.stack([k, v], axis=1)
        if past is not None:
            past_k, past_v = tf.unstack(past, axis=1)
            k, v = tf.concat([past_k, k], axis=-2), tf.concat([past_v, v], axis=-2)
        w = tf.matmul(q, k, transpose_b=True) * 0.5
        rows, columns = tf.shape(w)[2], tf.shape(w)[3]
        seen = tf.cast(tf.range(rows)[:, None] >= tf.range(columns) - columns + rows, tf.float32)
        w = w * seen - tf.cast(1e10, w.dtype) * (1 - seen)
        a = tf.transpose(tf.matmul(tf.nn.softmax(w), v), [0, 2, 1, 3])
        a = tf.reshape(a, [tf.shape(x)[0], tf.shape(x)[1], size])
        return tf.layers.dense(a, size, name="c_proj"), present

    def model(tokens, past=None):
        with tf.variable_scope("model", reuse=tf.AUTO_REUSE):
            places = tf.get_variable("wpe", [16, size], initializer=tf.random_normal_initializer(stddev=0.3))
            words = tf.get_variable("wte", [12, size], initializer=tf.random_normal_initializer(stddev=0.5))
            before = 0 if past is None else tf.shape(past)[-2]
            h = tf.gather(words, tokens) + tf.gather(places, before + tf.range(tf.shape(tokens)[1]))
            presents = []
            for layer, one in enumerate([None] * layers if past is None else tf.unstack(past, axis=1)):
                with tf.variable_scope("h%d" % layer):
                    a, present = attention(norm(h, "ln_1"), one)
                    h += a
                    m = tf.layers.dense(norm(h, "ln_2"), 4 * size, name="c_fc")
                    m = 0.5 * m * (1 + tf.tanh(np.sqrt(2 / np.pi) * (m + 0.044715 * tf.pow(m, 3))))
                    h += tf.layers.dense(m, size, name="m_proj")
                presents.append(present)
            logits = tf.matmul(tf.reshape(norm(h, "ln_f"), [-1, size]), words, transpose_b=True)
            logits = tf.reshape(logits, [tf.shape(tokens)[0], -1, 12])
            present = tf.stack(presents, axis=1)
            present.set_shape([2, layers, 2, heads, None, size // heads])
            return logits, present

    def best(logits, k):
        def cut():
            least = tf.nn.top_k(logits, k=k)[0][:, -1, tf.newaxis]
            return tf.where(logits < least, tf.ones_like(logits) * -1e10, logits)

        return tf.cond(tf.equal(k, 0), lambda: logits, cut)

    context = tf.placeholder(tf.int32, [2, None])

    def body(past, previous, output):
        logits, present = model(previous[:, tf.newaxis], past)
        drawn = tf.multinomial(best(logits[:, -1, :] / tf.to_float(0.8), 5), num_samples=1, output_dtype=tf.int32)
        grown = tf.concat([past, present], axis=-2)
        return [grown, tf.squeeze(drawn, axis=[1]), tf.concat([output, drawn], axis=1)]

    past = model(context[:, :-1])[1]
    tokens = tf.while_loop(
        lambda *_: True, body, [past, context[:, -1], context], maximum_iterations=7, back_prop=False,
        shape_invariants=[past.shape, tf.TensorShape([2]), tf.TensorShape([2, None])],
    )[2]  # fmt: skip
    logits = model(context)[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feed = {context: [[1, 2, 3], [4, 5, 6]]}
        drawn = [session.run(tokens, feed) for _ in range(3)]
        return {"drawn": np.stack(drawn), "logits": session.run(logits, feed)}


@script(rtol=1e-3, atol=1e-4)
def transformer_with_a_triangular_mask(tf):
    """Causal attention whose mask is a LinearOperatorLowerTriangular's; smoothed labels and a rate that warms up."""
    tf.set_random_seed(99)
    x = tf.placeholder(tf.int32, [None, None])
    y = tf.placeholder(tf.int32, [None, None])
    words = tf.get_variable("words", [10, 8], initializer=tf.contrib.layers.xavier_initializer())
    words = tf.concat([tf.zeros([1, 8]), words[1:, :]], 0)
    h = tf.nn.embedding_lookup(words, x) * 8**0.5
    q, k, v = (tf.concat(tf.split(tf.layers.dense(h, 8, use_bias=False), 2, axis=2), 0) for _ in range(3))
    w = tf.matmul(q, tf.transpose(k, [0, 2, 1])) / 2.0
    triangle = tf.linalg.LinearOperatorLowerTriangular(tf.ones_like(w[0, :, :])).to_dense()
    mask = tf.tile(tf.expand_dims(triangle, 0), [tf.shape(w)[0], 1, 1])
    w = tf.where(tf.equal(mask, 0), tf.ones_like(mask) * (-(2**32) + 1), w)
    w = tf.layers.dropout(tf.nn.softmax(w), 0.1, training=True)
    h += tf.concat(tf.split(tf.matmul(w, v), 2, axis=0), axis=2)
    mean, variance = tf.nn.moments(h, [-1], keep_dims=True)
    h = (h - mean) / ((variance + 1e-8) ** 0.5)
    logits = tf.einsum("ntd,dk->ntk", tf.layers.dense(h, 8, tf.nn.relu) + h, tf.transpose(words))
    smooth = 0.9 * tf.one_hot(y, depth=10) + 0.1 / 10
    losses = tf.nn.softmax_cross_entropy_with_logits_v2(logits=logits, labels=smooth)
    counts = tf.to_float(tf.not_equal(y, 0))
    loss = tf.reduce_sum(losses * counts) / (tf.reduce_sum(counts) + 1e-7)
    step = tf.train.get_or_create_global_step()
    now = tf.cast(step + 1, tf.float32)
    rate = 0.05 * 5.0**0.5 * tf.minimum(now * 5.0**-1.5, now**-0.5)
    pairs = tf.train.AdamOptimizer(rate, beta2=0.98, epsilon=1e-9).compute_gradients(loss)
    with tf.control_dependencies([loss, rate] + [g for g, _ in pairs]):
        train = tf.train.AdamOptimizer(rate, beta2=0.98, epsilon=1e-9).apply_gradients(pairs, global_step=step)
    given = integers(4, 6, seed=3, low=1, high=10)
    given[1:3, 4:] = 0
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(8):
            found.append(session.run([loss, rate, train, step], {x: given, y: given[:, ::-1]}))
    return {"losses": np.array([f[0] for f in found]), "rates": np.array([f[1] for f in found]), "steps": [f[3] for f in found]}


@script(rtol=1e-3, atol=1e-4)
def speech_recognition(tf):
    """Cepstral coefficients of signals, a recurrent network, the CTC loss, what greedy and beam search read."""
    tf.set_random_seed(0)
    signal = tf.placeholder(tf.float32, [None, None])
    size = tf.abs(tf.contrib.signal.stft(signal, frame_length=64, frame_step=32, fft_length=64))
    to_mel = tf.contrib.signal.linear_to_mel_weight_matrix(12, 33, 8000, 80.0, 3800.0)
    mel = tf.tensordot(size, to_mel, 1)
    mel.set_shape(size.shape[:-1].concatenate(to_mel.shape[-1:]))
    features = tf.contrib.signal.mfccs_from_log_mel_spectrograms(tf.log(mel + 1e-6))[..., :6] / 10
    lengths, labels = tf.placeholder(tf.int32, [None]), tf.sparse_placeholder(tf.int32)
    hidden, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(8), features, lengths, dtype=tf.float32)
    w = tf.Variable(tf.truncated_normal([8, 5], stddev=0.5))
    logits = tf.reshape(tf.matmul(tf.reshape(hidden, [-1, 8]), w), [tf.shape(features)[0], -1, 5])
    logits = tf.transpose(logits, (1, 0, 2))
    loss = tf.reduce_mean(tf.nn.ctc_loss(labels, logits, lengths))
    greedy, _ = tf.nn.ctc_greedy_decoder(logits, lengths)
    beam, score = tf.nn.ctc_beam_search_decoder(logits, lengths, beam_width=4, top_paths=1)
    error = tf.reduce_mean(tf.edit_distance(tf.cast(greedy[0], tf.int32), labels))
    train = tf.train.MomentumOptimizer(0.02, 0.9).minimize(loss)
    given = np.sin(np.arange(1, 4)[:, None] * np.linspace(0, 300, 400)[None]) + 0.01 * floats(3, 400, seed=2)
    places = [[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2]]
    feed = {signal: given, lengths: [11, 9, 11], labels: (places, [0, 1, 2, 3, 1, 0], [3, 3])}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, error, train], feed)[:2] for _ in range(6)]
        found = session.run([features, tf.sparse_tensor_to_dense(beam[0], default_value=-1), score], feed)
    return {"losses": np.array(losses), "features": found[0], "beam": found[1], "score": found[2]}
