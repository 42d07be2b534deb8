"""`solvers.least_squares`."""

from graphflow._contrib.solvers import cgls as cgls
