"""`tf.autograph.experimental`: what a conversion does beyond the plain, and functions that are left as they are."""

from graphflow._autograph.api import do_not_convert as do_not_convert
from graphflow._autograph.api import set_loop_options as set_loop_options
from graphflow._autograph.options import Feature as Feature
