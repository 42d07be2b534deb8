"""How scripts for TPUs say that they want to run; here they run on this machine's own devices."""

from __future__ import annotations

import collections
import os

from graphflow._core import log
from graphflow._estimator import run_config
from graphflow._graph import protos
from graphflow._train.sessions import cluster as cluster_lib


class InputPipelineConfig:
    """How input reached the cores of a TPU."""

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


_FIELDS = (
    "iterations_per_loop num_shards num_cores_per_replica per_host_input_for_training tpu_job_name initial_infeed_sleep_secs "
    "input_partition_dims eval_training_input_configuration experimental_host_call_every_n_steps"
)
_CORES = (1, 2, 4, 8, 16, 32, 64, 128)


class TPUConfig(collections.namedtuple("TPUConfig", _FIELDS)):  # type: ignore[misc]
    """Settings of a TPU, checked and kept; only `iterations_per_loop` matters here: every so many steps are logged as one."""

    __slots__ = ()

    def __new__(
        cls, iterations_per_loop=2, num_shards=None, num_cores_per_replica=None, per_host_input_for_training=True,
        tpu_job_name=None, initial_infeed_sleep_secs=None, input_partition_dims=None,
        eval_training_input_configuration=InputPipelineConfig.PER_HOST_V1, experimental_host_call_every_n_steps=1,
    ):  # fmt: skip
        check_positive(iterations_per_loop, "TPUConfig iterations_per_loop")
        if num_shards is not None:
            check_positive(num_shards, "TPUConfig num_shards")
        if num_cores_per_replica is not None and num_cores_per_replica not in _CORES:
            raise ValueError(f"num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got {num_cores_per_replica}")
        if input_partition_dims is not None:
            if len(input_partition_dims) not in (1, 2):
                raise ValueError("input_partition_dims must be a list/tuple with one or two elements.")
            if per_host_input_for_training is not InputPipelineConfig.PER_HOST_V2:
                raise ValueError("input_partition_dims is only supported in PER_HOST_V2 mode.")
            if num_cores_per_replica is None:
                raise ValueError("input_partition_dims requires setting num_cores_per_replica.")
        if isinstance(per_host_input_for_training, bool):
            per_host_input_for_training = (
                InputPipelineConfig.PER_HOST_V1 if per_host_input_for_training else InputPipelineConfig.PER_SHARD_V1
            )
        return super().__new__(
            cls, iterations_per_loop, num_shards, num_cores_per_replica, per_host_input_for_training, tpu_job_name,
            initial_infeed_sleep_secs, input_partition_dims, eval_training_input_configuration,
            experimental_host_call_every_n_steps,
        )  # fmt: skip


def check_positive(value, name):
    """TypeError unless it is an int, ValueError unless it is positive."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int; got {value!r}")
    if value <= 0:
        raise ValueError(f"{name} must be positive; got {value}")


class RunConfig(run_config.RunConfig):
    """A RunConfig for TPUEstimator.

    Args:
        tpu_config: a TPUConfig.
        evaluation_master, master: session targets.
        cluster: a TPUClusterResolver; not both this and `master`.
        kwargs: of `tf.estimator.RunConfig`.
    """

    def __init__(self, tpu_config=None, evaluation_master=None, master=None, cluster=None, **kwargs):
        super().__init__(**kwargs)
        if master is not None and cluster is not None:
            raise ValueError("Both master and cluster are set.")
        self._tpu_config, self._cluster = tpu_config or TPUConfig(), cluster
        if master is not None:
            self._master = master
        elif cluster:
            self._master = cluster.master()
        if evaluation_master is not None:
            self._evaluation_master = evaluation_master
        elif not self._evaluation_master and self.task_type != run_config.TaskType.EVALUATOR:
            self._evaluation_master = self._master
        if cluster and self._session_config is None:
            self._session_config = protos.ConfigProto(allow_soft_placement=True, isolate_session_state=True)

    @property
    def tpu_config(self):
        """The TPUConfig."""
        return self._tpu_config

    @property
    def cluster(self):
        """The cluster resolver, or None."""
        return self._cluster

    def replace(self, **kwargs):
        """A copy with other values, `tpu_config` among them."""
        tpu_config = kwargs.pop("tpu_config", self._tpu_config)
        made = super().replace(**kwargs)
        made._tpu_config = tpu_config
        return made


class TPUClusterResolver:
    """The address of a TPU, which is kept and never asked.

    Args:
        tpu: a name or address, or a list of one; that of the environment variable TPU_NAME when None.
        zone, project, job_name, coordinator_name, coordinator_address, credentials, service, discovery_url: kept.

    Raises:
        ValueError: no TPU is named.
    """

    def __init__(
        self, tpu=None, zone=None, project=None, job_name="worker", coordinator_name=None, coordinator_address=None,
        credentials="default", service=None, discovery_url=None,
    ):  # fmt: skip
        if isinstance(tpu, (list, tuple)):
            if len(tpu) != 1:
                raise ValueError(f"Exactly one TPU must be specified, got {tpu}.")
            tpu = tpu[0]
        if tpu is None:
            tpu = os.environ.get("KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS") or os.environ.get("TPU_NAME")
        if tpu is None:
            raise ValueError("Please provide a TPU Name to connect to.")
        self._tpu = tpu.decode() if isinstance(tpu, bytes) else tpu
        self.task_type, self.task_id, self.rpc_layer, self.environment = job_name, 0, "grpc", ""

    def master(self, task_type=None, task_id=None, rpc_layer=None):
        """The session target: this process, whatever the TPU."""
        if self._tpu not in ("", "local"):
            log.warning("No TPU is asked: %r stands for the devices of this machine.", self._tpu)
        return ""

    def get_master(self):
        """As `master`."""
        return self.master()

    def cluster_spec(self):
        """A ClusterSpec without tasks."""
        return cluster_lib.ClusterSpec({})

    def num_accelerators(self, task_type=None, task_id=None, config_proto=None):
        """How many accelerators of each kind there are: none are TPUs."""
        return {"TPU": 0}
