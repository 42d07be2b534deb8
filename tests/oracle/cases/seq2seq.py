"""tf.contrib.seq2seq: losses, attention, decoders and what they read, beam search."""

from tests.oracle.harness import case, floats, integers

LOGITS, TARGETS = floats(2, 3, 4), integers(2, 3, high=4)


def lost(name, **options):
    @case(name="sequence_loss_" + name, feeds={"x": LOGITS}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [None, None, 4], name="x")
        weights = tf.constant([[1.0, 1.0, 0.5], [1.0, 0.0, 0.0]])
        return tf.contrib.seq2seq.sequence_loss(x, tf.constant(TARGETS), weights, **options)


lost("mean")
lost("by_step", average_across_timesteps=False)
lost("by_example", average_across_batch=False)
lost("each", average_across_timesteps=False, average_across_batch=False)

# -- attention ---------------------------------------------------------------------------------------------------------

MEMORY, QUERY = floats(2, 5, 3), floats(2, 4, seed=1)
LENGTHS = [5, 3]
MECHANISMS = {
    "luong": ("LuongAttention", {}),
    "luong_scaled": ("LuongAttention", {"scale": True}),
    "luong_hardmax": ("LuongAttention", {"hard": True}),
    "luong_masked": ("LuongAttention", {"score_mask_value": -5.0}),
    "bahdanau": ("BahdanauAttention", {}),
    "bahdanau_normalized": ("BahdanauAttention", {"normalize": True}),
    "luong_monotonic": ("LuongMonotonicAttention", {"scale": True, "score_bias_init": 0.5}),
    "luong_monotonic_recursive": ("LuongMonotonicAttention", {"mode": "recursive"}),
    "bahdanau_monotonic": ("BahdanauMonotonicAttention", {"normalize": True}),
    "bahdanau_monotonic_hard": ("BahdanauMonotonicAttention", {"mode": "hard"}),
    "bahdanau_monotonic_noise": ("BahdanauMonotonicAttention", {"sigmoid_noise": 0.5, "sigmoid_noise_seed": 3}),
}


SLOPES = "luong_masked", "bahdanau_normalized", "luong_monotonic"


def attended(row):
    @case(name="attention_" + row, feeds={"m": MEMORY, "q": QUERY}, grads=row in SLOPES, graph="recursive" not in row)
    def build(tf):
        tf.set_random_seed(1)
        function, options = MECHANISMS[row]
        options = dict(options)
        if options.pop("hard", False):
            options["probability_fn"] = tf.contrib.seq2seq.hardmax
        m = tf.placeholder(tf.float32, [2, 5, 3], name="m")
        q = tf.placeholder(tf.float32, [2, 4], name="q")
        make = getattr(tf.contrib.seq2seq, function)
        plain, masked = make(4, m, **options), make(4, m, memory_sequence_length=tf.constant(LENGTHS), **options)
        first = plain(q, plain.initial_state(2, tf.float32))
        second = masked(q, first[1])
        return [first[0], second[0], masked.values, masked.keys]


for _name in sorted(MECHANISMS):
    attended(_name)


def wrapped(name, make, batch=2, grads=False):
    @case(name="wrapper_" + name, feeds={"m": MEMORY, "q": QUERY}, grads=grads)
    def build(tf):
        tf.set_random_seed(1)
        m = tf.placeholder(tf.float32, [batch, 5, 3], name="m")
        q = tf.placeholder(tf.float32, [batch, 4], name="q")
        cell = make(tf, tf.contrib.seq2seq, m, q)
        state = cell.zero_state(tf.shape(q)[0] if batch is None else batch, tf.float32)
        outputs = []
        for _ in range(2):
            output, state = cell(q, state)
            outputs.append(output)
        history = [state.alignment_history.stack()] if hasattr(state.alignment_history, "stack") else []
        rest = tf.nest.flatten(state._replace(alignment_history=()))
        return outputs + history + rest


def lstm(tf):
    return tf.nn.rnn_cell.BasicLSTMCell(3)


def luong(tf, m):
    return tf.contrib.seq2seq.LuongAttention(3, m)


