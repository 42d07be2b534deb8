"""`tf.layers`: layers with variables of their own."""

from graphflow._layers.base import InputSpec as InputSpec
from graphflow._layers.base import Layer as Layer
from graphflow._layers.dense import Dense as Dense
from graphflow._layers.dense import Dropout as Dropout
from graphflow._layers.dense import Flatten as Flatten
from graphflow._layers.dense import dense as dense
from graphflow._layers.dense import dropout as dropout
from graphflow._layers.dense import flatten as flatten
