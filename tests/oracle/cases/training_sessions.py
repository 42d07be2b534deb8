"""Monitored sessions, hooks, Supervisor, clusters: what happens when."""

import os
import tempfile

from tests.oracle.harness import script


def model(tf):
    step = tf.train.get_or_create_global_step()
    weight = tf.Variable(5.0, name="w")
    loss = tf.square(weight - 1.0, name="loss")
    tf.summary.scalar("cost", loss)
    return tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step), loss, step


def recording_hook(tf, said):
    class Hook(tf.train.SessionRunHook):
        def begin(self):
            said.append("begin")

        def after_create_session(self, session, coord):
            said.append("created at %d" % session.run("global_step:0"))

        def before_run(self, run_context):
            return tf.train.SessionRunArgs({"loss": "loss:0"})

        def after_run(self, run_context, run_values):
            said.append("ran %.4f %s" % (run_values.results["loss"], run_context.stop_requested))

        def end(self, session):
            said.append("end at %d" % session.run("global_step:0"))

    return Hook()


def files(folder):
    return " ".join(sorted(name for name in os.listdir(folder) if not name.startswith("events")))


def events(tf, folder):
    """What the newest events file holds, but for rates."""
    newest = sorted(name for name in os.listdir(folder) if name.startswith("events"))[-1]
    found = []
    for event in tf.train.summary_iterator(os.path.join(folder, newest)):
        tags = [v.tag for v in event.summary.value]
        if "global_step/sec" not in tags:
            found.append("%s %d %s %d" % (event.WhichOneof("what"), event.step, tags, event.session_log.status))
    return "; ".join(found)


@script()
def training_in_two_parts(tf):
    said, kept = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for part in range(2):
            with tf.Graph().as_default():
                train, loss, _ = model(tf)
                hooks = [
                    recording_hook(tf, said), tf.train.StopAtStepHook(num_steps=3), tf.train.NanTensorHook(loss),
                    tf.train.LoggingTensorHook({"loss": loss}, every_n_iter=2),
                ]  # fmt: skip
                options = dict(save_checkpoint_steps=2, save_summaries_steps=1, log_step_count_steps=1)
                with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=hooks, **options) as session:
                    while not session.should_stop():
                        session.run(train)
            kept["files %d" % part] = files(folder)
        kept["events"] = events(tf, folder)
    return dict(kept, said="; ".join(said))


@script()
def supervised(tf):
    with tempfile.TemporaryDirectory() as folder:
        train, _, step = model(tf)
        supervisor = tf.train.Supervisor(logdir=folder, save_model_secs=0, save_summaries_secs=0)
        with supervisor.managed_session() as session:
            while not supervisor.should_stop() and session.run(step) < 4:
                session.run(train)
            supervisor.saver.save(session, supervisor.save_path, global_step=supervisor.global_step)
            supervisor.summary_computed(session, session.run(supervisor.summary_op))
        return {"files": files(folder), "events": events(tf, folder), "stopped": supervisor.should_stop()}


@script()
def the_end_of_input_ends_training(tf):
    train, _, step = model(tf)
    with tf.train.MonitoredSession() as session:
        session.run(train)
        values = session.run_step_fn(lambda step_context: [step_context.session.run(step), step_context.run_with_hooks(step)])
        raise tf.errors.OutOfRangeError(None, None, "no more")
    return {"values": values, "finalized": tf.get_default_graph().finalized}


@script(raises=True)
def other_failures_pass(tf):
    train, _, _ = model(tf)
    with tf.train.SingularMonitoredSession() as session:
        session.run(train)
        raise KeyError("something else")


@script(raises=True)
def a_loss_that_is_not_a_number(tf):
    train, loss, _ = model(tf)
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as session:
        session.run(train, {loss: float("nan")})


@script(raises=True)
def two_hooks_feed_the_same(tf):
    _, loss, _ = model(tf)
    hooks = [tf.train.FeedFnHook(lambda: {loss: 1.0}) for _ in range(2)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        session.run(loss)


@script()
def hooks_feed_and_finish(tf):
    _, loss, step = model(tf)
    last = tf.train.FinalOpsHook([step, loss])
    with tf.train.MonitoredSession(hooks=[tf.train.FeedFnHook(lambda: {loss: 7.0}), last]) as session:
        fed = session.run(loss)
    return {"fed": fed, "last": last.final_ops_values}


@script()
def a_scaffold(tf):
    _, loss, step = model(tf)
    said = []
    scaffold = tf.train.Scaffold(init_fn=lambda scaffold, session: said.append(float(session.run(loss))))
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as session:
        session.run(step)
    names = [scaffold.ready_op.op.type, scaffold.init_op.type, scaffold.summary_op.op.type]
    names.append(scaffold.saver.saver_def.filename_tensor_name)
    return {"said": said, "names": " ".join(names)}


@script()
def timers(tf):
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    told = []
    for step in range(8):
        if timer.should_trigger_for_step(step):
            told.append((step, timer.update_last_triggered_step(step)[1] or -1))
    return {"told": told, "last": timer.last_triggered_step()}


@script()
def clusters(tf):
    cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": {1: "c:3"}})
    again = tf.train.ClusterSpec(cluster.as_cluster_def())
    with tf.device(tf.train.replica_device_setter(2, worker_device="/job:worker/task:3")):
        first, second = tf.Variable(1.0), tf.Variable(2.0)
        total = first + second
        with tf.device("/gpu:0"):
            third = tf.Variable(3.0)
    placed = [op.device for op in (first, second, total, third)]
    return {
        "text": "%s %s %s" % (sorted(cluster.as_dict().items()), sorted(cluster.jobs), cluster.job_tasks("ps")),
        "counts": [cluster.num_tasks("ps"), cluster.num_tasks("worker")] + cluster.task_indices("worker"),
        "address": cluster.task_address("worker", 1),
        "same": cluster == again,
        "placed": " ".join(placed),
    }


@script(raises=True)
def no_such_job(tf):
    tf.train.ClusterSpec({"worker": ["a:1"]}).num_tasks("ps")


@script(raises=True)
def stop_without_a_number(tf):
    tf.train.StopAtStepHook()
