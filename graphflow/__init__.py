"""TensorFlow 1's graphs and sessions, compiled by XLA."""

from graphflow._autodiff.gradients import gradients as gradients
from graphflow._core.dtypes import float32 as float32
from graphflow._graph.build import constant as constant
from graphflow._graph.graph import Graph as Graph
from graphflow._graph.graph import get_default_graph as get_default_graph
from graphflow._graph.graph import reset_default_graph as reset_default_graph
from graphflow._ops.array import placeholder as placeholder
from graphflow._ops.matmul import matmul as matmul
from graphflow._ops.math import maximum as maximum
from graphflow._ops.unary import sigmoid as sigmoid
from graphflow._ops.seeds import set_random_seed as set_random_seed
from graphflow._ops.random import truncated_normal as truncated_normal
from graphflow._ops.reduce import reduce_mean as reduce_mean
from graphflow._ops.reduce import reduce_sum as reduce_sum
from graphflow._ops.variable import Variable as Variable
from graphflow._ops.variables import global_variables_initializer as global_variables_initializer
from graphflow._ops.grouping import group as group
from graphflow._runtime.session import Session as Session