wrapped("sized", lambda tf, s, m, q: s.AttentionWrapper(lstm(tf), luong(tf, m), 4, name="own"))
wrapped("unknown_batch", lambda tf, s, m, q: s.AttentionWrapper(lstm(tf), luong(tf, m), 4, True), batch=None)
wrapped("cell_output", lambda tf, s, m, q: s.AttentionWrapper(lstm(tf), luong(tf, m), output_attention=False))
wrapped("layer", lambda tf, s, m, q: s.AttentionWrapper(lstm(tf), luong(tf, m), attention_layer=tf.layers.Dense(2)))
wrapped(
    "several",
    lambda tf, s, m, q: s.AttentionWrapper(
        lstm(tf), [luong(tf, m), s.BahdanauAttention(2, m)], [4, 2], alignment_history=False
    ),
    grads=True,
)
wrapped(
    "started",
    lambda tf, s, m, q: s.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(4), s.LuongAttention(4, m), initial_cell_state=q, cell_input_fn=lambda x, a: x * a[:, :1]
    ),
)


@case(feeds={"x": floats(2, 4)}, grads=True)
def attention_tools(tf):
    x, s = tf.placeholder(tf.float32, [2, 4], name="x"), tf.contrib.seq2seq
    before = tf.constant([[0.5, 0.25, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0]])
    p = tf.sigmoid(x)
    return [
        s.hardmax(x),
        s.safe_cumprod(p, axis=1, exclusive=True),
        s.safe_cumprod(p, reverse=True),
        s.monotonic_attention(p, before, "parallel"),
        s.monotonic_attention(tf.cast(x > 0, tf.float32), before, "hard"),
        tf.nest.flatten(s.tile_batch((x, [x[:, 0]]), 3))[0],
        s.tile_batch(x[:, 0], 2),
    ]


@case()
def tree(tf):
    step = tf.constant(integers(4, 2, 3, high=6))
    parent = tf.constant(integers(4, 2, 3, high=3, seed=1))
    return [
        tf.contrib.seq2seq.gather_tree(step, parent, tf.constant([4, 3]), 1),
        tf.contrib.seq2seq.gather_tree(step, parent, [2, 9], tf.constant(9)),
    ]


@case(raises=True)
def tree_without_parents(tf):
    step = tf.constant(integers(4, 2, 3, high=6))
    return tf.contrib.seq2seq.gather_tree(step, step + 3, tf.constant([4, 3]), 1)


@case(raises=True)
def attention_to_nothing(tf):
    m, q = tf.constant(MEMORY), tf.constant(QUERY)
    return tf.contrib.seq2seq.LuongAttention(4, m, tf.constant([5, 0]))(q, tf.zeros([2, 5]))[0]


@case(raises=True)
def attention_of_other_units(tf):
    return tf.contrib.seq2seq.LuongAttention(3, tf.constant(MEMORY))(tf.constant(QUERY), None)


@case(raises=True)
def wrapper_of_another_batch(tf):
    cell = tf.contrib.seq2seq.AttentionWrapper(lstm(tf), luong(tf, tf.constant(MEMORY)))
    return cell.zero_state(3, tf.float32)


# -- decoding ----------------------------------------------------------------------------------------------------------

INPUTS = floats(2, 4, 3, seed=2)


def decoded_by(name, helper, grads=False, layer=True, **options):
    """One decoder; what `helper(tf, s, x, n, table)` gives decides what it reads."""

    @case(name="decode_" + name, feeds={"x": INPUTS, "n": [4, 2]}, grads=grads, graph=False)
    def build(tf):
        tf.set_random_seed(1)
        x, n = tf.placeholder(tf.float32, [None, None, 3], name="x"), tf.placeholder(tf.int32, [None], name="n")
        table = tf.get_variable("table", [5, 3])
        s, cell = tf.contrib.seq2seq, tf.nn.rnn_cell.GRUCell(5)
        start = cell.zero_state(tf.size(n), tf.float32)
        output_layer = tf.layers.Dense(5, name="out") if layer else None
        decoder = s.BasicDecoder(cell, helper(tf, s, x, n, table), start, output_layer)
        outputs, state, lengths = s.dynamic_decode(decoder, **options)
        return [outputs.rnn_output, outputs.sample_id, state, lengths]


def training(tf, s, x, n, table):
    return s.TrainingHelper(x, n)


def greedy(tf, s, x, n, table):
    return s.GreedyEmbeddingHelper(table, tf.ones_like(n), 3)


def custom(tf, s, x, n, table):
    steps = tf.TensorArray(tf.float32, size=4).unstack(tf.transpose(x, [1, 0, 2]))

    def following(time, outputs, state, sample_ids):
        finished = time + 1 >= n
        return finished, tf.cond(tf.reduce_all(finished), lambda: x[:, 0], lambda: steps.read(time + 1)), state * 0.5

    return s.CustomHelper(
        lambda: (n < 1, x[:, 0]), lambda time, outputs, state: outputs[:, 1:3], following, [2], tf.float32
    )


