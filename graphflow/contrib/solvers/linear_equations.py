"""`solvers.linear_equations`."""

from graphflow._contrib.solvers import conjugate_gradient as conjugate_gradient
