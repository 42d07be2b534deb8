"""Hooks whose behaviour TensorFlow leaves to chance: there a step fetched beside an update may be of before it or after it."""

import graphflow as tf


def test_summaries_come_every_so_many_steps():
    step = tf.train.get_or_create_global_step()
    weight = tf.get_variable("weight", [], initializer=tf.ones_initializer())
    update = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(weight), step)
    written = []

    class Writer:
        def add_summary(self, summary, global_step):
            written.append(int(global_step))

        def add_session_log(self, session_log, global_step):
            pass

        def flush(self):
            pass

    summary = tf.summary.scalar("weight", weight)
    hook = tf.train.SummarySaverHook(save_steps=4, summary_writer=Writer(), summary_op=summary)
    with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(last_step=11), hook]) as session:
        while not session.should_stop():
            session.run(update)
    assert written == [1, 5, 9]
