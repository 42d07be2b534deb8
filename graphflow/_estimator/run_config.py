"""RunConfig: how an estimator runs, apart from its model."""

from __future__ import annotations

import copy
import inspect
import json
import os

from graphflow._core import log
from graphflow._estimator import arguments
from graphflow._graph import protos
from graphflow._train.sessions import cluster

USE_DEFAULT = object()
_SAVE_ERROR = "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."


class TaskType:
    """The jobs of a cluster."""

    MASTER, PS, WORKER, CHIEF, EVALUATOR = "master", "ps", "worker", "chief", "evaluator"


def environment():
    """The content of the variable TF_CONFIG, a dict."""
    return json.loads(os.environ.get("TF_CONFIG") or "{}")


def default_session_config():
    """The session options of an estimator that is given none."""
    return protos.ConfigProto(allow_soft_placement=True)


_CHECKS = {  # what must hold where a value is not None, and how to say so
    "model_dir": (bool, "model_dir should be non-empty"),
    "save_summary_steps": (lambda v: v >= 0, "save_summary_steps should be >= 0"),
    "save_checkpoints_steps": (lambda v: v >= 0, "save_checkpoints_steps should be >= 0"),
    "save_checkpoints_secs": (lambda v: v >= 0, "save_checkpoints_secs should be >= 0"),
    "session_config": (
        lambda v: getattr(getattr(v, "DESCRIPTOR", None), "name", None) == "ConfigProto",
        "session_config must be instance of ConfigProto",
    ),
    "keep_checkpoint_max": (lambda v: v >= 0, "keep_checkpoint_max should be >= 0"),
    "keep_checkpoint_every_n_hours": (lambda v: v > 0, "keep_checkpoint_every_n_hours should be > 0"),
    "log_step_count_steps": (lambda v: v > 0, "log_step_count_steps should be > 0"),
    "tf_random_seed": (lambda v: isinstance(v, int), "tf_random_seed must be integer."),
    "experimental_max_worker_delay_secs": (
        lambda v: isinstance(v, int), "experimental_max_worker_delay_secs must be an integer if set."
    ),
    "session_creation_timeout_secs": (lambda v: v > 0, "session_creation_timeout_secs should be > 0"),
    "device_fn": (
        lambda v: callable(v) and arguments.names_of(v) == ("op",),
        'device_fn must be callable with exactly one argument "op".',
    ),
    "protocol": (lambda v: v in ("grpc", "grpc+verbs"), "protocol should be grpc or grpc+verbs"),
}  # fmt: skip


