"""`solvers.lanczos`."""

from graphflow._contrib.solvers import bidiag_matmul as bidiag_matmul
from graphflow._contrib.solvers import lanczos_bidiag as lanczos_bidiag
