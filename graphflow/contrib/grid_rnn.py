"""`tf.contrib.grid_rnn`: recurrent cells along several dimensions."""

from graphflow._contrib.grid_rnn import Grid1BasicLSTMCell as Grid1BasicLSTMCell
from graphflow._contrib.grid_rnn import Grid1BasicRNNCell as Grid1BasicRNNCell
from graphflow._contrib.grid_rnn import Grid1LSTMCell as Grid1LSTMCell
from graphflow._contrib.grid_rnn import Grid2BasicLSTMCell as Grid2BasicLSTMCell
from graphflow._contrib.grid_rnn import Grid2BasicRNNCell as Grid2BasicRNNCell
from graphflow._contrib.grid_rnn import Grid2GRUCell as Grid2GRUCell
from graphflow._contrib.grid_rnn import Grid2LSTMCell as Grid2LSTMCell
from graphflow._contrib.grid_rnn import Grid3LSTMCell as Grid3LSTMCell
from graphflow._contrib.grid_rnn import GridRNNCell as GridRNNCell
