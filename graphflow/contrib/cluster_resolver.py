"""Addresses of TPUs, which are kept and never asked."""

from graphflow._estimator.tpu_config import TPUClusterResolver as TPUClusterResolver