class RunConfig:
    """How an estimator runs.

    Args:
        model_dir: the folder of checkpoints and summaries.
        tf_random_seed: of the graphs that are built.
        save_summary_steps: how often summaries are written.
        save_checkpoints_steps, save_checkpoints_secs: how often checkpoints are; at most one of the two, every 600 seconds where
            neither is given, never where both are None.
        session_config: a ConfigProto.
        keep_checkpoint_max, keep_checkpoint_every_n_hours: as of `tf.train.Saver`.
        log_step_count_steps: how often the loss and the steps a second are logged.
        device_fn: a function operation -> device.
        train_distribute, eval_distribute, experimental_distribute: kept; one process trains on its own device.
        protocol, experimental_max_worker_delay_secs: kept.
        session_creation_timeout_secs: how long a worker waits for its session.

    The cluster and this process' task are read from the environment variable TF_CONFIG.
    """

    def __init__(
        self, model_dir=None, tf_random_seed=None, save_summary_steps=100, save_checkpoints_steps=USE_DEFAULT,
        save_checkpoints_secs=USE_DEFAULT, session_config=None, keep_checkpoint_max=5, keep_checkpoint_every_n_hours=10000,
        log_step_count_steps=100, train_distribute=None, device_fn=None, protocol=None, eval_distribute=None,
        experimental_distribute=None, experimental_max_worker_delay_secs=None, session_creation_timeout_secs=7200,
    ):  # fmt: skip
        if save_checkpoints_steps is USE_DEFAULT and save_checkpoints_secs is USE_DEFAULT:
            save_checkpoints_steps, save_checkpoints_secs = None, 600
        elif save_checkpoints_secs is USE_DEFAULT:
            save_checkpoints_secs = None
        elif save_checkpoints_steps is USE_DEFAULT:
            save_checkpoints_steps = None
        elif save_checkpoints_steps is not None and save_checkpoints_secs is not None:
            raise ValueError(_SAVE_ERROR)
        tf_config = environment()
        if tf_config:
            log.info("TF_CONFIG environment variable: %s", tf_config)
        self._model_dir = _model_dir(tf_config, None if model_dir is None else os.fspath(model_dir))
        self._tf_random_seed, self._session_config = tf_random_seed, session_config
        self._save_summary_steps, self._log_step_count_steps = save_summary_steps, log_step_count_steps
        self._save_checkpoints_steps, self._save_checkpoints_secs = save_checkpoints_steps, save_checkpoints_secs
        self._keep_checkpoint_max, self._keep_checkpoint_every_n_hours = (
            keep_checkpoint_max, keep_checkpoint_every_n_hours,
        )  # fmt: skip
        self._train_distribute, self._eval_distribute = train_distribute, eval_distribute
        self._experimental_distribute, self._device_fn, self._protocol = experimental_distribute, device_fn, protocol
        self._experimental_max_worker_delay_secs = experimental_max_worker_delay_secs
        self._session_creation_timeout_secs = session_creation_timeout_secs
        self._check()
        self._take_task(tf_config)

    def _check(self):
        for name, (holds, words) in _CHECKS.items():
            value = getattr(self, "_" + name)
            if value is not None and not holds(value):
                raise ValueError(words)

    def _take_task(self, tf_config):
        """Which task of which cluster this process is."""
        self._service = tf_config.get("service")
        if self._service is not None and not isinstance(self._service, dict):
            raise TypeError(f'If "service" is set in TF_CONFIG, it must be a dict. Given {type(self._service)}')
        self._cluster_spec = cluster.ClusterSpec(tf_config.get("cluster", {}))
        task = tf_config.get("task", {})
        self._evaluation_master = tf_config.get("eval_session_master", "")
        if not self._cluster_spec:
            self._task_type, self._task_id = task.get("type", TaskType.WORKER), int(task.get("index", 0))
            if self._task_type != TaskType.WORKER:
                raise ValueError('If "cluster" is not set in TF_CONFIG, task type must be WORKER.')
            if self._task_id != 0:
                raise ValueError('If "cluster" is not set in TF_CONFIG, task index must be 0.')
            self._master, self._is_chief = tf_config.get("session_master", ""), True
            self._num_ps_replicas, self._num_worker_replicas, self._global_id_in_cluster = 0, 1, 0
            return
        jobs = self._cluster_spec.as_dict()
        chief = TaskType.MASTER if TaskType.MASTER in jobs else TaskType.CHIEF
        self._task_type, self._task_id = _task(jobs, task, chief)
        self._is_chief = self._task_type == chief
        if self._task_type == TaskType.EVALUATOR:
            self._cluster_spec, self._master, self._global_id_in_cluster = cluster.ClusterSpec({}), "", None
            self._num_ps_replicas = self._num_worker_replicas = 0
            return
        alone = len(jobs) == 1 and len(jobs[self._task_type]) == 1
        address = "" if alone else "grpc://" + jobs[self._task_type][self._task_id]
        self._master = tf_config.get("session_master", address)
        self._num_ps_replicas = len(jobs.get(TaskType.PS, []))
        self._num_worker_replicas = len(jobs.get(TaskType.WORKER, [])) + len(jobs.get(chief, []))
        order = [chief, *sorted(set(jobs) - {chief, TaskType.PS}), TaskType.PS]
        before = order[: order.index(self._task_type)]
        self._global_id_in_cluster = sum(len(jobs.get(job, [])) for job in before) + self._task_id

    def replace(self, **kwargs):
        """A copy with other values; setting one of the two checkpoint intervals unsets the other.

        Raises:
            ValueError: a name is none of the constructor's, or a value is not allowed.
        """
        made = copy.deepcopy(self)
        for name, value in kwargs.items():
            if name not in _REPLACEABLE:
                raise ValueError(f"Replacing {name} is not supported. Allowed properties are {_REPLACEABLE}.")
            setattr(made, "_" + name, value)
        steps, secs = kwargs.get("save_checkpoints_steps"), kwargs.get("save_checkpoints_secs")
        if steps is not None and secs is not None:
            raise ValueError(_SAVE_ERROR)
        if steps is not None:
            made._save_checkpoints_secs = None
        elif secs is not None:
            made._save_checkpoints_steps = None
        made._check()
        return made


