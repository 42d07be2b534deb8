"""Serving."""

from graphflow._estimator.learn.serving import InputFnOps as InputFnOps
from graphflow._estimator.learn.serving import build_default_serving_input_fn as build_default_serving_input_fn
from graphflow._estimator.learn.serving import build_parsing_serving_input_fn as build_parsing_serving_input_fn
from graphflow._estimator.learn.serving import make_export_strategy as make_export_strategy
