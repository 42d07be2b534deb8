"""Initializers of variables: `tf.initializers`."""

from graphflow._ops.initializers import Constant as constant
from graphflow._ops.initializers import GlorotNormal as glorot_normal
from graphflow._ops.initializers import GlorotUniform as glorot_uniform
from graphflow._ops.initializers import Identity as identity
from graphflow._ops.initializers import Ones as ones
from graphflow._ops.initializers import Orthogonal as orthogonal
from graphflow._ops.initializers import RandomNormal as random_normal
from graphflow._ops.initializers import RandomUniform as random_uniform
from graphflow._ops.initializers import TruncatedNormal as truncated_normal
from graphflow._ops.initializers import UniformUnitScaling as uniform_unit_scaling
from graphflow._ops.initializers import VarianceScaling as variance_scaling
from graphflow._ops.initializers import Zeros as zeros
from graphflow._ops.initializers import he_normal as he_normal
from graphflow._ops.initializers import he_uniform as he_uniform
from graphflow._ops.initializers import lecun_normal as lecun_normal
from graphflow._ops.initializers import lecun_uniform as lecun_uniform
from graphflow._ops.variables import global_variables_initializer as global_variables
from graphflow._ops.variables import local_variables_initializer as local_variables
from graphflow._ops.variables import variables_initializer as variables

__all__ = [
    "constant", "global_variables", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal",
    "lecun_uniform", "local_variables", "ones", "orthogonal", "random_normal", "random_uniform", "truncated_normal",
    "uniform_unit_scaling", "variables", "variance_scaling", "zeros",
]  # fmt: skip