_REPLACEABLE = [name for name in inspect.signature(RunConfig.__init__).parameters if name != "self"]


def _field(name, doc):
    return property(lambda self: getattr(self, "_" + name), doc=doc)


for _name, _doc in {
    "cluster_spec": "The ClusterSpec.", "device_fn": "The device function.", "is_chief": "Whether this task initialises.",
    "evaluation_master": "The session target of evaluation.", "master": "The session target.",
    "num_ps_replicas": "How many parameter servers there are.", "num_worker_replicas": "How many workers there are.",
    "task_id": "The number of this task.", "task_type": "The job of this task.",
    "global_id_in_cluster": "The number of this task among all.", "tf_random_seed": "The seed of the graphs.",
    "experimental_max_worker_delay_secs": "Kept.", "save_summary_steps": "How often summaries are written.",
    "save_checkpoints_secs": "How often checkpoints are written.", "session_config": "The ConfigProto.",
    "save_checkpoints_steps": "How often checkpoints are written.", "keep_checkpoint_max": "How many are kept.",
    "session_creation_timeout_secs": "How long to wait for a session.", "log_step_count_steps": "How often to log.",
    "keep_checkpoint_every_n_hours": "How often one is kept for good.", "model_dir": "The folder of the model.",
    "service": "The service of TF_CONFIG.", "train_distribute": "Kept.", "eval_distribute": "Kept.", "protocol": "Kept.",
}.items():  # fmt: skip
    setattr(RunConfig, _name, _field(_name, _doc))


def _model_dir(tf_config, model_dir):
    named = tf_config.get("model_dir")
    if "" in (model_dir, named):
        raise ValueError("model_dir should be non-empty.")
    if named and model_dir and named != model_dir:
        raise ValueError(
            "`model_dir` provided in RunConfig construct, if set, must have the same value as the model_dir in TF_CONFIG. "
            f'model_dir: {model_dir}\nTF_CONFIG["model_dir"]: {named}.\n'
        )
    return model_dir or named


def _task(jobs, task, chief):
    """(job, number) of this process in a cluster."""
    if chief not in jobs:
        raise ValueError(f'If "cluster" is set in TF_CONFIG, it must have one "{chief}" node.')
    if len(jobs[chief]) > 1:
        raise ValueError(f'The "cluster" in TF_CONFIG must have only one "{chief}" node.')
    kind, number = task.get("type"), task.get("index")
    if kind is None:
        raise ValueError('If "cluster" is set in TF_CONFIG, task type must be set.')
    if number is None:
        raise ValueError('If "cluster" is set in TF_CONFIG, task index must be set.')
    if int(number) < 0:
        raise ValueError("Task index must be non-negative number.")
    if kind == TaskType.EVALUATOR and chief == TaskType.CHIEF:
        return kind, int(number)
    if kind not in jobs:
        raise ValueError(f"{kind} is not a valid task_type in the cluster_spec: {jobs}")
    if int(number) >= len(jobs[kind]):
        raise ValueError(f"{number} is not a valid task_id for task_type {kind} in the cluster_spec: {jobs}")
    return kind, int(number)
