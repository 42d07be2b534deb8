"""`tf.contrib.integrate`: ordinary differential equations."""

from graphflow._contrib.integrate import odeint as odeint
from graphflow._contrib.integrate import odeint_fixed as odeint_fixed
