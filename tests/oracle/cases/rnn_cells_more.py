"""The rest of tf.contrib.rnn: cells as one operation, grids, convolutions, and others."""

from tests.oracle.harness import case, floats

X = floats(2, 4)
CELLS = {
    "lstm_block": lambda rnn: rnn.LSTMBlockCell(3),
    "lstm_block_peephole": lambda rnn: rnn.LSTMBlockCell(3, forget_bias=0.5, cell_clip=0.2, use_peephole=True),
    "gru_blocks": lambda rnn: rnn.MultiRNNCell([rnn.GRUBlockCell(3), rnn.GRUBlockCellV2(cell_size=2, name="own")]),
    "coupled_options": lambda rnn: rnn.CoupledInputForgetGateLSTMCell(
        3, use_peepholes=True, num_proj=2, proj_clip=0.05, state_is_tuple=False
    ),
    "coupled_norm": lambda rnn: rnn.CoupledInputForgetGateLSTMCell(3, layer_norm=True, num_unit_shards=2),
    "grid_options": lambda rnn: rnn.GridLSTMCell(
        2, use_peepholes=True, cell_clip=0.1, num_unit_shards=2, feature_size=2, frequency_skip=2, num_frequency_blocks=[1, 1],
        start_freqindex_list=[0, 2], end_freqindex_list=[2, 4], couple_input_forget_gates=True,
    ),
    "grid_shared": lambda rnn: rnn.GridLSTMCell(
        2, use_peepholes=True, share_time_frequency_weights=True, feature_size=2, frequency_skip=2, num_frequency_blocks=[2],
        state_is_tuple=False,
    ),
    "grid_both_ways": lambda rnn: rnn.BidirectionalGridLSTMCell(
        2, feature_size=2, frequency_skip=2, num_frequency_blocks=[2], backward_slice_offset=1
    ),
    "intersection_projected": lambda rnn: rnn.IntersectionRNNCell(3, num_in_proj=3, forget_bias=0.5),
    "glstm_projected": lambda rnn: rnn.GLSTMCell(4, num_proj=2, number_of_groups=2),
    "sru": lambda rnn: rnn.SRUCell(3),
    "independent": lambda rnn: rnn.MultiRNNCell([rnn.IndRNNCell(3), rnn.IndyGRUCell(2), rnn.IndyLSTMCell(3, forget_bias=0.5)]),
    "highway_free": lambda rnn: rnn.HighwayWrapper(rnn.BasicRNNCell(4), couple_carry_transform_gates=False),
}  # fmt: skip


# The others are made of operations whose gradients are tested elsewhere.
SLOPES = "lstm_block", "lstm_block_peephole", "gru_blocks", "coupled_options", "intersection_projected", "sru"


def celled(row):
    @case(name="cell_" + row, feeds={"x": X}, grads=row in SLOPES)
    def build(tf):
        x = tf.placeholder(tf.float32, [2, 4], name="x")
        tf.set_random_seed(3)
        cell = CELLS[row](tf.contrib.rnn)
        outputs, state = tf.contrib.rnn.static_rnn(cell, [x, -x], dtype=tf.float32)
        return tf.nest.flatten((outputs, state))


for _name in sorted(CELLS):
    celled(_name)


@case(feeds={"x": X})
def bands(tf):
    """TimeFreqLSTMCell takes a state of all bands, which is larger than its state_size says."""
    x = tf.placeholder(tf.float32, [2, 4], name="x")
    tf.set_random_seed(3)
    cell = tf.contrib.rnn.TimeFreqLSTMCell(2, use_peepholes=True, cell_clip=0.3, feature_size=2, frequency_skip=2)
    output, state = cell(x, tf.ones([2, 8]) * 0.1)
    output, state = cell(x, state)
    return [output, state]


def convolved(row, shape, options):
    @case(name=row, feeds={"x": floats(1, *shape)}, grads=row == "conv_2d")
    def build(tf):
        x = tf.placeholder(tf.float32, [1] + shape, name="x")
        tf.set_random_seed(3)
        cell = getattr(tf.contrib.rnn, "Conv%dDLSTMCell" % (len(shape) - 1))(
            input_shape=shape, output_channels=2, kernel_shape=[2] * (len(shape) - 1), **options
        )
        return tf.nest.flatten(cell(x, cell.zero_state(1, tf.float32)))


