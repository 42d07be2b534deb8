"""Tensors as messages."""

from graphflow._train.saving.models.signatures import build_tensor_info as build_tensor_info
from graphflow._train.saving.models.signatures import get_tensor_from_tensor_info as get_tensor_from_tensor_info
