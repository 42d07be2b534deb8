"""Resources that graphs register: `tensorflow.python.ops.resources`."""

from graphflow._ops.resources import initialize_resources as initialize_resources
from graphflow._ops.resources import local_resources as local_resources
from graphflow._ops.resources import register_resource as register_resource
from graphflow._ops.resources import report_uninitialized_resources as report_uninitialized_resources
from graphflow._ops.resources import shared_resources as shared_resources
