"""RunConfig with the arguments it had in `tf.contrib.learn`."""

from __future__ import annotations

from graphflow._estimator import run_config
from graphflow._graph import protos


class RunConfig(run_config.RunConfig):
    """How an estimator runs.

    Args:
        master, evaluation_master: session targets.
        num_cores, log_device_placement, gpu_memory_fraction: of the session options `tf_config`.
        save_checkpoints_secs: 0 for the default, every 600 seconds unless `save_checkpoints_steps` is given.
        others: as of `tf.estimator.RunConfig`.
    """

    def __init__(
        self, master=None, num_cores=0, log_device_placement=False, gpu_memory_fraction=1, tf_random_seed=None,
        save_summary_steps=100, save_checkpoints_secs=0, save_checkpoints_steps=None, keep_checkpoint_max=5,
        keep_checkpoint_every_n_hours=10000, log_step_count_steps=100, protocol=None, evaluation_master="", model_dir=None,
        session_config=None, session_creation_timeout_secs=7200,
    ):  # fmt: skip
        if save_checkpoints_secs == 0:
            save_checkpoints_secs = 600 if save_checkpoints_steps is None else None
        super().__init__(
            model_dir, tf_random_seed, save_summary_steps, save_checkpoints_steps, save_checkpoints_secs, session_config,
            keep_checkpoint_max, keep_checkpoint_every_n_hours, log_step_count_steps, protocol=protocol,
            session_creation_timeout_secs=session_creation_timeout_secs,
        )  # fmt: skip
        self._master, self._evaluation_master = self._master if master is None else master, evaluation_master
        self._tf_config = protos.ConfigProto(
            log_device_placement=log_device_placement, inter_op_parallelism_threads=num_cores,
            intra_op_parallelism_threads=num_cores,
            gpu_options=protos.GPUOptions(per_process_gpu_memory_fraction=gpu_memory_fraction),
        )  # fmt: skip

    @property
    def tf_config(self):
        """Session options."""
        return self._tf_config

    @property
    def environment(self):
        """Where this runs."""
        return run_config.environment().get("environment", "local")
