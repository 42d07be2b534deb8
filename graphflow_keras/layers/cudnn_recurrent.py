"""`CuDNNLSTM` and `CuDNNGRU`: the layers whose weights lie as cuDNN wants them. They run on any device here.

cuDNN has a bias for the inputs and one for the states, `8 * units` and `6 * units` numbers in one vector, uses the
sigmoid for its gates, and resets the state after its product (`GRU(reset_after=True)`). Its kernels are those of
`LSTM` and `GRU` transposed gate by gate: `[inputs, units]` here holds cuDNN's `[units, inputs]` in row-major order.
"""

from collections import namedtuple

from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.engine.base_layer import InputSpec, Layer
from graphflow_keras.layers._options import options_config, take_options
from graphflow_keras.layers._recurrent_base import RNN, _state_sizes
from graphflow_keras.layers._recurrent_cells import (
    CONSTRAINTS,
    INITIALIZERS,
    REGULARIZERS,
    GRUCell,
    LSTMCell,
    with_ones_for_the_forget_gate,
)

_Cell = namedtuple("cell", "state_size")


class _CuDNNRNN(RNN):
    """What both have in common; a subclass names its gates in `GATES` and makes the ordinary cell of its weights."""

    OPTIONS = ()
    GATES = ""
    unroll = zero_output_for_mask = False

    def __init__(self, arguments, **kwargs):
        self.go_backwards = kwargs.pop("go_backwards", False)
        self.time_major = kwargs.pop("time_major", False)
        Layer.__init__(self, **kwargs)
        take_options(self, self.OPTIONS, arguments)
        self.return_sequences = arguments["return_sequences"]
        self.return_state = arguments["return_state"]
        self.stateful = arguments["stateful"]
        self.supports_masking = False
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = [InputSpec(shape=(None, size)) for size in _state_sizes(self.cell)]
        self.constants_spec = None
        self._states = None
        self._num_constants = None

    def build(self, input_shape):
        super().build(input_shape)
        features = (input_shape[0] if isinstance(input_shape, list) else input_shape)[-1]
        gates = len(self.GATES)
        self.kernel = self._weight_of("kernel", "kernel", (features, gates * self.units))
        self.recurrent_kernel = self._weight_of("recurrent_kernel", "recurrent", (self.units, gates * self.units))
        self.bias = self._weight_of("bias", "bias", (2 * gates * self.units,), self._first_bias())
        for name in ("kernel", "recurrent_kernel"):
            for gate, part in zip(self.GATES, self._pieces(getattr(self, name))):
                setattr(self, f"{name}_{gate}", part)
        biases = self._pieces(self.bias)
        for gate, input_bias, bias in zip(self.GATES, biases[:gates], biases[gates:]):
            setattr(self, f"bias_{gate}_i", input_bias)
            setattr(self, f"bias_{gate}", bias)
        self.built = True

    def _weight_of(self, name, options, shape, initializer=None):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer or getattr(self, f"{options}_initializer"),
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
        )

    def _first_bias(self):
        return self.bias_initializer

    def _pieces(self, tensor):
        """Pieces of `units` columns."""
        ends = range(0, K.int_shape(tensor)[-1] + 1, self.units)
        return [tensor[..., start:end] for start, end in zip(ends, ends[1:])]

    def _ordinary(self, name):
        """A kernel as `LSTM` and `GRU` have it, `[inputs, gates * units]`."""
        parts = [getattr(self, f"{name}_{gate}") for gate in self.GATES]
        return K.concatenate([K.transpose(K.reshape(part, (self.units, -1))) for part in parts])

    def call(self, inputs, mask=None, training=None, initial_state=None):
        if isinstance(mask, list):
            mask = mask[0]
        if mask is not None:
            raise ValueError("Masking is not supported for CuDNN RNNs.")
        return super().call(inputs, training=training, initial_state=initial_state)

    def _loop(self, inputs, initial_state, constants, training):
        cell = self._ordinary_cell()
        cell.kernel, cell.recurrent_kernel = self._ordinary("kernel"), self._ordinary("recurrent_kernel")
        return cell.project(inputs), cell.advance

    def get_config(self):
        config = {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
        }
        if dialect.is_tf_keras() or self.time_major:
            config["time_major"] = self.time_major
        return {**Layer.get_config(self), **config, **options_config(self, self.OPTIONS)}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    @property
    def trainable_weights(self):
        return [self.kernel, self.recurrent_kernel, self.bias] if self.trainable and self.built else []

    @property
    def non_trainable_weights(self):
        return [self.kernel, self.recurrent_kernel, self.bias] if self.built and not self.trainable else []


class CuDNNGRU(_CuDNNRNN):
    """`GRU` with `reset_after`, sigmoid gates and cuDNN's layout of weights; takes no mask.

    Args:
        units: int, size of the state and of the output.
        other arguments: as for `GRU`.
    """

    OPTIONS = ("units", *INITIALIZERS, *REGULARIZERS, "activity_regularizer", *CONSTRAINTS)
    GATES = "zrh"

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        stateful=False,
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)

    @property
    def cell(self):
        return _Cell(state_size=self.units)

    def _ordinary_cell(self):
        cell = GRUCell(self.units, recurrent_activation="sigmoid", reset_after=True, name=f"{self.name}_cell")
        cell.input_bias, cell.recurrent_bias = self.bias[: 3 * self.units], self.bias[3 * self.units :]
        return cell


class CuDNNLSTM(_CuDNNRNN):
    """`LSTM` with sigmoid gates and cuDNN's layout of weights; takes no mask.

    Args:
        units: int, size of each state and of the output.
        other arguments: as for `LSTM`.
    """

    OPTIONS = ("units", *INITIALIZERS, "unit_forget_bias", *REGULARIZERS, "activity_regularizer", *CONSTRAINTS)
    GATES = "ifco"

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        stateful=False,
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)

    @property
    def cell(self):
        return _Cell(state_size=(self.units, self.units))

    def _first_bias(self):
        if not self.unit_forget_bias:
            return self.bias_initializer
        return with_ones_for_the_forget_gate(self.bias_initializer, 5 * self.units, self.units)

    def _ordinary_cell(self):
        cell = LSTMCell(self.units, recurrent_activation="sigmoid", name=f"{self.name}_cell")
        cell.bias = self.bias[: 4 * self.units] + self.bias[4 * self.units :]
        return cell
