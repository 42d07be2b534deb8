"""Recurrent layers: `RNN` over any cell, and `SimpleRNN`, `GRU`, `LSTM` over their own."""

import warnings

from graphflow_keras import activations as activations
from graphflow_keras import dialect, regularizers
from graphflow_keras.layers._options import options_config
from graphflow_keras.layers._recurrent_base import RNN as RNN
from graphflow_keras.layers._recurrent_base import StackedRNNCells as StackedRNNCells
from graphflow_keras.layers._recurrent_base import _standardize_args as _standardize_args
from graphflow_keras.layers._recurrent_cells import AbstractRNNCell as AbstractRNNCell
from graphflow_keras.layers._recurrent_cells import GRUCell as GRUCell
from graphflow_keras.layers._recurrent_cells import LSTMCell as LSTMCell
from graphflow_keras.layers._recurrent_cells import PeepholeLSTMCell as PeepholeLSTMCell
from graphflow_keras.layers._recurrent_cells import SimpleRNNCell as SimpleRNNCell
from graphflow_keras.layers._recurrent_cells import _generate_dropout_mask as _generate_dropout_mask
from graphflow_keras.layers._recurrent_cells import forwards_to_cell
from graphflow_keras.legacy import interfaces

LOOP_ARGUMENTS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")


def layer_options(cell_class):
    """The options of a cell's layer in the order of its config: `activity_regularizer` follows the other ones."""
    options = list(cell_class.OPTIONS)
    options.insert(options.index("bias_regularizer") + 1, "activity_regularizer")
    return options


class OneCellRNN:
    """A layer that makes its own cell of the class `CELL` (mixed into a class of `RNN`)."""

    def __init__(self, arguments, loop_arguments=LOOP_ARGUMENTS, **kwargs):
        of_cell = {"dtype": kwargs["dtype"]} if dialect.is_tf_keras() and kwargs.get("dtype") else {}
        cell = self.CELL(**{option: arguments[option] for option in self.CELL.OPTIONS}, **of_cell)
        super().__init__(cell, **{name: arguments[name] for name in loop_arguments}, **kwargs)
        self.activity_regularizer = regularizers.get(arguments["activity_regularizer"])

    def call(self, inputs, mask=None, training=None, initial_state=None):
        self.cell.forget_masks()
        return super().call(inputs, mask=mask, training=training, initial_state=initial_state)

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        return {**config, **options_config(self, layer_options(self.CELL))}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if config.get("implementation") == 0:
            config["implementation"] = 1
        return cls(**config)


def _warn_of_implementation_0(implementation):
    if implementation == 0:
        warnings.warn(
            "`implementation=0` has been deprecated, and now defaults to `implementation=1`. Please update your layer call.",
            stacklevel=3,
        )


@forwards_to_cell
class SimpleRNN(OneCellRNN, RNN):
    """A fully connected recurrent network; see `SimpleRNNCell` and `RNN` for the arguments.

    Inputs `[batch, time, features]`; outputs `[batch, units]`, or `[batch, time, units]` with `return_sequences`.
    """

    CELL = SimpleRNNCell

    @interfaces.legacy_recurrent_support
    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        if kwargs.pop("implementation", None) is not None:
            warnings.warn(
                "The `implementation` argument in `SimpleRNN` has been deprecated. Please remove it from your layer call.",
                stacklevel=2,
            )
        super().__init__(locals(), **kwargs)

    @classmethod
    def from_config(cls, config):
        return cls(**{key: value for key, value in config.items() if key != "implementation"})


@forwards_to_cell
class GRU(OneCellRNN, RNN):
    """Gated recurrent units; see `GRUCell` and `RNN` for the arguments.

    Inputs `[batch, time, features]`; outputs `[batch, units]`, or `[batch, time, units]` with `return_sequences`.
    """

    CELL = GRUCell

    @interfaces.legacy_recurrent_support
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=False,
        **kwargs,
    ):
        _warn_of_implementation_0(implementation)
        super().__init__(locals(), **kwargs)


@forwards_to_cell
class LSTM(OneCellRNN, RNN):
    """Long short-term memory; see `LSTMCell` and `RNN` for the arguments.

    Inputs `[batch, time, features]`; outputs `[batch, units]`, or `[batch, time, units]` with `return_sequences`.
    """

    CELL = LSTMCell

    @interfaces.legacy_recurrent_support
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        _warn_of_implementation_0(implementation)
        super().__init__(locals(), **kwargs)
