"""SyncReplicasOptimizer: one step of the model for several gradients, each computed on its own part of the data.

Gradients go into accumulators. A thread of the chief, its queue runner, takes their means once enough have come, updates the
variables, and puts a token into a queue for every worker; a worker takes one before its next step. In one process the workers
are threads, or the runs of one thread that the first tokens allow.

Source: Chen et al., Revisiting Distributed Synchronous SGD (2016).
"""

from __future__ import annotations

from graphflow._core import log
from graphflow._graph import build, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import accumulators, array, grouping, queues, state, variable, variables
from graphflow._train import queue_runner, wrapping
from graphflow._train.sessions import hook


class SyncReplicasOptimizer(wrapping.WrappingOptimizer):
    """Wraps an optimizer so that it takes a step for every `replicas_to_aggregate` gradients.

    Run the operation of `apply_gradients` in a session made with the hook of `make_session_run_hook(is_chief=True)`.

    Args:
        opt: the optimizer.
        replicas_to_aggregate: how many gradients make a step.
        total_num_replicas: how many workers there are; as many when None.
        variable_averages: an ExponentialMovingAverage to apply after each step, to `variables_to_average`.
    """

    def __init__(
        self, opt, replicas_to_aggregate, total_num_replicas=None, variable_averages=None, variables_to_average=None,
        use_locking=False, name="sync_replicas",
    ):  # fmt: skip
        super().__init__(opt, use_locking, name)
        total = replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        log.info("SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s", replicas_to_aggregate, total)
        self._replicas_to_aggregate, self._total_num_replicas = replicas_to_aggregate, total
        self._variable_averages, self._variables_to_average = variable_averages, variables_to_average
        self._tokens_per_step = max(total, replicas_to_aggregate)
        self._global_step = self._tokens = self._runner = None

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The operation of a worker: hands its gradients in, and waits for the step that they are part of.

        Raises:
            ValueError: there are no variables, or no `global_step`.
        """
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        graph = graph_lib.get_default_graph()
        with graph.colocate_with(grouping.no_op()):
            self._local_step = variable.Variable(
                0, trainable=False, collections=[keys.GraphKeys.LOCAL_VARIABLES], dtype=global_step.dtype.base_dtype,
                name="sync_rep_local_step",
            )  # fmt: skip
        self.local_step_init_op = state.assign(self._local_step, global_step)
        self.ready_for_local_init_op = variables.report_uninitialized_variables(variables.global_variables())
        with build.name_scope(None, self._name):
            applied, taken, kept = [], [], []
            for grad, var in grads_and_vars:
                taken.append((self._accumulated(grad, var, applied, kept), var))
            with graph.device(global_step.device), graph.name_scope(""):
                update = self._opt.apply_gradients(taken, global_step)
            with graph.device(global_step.device), graph.name_scope(""):
                step_dtype = global_step.dtype.base_dtype
                self._tokens = queues.FIFOQueue(
                    -1, step_dtype, shapes=(), name="sync_token_q", shared_name="sync_token_q"
                )
                # the runner closes its queue at the end, and this one is not to be closed
                unused = queues.FIFOQueue(1, "int32", shapes=(), name="dummy_queue", shared_name="dummy_queue")
            with graph.device(global_step.device), graph.name_scope(""):
                train_op = self._waiting(applied)
                self._runner = queue_runner.QueueRunner(unused, [self._tokens_after(update)])
            started = [self.local_step_init_op]
            for accumulator, device in kept:
                with graph.device(device):
                    started.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
            self.chief_init_op = grouping.group(*started)
            return train_op

    def _accumulated(self, grad, var, applied, kept):
        """The mean gradient of a variable, or None; adds to `applied` what hands in this worker's, to `kept` its accumulator."""
        with graph_lib.get_default_graph().device(var.device):
            if grad is None:
                return None
            name = var.name + "/grad_accum"
            if isinstance(grad, tensor.Tensor):
                accumulator = accumulators.ConditionalAccumulator(grad.dtype, shape=var.shape, shared_name=name)
                applied.append(accumulator.apply_grad(grad, local_step=self._local_step))
                mean = accumulator.take_grad(self._replicas_to_aggregate)
            elif isinstance(grad, tensor.IndexedSlices):
                accumulator = accumulators.SparseConditionalAccumulator(grad.dtype, shape=(), shared_name=name)
                applied.append(accumulator.apply_indexed_slices_grad(grad, local_step=self._local_step))
                mean = accumulator.take_indexed_slices_grad(self._replicas_to_aggregate)
            else:
                raise ValueError(f"Unknown grad type! Got {grad!r}")
            kept.append((accumulator, var.device))
            return mean

    def _waiting(self, applied):
        with graph_lib.get_default_graph().control_dependencies(applied):
            token = self._tokens.dequeue()
        return state.assign(self._local_step, token)

    def _tokens_after(self, update):
        graph = graph_lib.get_default_graph()
        with graph.control_dependencies([update]):
            tokens = array.fill([self._tokens_per_step], self._global_step)
            given = self._tokens.enqueue_many((tokens,))
        if self._variable_averages is None:
            return given
        with graph.control_dependencies([given]), graph.name_scope(""):
            return self._variable_averages.apply(self._variables_to_average)

    def get_chief_queue_runner(self):
        """The QueueRunner that the chief has to start."""
        return self._after_apply(self._runner, "Should be called after apply_gradients().")

    def get_init_tokens_op(self, num_tokens=-1):
        """The operation that puts the first tokens into the queue: `num_tokens`, or one for each gradient of a step.

        Raises:
            ValueError: with so few tokens the first step would never end.
        """
        self._after_apply(self._runner, "get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} (needed)")
        if num_tokens <= 0:
            return grouping.no_op(name="no_init_tokens")
        graph = graph_lib.get_default_graph()
        with graph.device(self._global_step.device), graph.name_scope(""):
            return self._tokens.enqueue_many((array.fill([num_tokens], self._global_step),))

    @staticmethod
    def _after_apply(value, message):
        if value is None:
            raise ValueError(message)
        return value

    def make_session_run_hook(self, is_chief, num_tokens=-1):
        """The hook that starts everything in a monitored session; `num_tokens` as for `get_init_tokens_op`."""
        return _Hook(self, is_chief, num_tokens)


class _Hook(hook.SessionRunHook):
    def __init__(self, optimizer, is_chief, num_tokens):
        self._optimizer, self._is_chief, self._num_tokens = optimizer, is_chief, num_tokens

    def begin(self):
        owner = self._optimizer
        if owner._runner is None:
            raise ValueError("SyncReplicasOptimizer.apply_gradient should be called before using the hook.")
        self._init = owner.chief_init_op if self._is_chief else owner.local_step_init_op
        self._first_tokens = owner.get_init_tokens_op(self._num_tokens) if self._is_chief else None

    def after_create_session(self, session, coord):
        missing = session.run(self._optimizer.ready_for_local_init_op)
        if len(missing):
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. Init op: "
                f"{self._init.name}, error: Variables not initialized: {', '.join(m.decode() for m in missing)}"
            )
        session.run(self._init)
        if self._is_chief:
            session.run(self._first_tokens)
            self._optimizer.get_chief_queue_runner().create_threads(session, coord=coord, daemon=True, start=True)
