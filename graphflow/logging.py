"""`tf.logging`: messages of a program, by level."""

from graphflow._platform.logging import DEBUG as DEBUG
from graphflow._platform.logging import ERROR as ERROR
from graphflow._platform.logging import FATAL as FATAL
from graphflow._platform.logging import INFO as INFO
from graphflow._platform.logging import TaskLevelStatusMessage as TaskLevelStatusMessage
from graphflow._platform.logging import WARN as WARN
from graphflow._platform.logging import debug as debug
from graphflow._platform.logging import error as error
from graphflow._platform.logging import fatal as fatal
from graphflow._platform.logging import flush as flush
from graphflow._platform.logging import get_verbosity as get_verbosity
from graphflow._platform.logging import info as info
from graphflow._platform.logging import log as log
from graphflow._platform.logging import log_every_n as log_every_n
from graphflow._platform.logging import log_first_n as log_first_n
from graphflow._platform.logging import log_if as log_if
from graphflow._platform.logging import set_verbosity as set_verbosity
from graphflow._platform.logging import vlog as vlog
from graphflow._platform.logging import warn as warn
from graphflow._platform.logging import warning as warning
