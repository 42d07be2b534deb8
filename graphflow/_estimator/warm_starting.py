"""What a new model may start from: a checkpoint or SavedModel of another one."""

from __future__ import annotations

import collections
import os

from graphflow._core import log
from graphflow._train.saving import init_from
from graphflow._train.saving.models import constants

_FIELDS = ["ckpt_to_initialize_from", "vars_to_warm_start", "var_name_to_vocab_info", "var_name_to_prev_var_name"]


class WarmStartSettings(collections.namedtuple("WarmStartSettings", _FIELDS)):  # type: ignore[misc]
    """Arguments of `tf.train.warm_start`; ValueError without a checkpoint."""

    __slots__ = ()

    def __new__(
        cls, ckpt_to_initialize_from, vars_to_warm_start=".*", var_name_to_vocab_info=None, var_name_to_prev_var_name=None
    ):  # fmt: skip
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        return super().__new__(
            cls,
            ckpt_to_initialize_from,
            vars_to_warm_start,
            var_name_to_vocab_info or {},
            var_name_to_prev_var_name or {},
        )


def settings(warm_start_from):
    """WarmStartSettings for what a user gives: none, a path, or settings."""
    if warm_start_from is None or isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    if isinstance(warm_start_from, bytes):
        warm_start_from = warm_start_from.decode()
    if not isinstance(warm_start_from, (str, os.PathLike)):
        raise ValueError(
            f"warm_start_from must be a string or a WarmStartSettings, instead got {type(warm_start_from)}"
        )
    variables = os.path.join(warm_start_from, constants.VARIABLES_DIRECTORY, constants.VARIABLES_FILENAME)
    if os.path.exists(variables + ".index"):
        log.info("Warm-starting from a SavedModel")
        return WarmStartSettings(variables)
    return WarmStartSettings(os.fspath(warm_start_from))


def apply(given):
    """Lets the variables of the default graph start as settings say."""
    log.info("Warm-starting with WarmStartSettings: %s", given)
    init_from.warm_start(*given)
