"""slim.learning: a training step with clipped gradients, and a loop that runs it, writes summaries and checkpoints."""

from __future__ import annotations

import time

from graphflow._contrib import train_op as train_op_lib
from graphflow._core import errors, log
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import compare, math, variables
from graphflow._train import global_step as global_step_lib
from graphflow._train.saving import saver as saver_lib
from graphflow._train.sessions import supervisor as supervisor_lib

_USE_DEFAULT = supervisor_lib.Supervisor.USE_DEFAULT
_USE_GLOBAL_STEP = 0

clip_gradient_norms = train_op_lib.clip_gradient_norms
multiply_gradients = train_op_lib.multiply_gradients
add_gradients_summaries = train_op_lib.gradients_summaries("/")


def create_train_op(
    total_loss, optimizer, global_step=_USE_GLOBAL_STEP, update_ops=None, variables_to_train=None, clip_gradient_norm=0,
    summarize_gradients=False, gate_gradients=train_op_lib._GATE_OP, aggregation_method=None,
    colocate_gradients_with_ops=False, gradient_multipliers=None, check_numerics=True,
):  # fmt: skip
    """`contrib.training.create_train_op`, with gradients multiplied and then clipped.

    Args:
        clip_gradient_norm: float, the largest norm of each gradient; 0 for none.
        gradient_multipliers: dict variable, or name, -> factor.
    """

    def transform(pairs):
        if gradient_multipliers:
            with build.name_scope("multiply_grads"):
                pairs = multiply_gradients(pairs, gradient_multipliers)
        if clip_gradient_norm > 0:
            with build.name_scope("clip_grads"):
                pairs = clip_gradient_norms(pairs, clip_gradient_norm)
        return pairs

    return train_op_lib.create_train_op(
        total_loss, optimizer, global_step, update_ops, variables_to_train, transform, summarize_gradients, gate_gradients,
        aggregation_method, colocate_gradients_with_ops, check_numerics,
    )  # fmt: skip


def train_step(sess, train_op, global_step, train_step_kwargs):
    """One step of `train`.

    Args:
        train_step_kwargs: dict with tensors "should_stop" and "should_log", each may be missing.

    Returns:
        (loss, whether to stop).
    """
    start = time.time()
    loss, step = sess.run([train_op, global_step])
    elapsed = time.time() - start
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        log.info("global step %d: loss = %.4f (%.3f sec/step)", step, loss, elapsed)
    stop = sess.run(train_step_kwargs["should_stop"]) if "should_stop" in train_step_kwargs else False
    return loss, stop


def train(
    train_op, logdir, train_step_fn=train_step, train_step_kwargs=_USE_DEFAULT, log_every_n_steps=1, graph=None, master="",
    is_chief=True, global_step=None, number_of_steps=None, init_op=_USE_DEFAULT, init_feed_dict=None,
    local_init_op=_USE_DEFAULT, init_fn=None, ready_op=_USE_DEFAULT, summary_op=_USE_DEFAULT, save_summaries_secs=600,
    summary_writer=_USE_DEFAULT, startup_delay_steps=0, saver=None, save_interval_secs=600, sync_optimizer=None,
    session_config=None, session_wrapper=None, trace_every_n_steps=None, ignore_live_threads=False,
):  # fmt: skip
    """Runs a training step until it is to stop, under a Supervisor; goes on from the last checkpoint in `logdir`.

    Args:
        train_op: what `create_train_op` gave.
        logdir: folder of checkpoints and summaries, None for none.
        train_step_fn, train_step_kwargs: a function like `train_step`, and its last argument.
        log_every_n_steps: how often the loss is logged, 0 for never.
        number_of_steps: where the global step stops, None for never.
        init_op, init_feed_dict, init_fn, local_init_op, ready_op, summary_op, summary_writer, saver: as for `Supervisor`.
        save_summaries_secs, save_interval_secs: seconds between summaries, and between checkpoints.

    Returns:
        the last loss.

    Raises:
        ValueError: there is no step, or arguments contradict each other.
    """
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is None and (summary_op != _USE_DEFAULT or saver is not None or trace_every_n_steps is not None):
        raise ValueError("Cannot provide summary_op, saver or trace_every_n_steps because logdir=None")
    if sync_optimizer is not None:
        raise ValueError("sync_optimizer is for several machines, and training runs in this process: leave it out")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError(f"`number_of_steps` must be either None or a positive number, got {number_of_steps}.")
    graph = graph or graph_lib.get_default_graph()
    with graph.as_default():
        step = global_step_lib.get_or_create_global_step() if global_step is None else global_step
        saver = saver or saver_lib.Saver()
        with build.name_scope("init_ops"):
            if init_op == _USE_DEFAULT:
                init_op = variables.global_variables_initializer()
            if ready_op == _USE_DEFAULT:
                ready_op = variables.report_uninitialized_variables()
        if train_step_kwargs == _USE_DEFAULT:
            train_step_kwargs = _step_tensors(step, number_of_steps, log_every_n_steps)

    supervisor = supervisor_lib.Supervisor(
        graph=graph, is_chief=is_chief, logdir=logdir, init_op=init_op, init_feed_dict=init_feed_dict,
        local_init_op=local_init_op, ready_op=ready_op, summary_op=summary_op,
        summary_writer=summary_writer, global_step=step, saver=saver, save_summaries_secs=save_summaries_secs,
        save_model_secs=save_interval_secs, init_fn=init_fn,
    )  # fmt: skip
    if summary_writer is not None:
        train_step_kwargs["summary_writer"] = supervisor.summary_writer
    loss = None
    with supervisor.managed_session(master, start_standard_services=False, config=session_config) as session:
        session = session if session_wrapper is None else session_wrapper(session)
        if is_chief and logdir:
            supervisor.start_standard_services(session)
        threads = supervisor.start_queue_runners(session)
        try:
            while not supervisor.should_stop():
                loss, stop = train_step_fn(session, train_op, step, train_step_kwargs)
                if stop:
                    supervisor.request_stop()
        except errors.OutOfRangeError as err:
            log.info("The input is at its end, training stops: %s", err)
        if logdir and is_chief:
            supervisor.saver.save(session, supervisor.save_path, global_step=supervisor.global_step)
            supervisor.stop(threads, close_summary_writer=False, ignore_live_threads=ignore_live_threads)
    return loss


def _step_tensors(step, number_of_steps, log_every_n_steps):
    with build.name_scope("train_step"):
        made = {
            "should_stop": compare.greater_equal(step, number_of_steps) if number_of_steps else build.constant(False)
        }
        if log_every_n_steps > 0:
            made["should_log"] = compare.equal(math.floormod(step, log_every_n_steps), 0)
        return made
