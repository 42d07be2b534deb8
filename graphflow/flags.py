"""`tf.flags`: command-line flags, absl's."""

from absl.flags import *  # noqa: F403

from graphflow._platform.flags import FLAGS as FLAGS  # type: ignore[assignment]
from graphflow._platform.flags import DEFINE_bool as DEFINE_bool
from graphflow._platform.flags import DEFINE_boolean as DEFINE_boolean
from graphflow._platform.flags import DEFINE_float as DEFINE_float
from graphflow._platform.flags import DEFINE_integer as DEFINE_integer
from graphflow._platform.flags import DEFINE_string as DEFINE_string
