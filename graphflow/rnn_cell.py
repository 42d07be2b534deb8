"""`tf.nn.rnn_cell`: recurrent cells."""

from graphflow._layers.rnn_cell import BasicLSTMCell as BasicLSTMCell
from graphflow._layers.rnn_cell import BasicRNNCell as BasicRNNCell
from graphflow._layers.rnn_cell import GRUCell as GRUCell
from graphflow._layers.rnn_cell import LSTMCell as LSTMCell
from graphflow._layers.rnn_cell import LSTMStateTuple as LSTMStateTuple
from graphflow._layers.rnn_cell import MultiRNNCell as MultiRNNCell
from graphflow._layers.rnn_cell import RNNCell as RNNCell
from graphflow._layers.rnn_cell_wrappers import DeviceWrapper as DeviceWrapper
from graphflow._layers.rnn_cell_wrappers import DropoutWrapper as DropoutWrapper
from graphflow._layers.rnn_cell_wrappers import ResidualWrapper as ResidualWrapper
