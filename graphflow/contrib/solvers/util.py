"""`solvers.util`."""

from graphflow._contrib.solvers import create_operator as create_operator
from graphflow._contrib.solvers import dot as dot
from graphflow._contrib.solvers import identity_operator as identity_operator
from graphflow._contrib.solvers import l2norm as l2norm
from graphflow._contrib.solvers import l2norm_squared as l2norm_squared
from graphflow._contrib.solvers import l2normalize as l2normalize
