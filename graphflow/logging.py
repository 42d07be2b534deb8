"""`tf.logging`: messages of a program, by level."""

from graphflow._core.log import DEBUG as DEBUG
from graphflow._core.log import ERROR as ERROR
from graphflow._core.log import FATAL as FATAL
from graphflow._core.log import INFO as INFO
from graphflow._core.log import WARN as WARN
from graphflow._core.log import TaskLevelStatusMessage as TaskLevelStatusMessage
from graphflow._core.log import debug as debug
from graphflow._core.log import error as error
from graphflow._core.log import fatal as fatal
from graphflow._core.log import flush as flush
from graphflow._core.log import get_verbosity as get_verbosity
from graphflow._core.log import info as info
from graphflow._core.log import log as log
from graphflow._core.log import log_every_n as log_every_n
from graphflow._core.log import log_first_n as log_first_n
from graphflow._core.log import log_if as log_if
from graphflow._core.log import set_verbosity as set_verbosity
from graphflow._core.log import vlog as vlog
from graphflow._core.log import warn as warn
from graphflow._core.log import warning as warning