def inference(tf, s, x, n, table):
    return s.InferenceHelper(
        lambda outputs: outputs * 2.0, [5], tf.float32, x[:, 0], lambda ids: ids[:, 0] < -0.5, lambda ids: ids[:, 2:]
    )


decoded_by("training_imputed", training, grads=True, impute_finished=True, output_time_major=True, scope="own")
decoded_by("training_cut", training, layer=False, maximum_iterations=2)
decoded_by("greedy", greedy, maximum_iterations=5)
decoded_by("custom", custom)
decoded_by("inference", inference, maximum_iterations=3)
decoded_by(
    "sampling",
    lambda tf, s, x, n, table: s.SampleEmbeddingHelper(
        lambda ids: tf.nn.embedding_lookup(table, ids), tf.ones_like(n), 3, softmax_temperature=0.7, seed=4
    ),
    maximum_iterations=6,
)
# One iteration at a time: in parallel ones TensorFlow's draws race for the stream of a random operation.
decoded_by(
    "scheduled_embedding",
    lambda tf, s, x, n, table: s.ScheduledEmbeddingTrainingHelper(x, n, table, 0.5, seed=3, scheduling_seed=4),
    grads=True,
    parallel_iterations=1,
)
decoded_by(
    "scheduled_output",
    lambda tf, s, x, n, table: s.ScheduledOutputTrainingHelper(
        x, n, 0.5, seed=3, next_inputs_fn=lambda outputs: outputs[:, :3] * 2.0
    ),
    parallel_iterations=1,
)
decoded_by(
    "scheduled_auxiliary",
    lambda tf, s, x, n, table: s.ScheduledOutputTrainingHelper(
        x, n, 0.7, seed=3, next_inputs_fn=lambda outputs: outputs[:, :3], auxiliary_inputs=x[:, :, :2]
    ),
    parallel_iterations=1,
)


def searched(name, attention=False, batch=2, **options):
    @case(name="beams_" + name, feeds={"m": MEMORY}, graph=False)
    def build(tf):
        tf.set_random_seed(1)
        m = tf.placeholder(tf.float32, [batch, None, 3], name="m")
        s, cell = tf.contrib.seq2seq, tf.nn.rnn_cell.LSTMCell(3)
        table = tf.get_variable("table", [5, 3], initializer=tf.random_normal_initializer(stddev=2.0))
        if attention:
            memory = s.tile_batch(m, 3)
            cell = s.AttentionWrapper(cell, s.BahdanauAttention(3, memory), alignment_history=True)
        start = cell.zero_state(tf.shape(m)[0] * 3 if batch is None else 6, tf.float32)
        start = start.clone(cell_state=start.cell_state) if attention else start
        starts = tf.fill([tf.shape(m)[0]], 1) if batch is None else [1, 2]
        decoder = s.BeamSearchDecoder(cell, table, starts, 0, start, 3, tf.layers.Dense(5, name="out"), **options)
        outputs, state, lengths = s.dynamic_decode(decoder, maximum_iterations=5)
        kept = state.cell_state.alignment_history if attention else state.cell_state.c
        steps = outputs.beam_search_decoder_output
        return [outputs.predicted_ids, steps.scores, steps.parent_ids, state.log_probs, state.lengths, kept]


searched("plain")
searched("length_penalty", length_penalty_weight=0.8)
searched("attention", attention=True, batch=None, length_penalty_weight=0.5, coverage_penalty_weight=0.3)


@case(raises=True)
def beams_with_coverage_of_nothing(tf):
    cell, s = tf.nn.rnn_cell.GRUCell(3), tf.contrib.seq2seq
    start = cell.zero_state(6, tf.float32)
    decoder = s.BeamSearchDecoder(cell, tf.zeros([5, 3]), [1, 2], 0, start, 3, coverage_penalty_weight=0.3)
    return s.dynamic_decode(decoder)


@case(raises=True)
def beams_of_a_state_not_tiled(tf):
    cell = tf.nn.rnn_cell.GRUCell(3)
    start = cell.zero_state(2, tf.float32)
    return tf.contrib.seq2seq.BeamSearchDecoder(cell, tf.zeros([5, 3]), [1, 2], 0, start, 3)


@case(raises=True)
def decoding_without_a_decoder(tf):
    return tf.contrib.seq2seq.dynamic_decode(tf.nn.rnn_cell.GRUCell(3))


@case(raises=True)
def helper_with_lengths_of_rank_2(tf):
    return tf.contrib.seq2seq.TrainingHelper(tf.constant(INPUTS), [[4, 2]])
