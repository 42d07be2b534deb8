"""Checkpoints of `tf.contrib.eager`'s networks, and names of that time that cannot work here."""

from __future__ import annotations

from graphflow._core import refused
from graphflow._files import gfile
from graphflow._train.saving import saver, state_file

_CHECK = "wrap the values with tf.check_numerics, or run tf.add_check_numerics_ops() in a graph"
_ONE_PROCESS = "a program runs in one process here"


def save_network_checkpoint(network, save_path, global_step=None, map_func=None):
    """Writes the variables of a network; returns the name of the checkpoint.

    Args:
        network: a Network whose variables are there, since it has been called.
        save_path: a folder, in which the network's name is taken, or the beginning of a file's name.
        global_step: put behind the name.
        map_func: function of a variable's name to its name in the checkpoint; without the network's name when None.

    Raises:
        ValueError: it has no variables, or two get the same name.
    """
    if gfile.IsDirectory(save_path):
        save_path = f"{save_path.rstrip('/')}/{network.name}"
    made = saver.Saver(_named(network, map_func))
    return made.save(None, save_path, global_step=global_step, write_meta_graph=False)


def restore_network_checkpoint(network, save_path, map_func=None):
    """Gives the variables of a network the values of a checkpoint.

    Args:
        network: a Network whose variables are there, since it has been called.
        save_path: a checkpoint, or a folder, of which the latest is taken.
        map_func: as in `save_network_checkpoint`.

    Raises:
        ValueError: it has no variables, or two get the same name. NotFoundError: the checkpoint lacks one.
    """
    if gfile.IsDirectory(save_path):
        save_path = state_file.latest_checkpoint(save_path)
    saver.Saver(_named(network, map_func)).restore(None, save_path)


def _named(network, map_func):
    found = {}
    for variable in network.variables:
        full = variable.op.name
        name = map_func(full) if map_func is not None else full.removeprefix(f"{network.name}/")
        if name in found:
            raise ValueError(f"The map_func passed to a network checkpoint maps two variables to '{name}': {full}")
        found[name] = variable
    if not found:
        raise ValueError(
            f"The network '{network.name}' has no variables yet: call it once before it is saved or restored"
        )
    return found


restore_variables_on_create = refused.refusal(
    "tf.contrib.eager.restore_variables_on_create", "save_path map_func",
    "make the variables first, and restore them with tf.contrib.eager.Saver or a tf.train.Checkpoint",
)  # fmt: skip
add_execution_callback = refused.refusal("tf.contrib.eager.add_execution_callback", "callback", _CHECK)
errstate = refused.refusal("tf.contrib.eager.errstate", "inf_or_nan", _CHECK)
seterr = refused.refusal("tf.contrib.eager.seterr", "inf_or_nan", _CHECK)
inf_callback = refused.refusal("tf.contrib.eager.inf_callback", "op_type inputs attrs outputs op_name action", _CHECK)
nan_callback = refused.refusal("tf.contrib.eager.nan_callback", "op_type inputs attrs outputs op_name action", _CHECK)
inf_nan_callback = refused.refusal(
    "tf.contrib.eager.inf_nan_callback", "op_type inputs attrs outputs op_name check_inf check_nan action", _CHECK
)
connect_to_remote_host = refused.refusal(
    "tf.contrib.eager.connect_to_remote_host", "remote_host job_name", _ONE_PROCESS
)
enable_remote_eager_execution = refused.refusal(
    "tf.contrib.eager.enable_remote_eager_execution", "config device_policy execution_mode server_def", _ONE_PROCESS
)
set_server_def = refused.refusal("tf.contrib.eager.set_server_def", "server_def", _ONE_PROCESS)


def clear_execution_callbacks():
    """Nothing: there are no callbacks."""
