"""Clusters, for one process: what distributed scripts say of jobs and tasks, and a server that runs them here alone."""

from __future__ import annotations

import threading

from graphflow._core import errors
from graphflow._graph import device, protos

_ALONE = (
    "graphflow runs in one process: this cluster names {tasks} tasks, of which this is one. Start the script with one worker (and "
    "no parameter servers), or spread the batch over the devices of this machine"
)


class ClusterSpec:
    """Jobs and the addresses of their tasks.

    Args:
        cluster: a dict job -> list of addresses, or dict of task number -> address; a ClusterDef; or a ClusterSpec.
    """

    def __init__(self, cluster):
        if isinstance(cluster, ClusterSpec):
            cluster = cluster.as_dict()
        elif hasattr(cluster, "job"):
            cluster = {job.name: dict(job.tasks) for job in cluster.job}
        if not isinstance(cluster, dict):
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a "
                f"`ClusterDef`: got {cluster!r}"
            )
        self._jobs = {}
        for job, tasks in cluster.items():
            if isinstance(tasks, (list, tuple)):
                tasks = dict(enumerate(tasks))
            if not isinstance(tasks, dict) or not all(isinstance(address, str) for address in tasks.values()):
                raise TypeError(f"The tasks for job {job!r} must be a list or a dictionary of addresses: got {tasks!r}")
            self._jobs[job] = {int(i): tasks[i] for i in sorted(tasks)}

    def __bool__(self):
        return bool(self._jobs)

    def __eq__(self, other):
        return isinstance(other, ClusterSpec) and self._jobs == other._jobs

    def as_dict(self):
        """Job -> list of addresses, or dict where numbers are missing."""
        return {
            job: list(tasks.values()) if list(tasks) == list(range(len(tasks))) else dict(tasks)
            for job, tasks in self._jobs.items()
        }

    def as_cluster_def(self):
        """The same as a ClusterDef."""
        return protos.ClusterDef(job=[protos.JobDef(name=job, tasks=self._jobs[job]) for job in sorted(self._jobs)])

    @property
    def jobs(self):
        """The names of the jobs."""
        return list(self._jobs)

    def _tasks(self, job_name):
        if job_name not in self._jobs:
            raise ValueError(f"No such job in cluster: {job_name!r}; there are {', '.join(self._jobs) or 'none'}")
        return self._jobs[job_name]

    def num_tasks(self, job_name):
        """How many tasks a job has."""
        return len(self._tasks(job_name))

    def task_indices(self, job_name):
        """The numbers of a job's tasks."""
        return list(self._tasks(job_name))

    def task_address(self, job_name, task_index):
        """The address of a task."""
        tasks = self._tasks(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}.")
        return tasks[task_index]

    def job_tasks(self, job_name):
        """The addresses of a job's tasks by number, None where a number is missing."""
        tasks = self._tasks(job_name)
        return [tasks.get(i) for i in range(max(tasks) + 1)]


class Server:
    """A server for a cluster of one task: its sessions run in this process.

    Args:
        server_or_cluster_def: a ClusterSpec, a dict, a ClusterDef or a ServerDef.
        job_name, task_index: which task this is; those of the only one where None.
        protocol: kept in `server_def`; config: of the sessions, unused.
        start: kept; there is nothing to start.

    Raises:
        UnimplementedError: the cluster has more than one task.
    """

    def __init__(self, server_or_cluster_def, job_name=None, task_index=None, protocol=None, config=None, start=True):
        given = server_or_cluster_def
        if hasattr(given, "cluster"):
            job_name, task_index = job_name or given.job_name, given.task_index if task_index is None else task_index
            protocol, given = protocol or given.protocol, given.cluster
        spec = ClusterSpec(given)
        tasks = [(job, i) for job in spec.jobs for i in spec.task_indices(job)]
        if len(tasks) != 1:
            raise errors.UnimplementedError(None, None, _ALONE.format(tasks=len(tasks)))
        self._def = protos.ServerDef(
            cluster=spec.as_cluster_def(), job_name=job_name or tasks[0][0],
            task_index=tasks[0][1] if task_index is None else task_index, protocol=protocol or "grpc",
        )  # fmt: skip

    @property
    def server_def(self):
        """What this server is, as a ServerDef."""
        return self._def

    @property
    def target(self):
        """What to give a Session to run here."""
        return ""

    def start(self):
        """Nothing: there is no other process to talk to."""

    def join(self):
        """Waits for ever, as a parameter server does."""
        threading.Event().wait()

    @staticmethod
    def create_local_server(config=None, start=True):
        """A server for this process alone."""
        return Server({"local": ["localhost:0"]}, job_name="local", task_index=0, config=config, start=start)


_PARAMETER_OPS = (
    "Variable VariableV2 AutoReloadVariable MutableHashTable MutableHashTableV2 MutableHashTableOfTensors "
    "MutableHashTableOfTensorsV2 MutableDenseHashTable MutableDenseHashTableV2 VarHandleOp BoostedTreesEnsembleResourceHandleOp "
    "BoostedTreesQuantileStreamResourceHandleOp ResourceConditionalAccumulator DecisionTreeResource"
).split()


def replica_device_setter(
    ps_tasks=0, ps_device="/job:ps", worker_device="/job:worker", merge_devices=True, cluster=None, ps_ops=None,
    ps_strategy=None,
):  # fmt: skip
    """A device function that puts variables on parameter servers in turn, and all else on the worker.

    Args:
        ps_tasks: how many parameter servers there are; those of `cluster` where it names the job of `ps_device`.
        ps_device, worker_device: device strings, "" for none.
        merge_devices: whether what a device said inside leaves open is filled in.
        ps_ops: the op types that are parameters.
        ps_strategy: a function operation -> number of the server; in turn where None.

    Returns:
        a function for `tf.device`, None where there are no parameter servers.
    """
    if cluster is not None:
        jobs = ClusterSpec(cluster)
        job = dict(part.split(":", 1) for part in ps_device.strip("/").split("/") if ":" in part).get("job")
        if job in jobs.jobs:
            ps_tasks = jobs.num_tasks(job)
    if ps_tasks == 0:
        return None
    if ps_strategy is not None and not callable(ps_strategy):
        raise TypeError("ps_strategy must be callable")
    wanted, made = frozenset(_PARAMETER_OPS if ps_ops is None else ps_ops), [0]

    def in_turn(_):
        made[0] += 1
        return (made[0] - 1) % ps_tasks

    def place(op):
        chosen = worker_device or ""
        if op.type in wanted and ps_device:
            chosen = f"{ps_device}/task:{(ps_strategy or in_turn)(op)}"
        return device.merged(op.device, chosen) if merge_devices else chosen

    return place
