"""`tf.contrib.solvers`: iterative solvers of linear equations."""

from graphflow.contrib.solvers import lanczos as lanczos
from graphflow.contrib.solvers import least_squares as least_squares
from graphflow.contrib.solvers import linear_equations as linear_equations
from graphflow.contrib.solvers import util as util
