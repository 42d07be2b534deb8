"""`slim.model_analyzer`."""

from graphflow._contrib.model_analyzer import analyze_ops as analyze_ops
from graphflow._contrib.model_analyzer import analyze_vars as analyze_vars
from graphflow._contrib.model_analyzer import tensor_description as tensor_description