convolved("conv_1d", [4, 3], {"skip_connection": True})
convolved("conv_2d", [3, 4, 2], {"use_bias": False})
convolved("conv_3d", [3, 2, 2, 1], {"forget_bias": 0.5})


@case(feeds={"x": X, "t": floats(2, 1, low=0.0)}, grads=True)
def phased(tf):
    x, t = tf.placeholder(tf.float32, [2, 4], name="x"), tf.placeholder(tf.float32, [2, 1], name="t")
    tf.set_random_seed(3)
    cell = tf.contrib.rnn.PhasedLSTMCell(3, use_peepholes=True, ratio_on=0.4, period_init_max=3.0)
    outputs, state = cell((t, x), cell.zero_state(2, tf.float32))
    return tf.nest.flatten(cell((t + 1.0, x), state))


def fused(row, lengths=None, **options):
    @case(name="fused_" + row, feeds={"x": floats(4, 2, 3)}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 2, 3], name="x")
        tf.set_random_seed(3)
        cell = tf.contrib.rnn.LSTMBlockFusedCell(3, **options)
        n = None if lengths is None else tf.constant(lengths)
        outputs, state = cell(x, dtype=tf.float32, sequence_length=n)
        return tf.nest.flatten((outputs, state))


fused("plain", forget_bias=0.0)
fused("lengths", lengths=[3, 2], use_peephole=True, cell_clip=0.3)


@case(raises=True)
def fused_over_a_list(tf):
    return tf.contrib.rnn.LSTMBlockFusedCell(3)(tf.unstack(tf.zeros([4, 2, 3])), dtype=tf.float32)


@case(feeds={"x": X}, grads=True)
def cudnn_compatible(tf):
    x, cudnn = tf.placeholder(tf.float32, [2, 4], name="x"), tf.contrib.cudnn_rnn
    tf.set_random_seed(3)
    one = tf.nn.static_rnn(cudnn.CudnnCompatibleLSTMCell(3), [x, -x], dtype=tf.float32, scope="lstm")
    two = tf.nn.static_rnn(cudnn.CudnnCompatibleGRUCell(3), [x, -x], dtype=tf.float32, scope="gru")
    return tf.nest.flatten((one, two))


@case(feeds={"x": floats(2, 4, 3)}, grads=True, graph=False)
def blocks_in_loops(tf):
    x = tf.placeholder(tf.float32, [2, None, 3], name="x")
    tf.set_random_seed(3)
    rnn = tf.contrib.rnn
    one = tf.nn.dynamic_rnn(rnn.LSTMBlockCell(3), x, [4, 2], dtype=tf.float32)
    two = tf.nn.dynamic_rnn(rnn.CompiledWrapper(rnn.GRUBlockCellV2(3)), x, dtype=tf.float32, scope="gru")
    return tf.nest.flatten((one, two))


@case(raises=True)
def gru_block_without_a_size(tf):
    return tf.contrib.rnn.GRUBlockCell()


@case(raises=True)
def grid_without_blocks(tf):
    return tf.contrib.rnn.GridLSTMCell(2, feature_size=2, frequency_skip=1)


@case(raises=True)
def grid_of_other_bands(tf):
    cell = tf.contrib.rnn.GridLSTMCell(2, feature_size=2, frequency_skip=1, num_frequency_blocks=[2])
    return cell(tf.constant(X), cell.zero_state(2, tf.float32))


@case(raises=True)
def groups_that_do_not_divide(tf):
    return tf.contrib.rnn.GLSTMCell(3, number_of_groups=2)


@case(raises=True)
def fused_without_a_state(tf):
    return tf.contrib.rnn.LSTMBlockFusedCell(3)(tf.zeros([4, 2, 3]))


@case(raises=True)
def too_many_shards(tf):
    cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(1, num_unit_shards=9)
    return cell(tf.constant(X), cell.zero_state(2, tf.float32))
