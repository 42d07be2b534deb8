"""tf.train.Checkpoint: variables by their paths through objects."""

import numpy as np
import pytest

import graphflow as tf
from tests.oracle import record_files


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as sess:
        yield sess


def model():
    w = tf.get_variable("w", initializer=np.ones((3, 2), np.float32))
    b = tf.get_variable("b", initializer=np.zeros(2, np.float32), use_resource=True)
    optimizer = tf.train.AdamOptimizer(0.1)
    train = optimizer.minimize(tf.reduce_sum(tf.square(tf.matmul(tf.ones([1, 3]), w) + b - 2.0)))
    return w, b, optimizer, train


def test_round_trip_with_slots(session, tmp_path):
    w, b, optimizer, train = model()
    checkpoint = tf.train.Checkpoint(optimizer=optimizer, layers=[w, {"bias/1": b}])
    session.run(tf.global_variables_initializer())
    session.run(train)
    path = checkpoint.save(str(tmp_path / "ckpt"))
    assert path == str(tmp_path / "ckpt-1") == tf.train.latest_checkpoint(str(tmp_path))
    keys = [name for name, _ in tf.train.list_variables(path)]
    assert "layers/0/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE" in keys
    assert "layers/1/bias.S1/.ATTRIBUTES/VARIABLE_VALUE" in keys
    assert "optimizer/beta1_power/.ATTRIBUTES/VARIABLE_VALUE" in keys
    everything = [w, b, *optimizer.variables()]
    before = session.run(everything)
    session.run([train, train])
    checkpoint.restore(path).assert_consumed().run_restore_ops()
    for old, new in zip(before, session.run(everything)):
        assert np.array_equal(old, new)
    assert checkpoint.save(str(tmp_path / "ckpt")) == str(tmp_path / "ckpt-2")


def test_what_does_not_match(session, tmp_path):
    v, u = tf.Variable(1.0), tf.Variable(2.0)
    session.run(tf.global_variables_initializer())
    path = tf.train.Checkpoint(v=v, more=[u]).write(str(tmp_path / "c"))
    other = tf.train.Checkpoint(v=u, new=tf.Variable(5.0))
    status = other.restore(path)
    with pytest.raises(AssertionError, match="No value in the checkpoint"):
        status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match="Unresolved object in checkpoint: more/0"):
        tf.train.Checkpoint(v=u).restore(path).assert_consumed()
    status.expect_partial().initialize_or_restore()
    assert session.run([u, other.new]) == [1.0, 5.0]
    with pytest.raises(AssertionError, match="Nothing to load"):
        tf.train.Checkpoint(x=u).restore(path).assert_nontrivial_match()
    with pytest.raises(ValueError, match="was expecting a trackable object"):
        tf.train.Checkpoint(step=3)
    tf.train.Checkpoint(v=v).restore(None).initialize_or_restore()


def test_a_checkpoint_of_tensorflow_2(session):
    model = tf.train.Checkpoint(w=tf.get_variable("w", [3, 2]), b=tf.get_variable("b", [2]))
    tf.train.Checkpoint(model=model).restore(record_files.FOLDER + "/objects/ckpt").run_restore_ops()
    assert np.array_equal(session.run(model.b), [0.5, -0.5])


def test_a_checkpoint_by_names(session, tmp_path):
    w, b, _, _ = model()
    session.run(tf.global_variables_initializer())
    tf.train.Saver([w]).save(session, str(tmp_path / "m"))
    w.load(np.zeros((3, 2)), session)
    tf.train.Checkpoint(a=w).restore(str(tmp_path / "m")).run_restore_ops()
    assert session.run(w).sum() == 6.0


def test_a_manager(session, tmp_path):
    v = tf.Variable(0.0)
    session.run(v.initializer)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path / "run"), max_to_keep=2)
    paths = [manager.save() for _ in range(3)]
    assert manager.checkpoints == paths[1:] and manager.latest_checkpoint == paths[2]
    again = tf.train.CheckpointManager(checkpoint, str(tmp_path / "run"), max_to_keep=2)
    assert again.checkpoints == paths[1:] and again.save(checkpoint_number=9).endswith("ckpt-9")
    assert sorted(p.name for p in (tmp_path / "run").glob("*.index")) == ["ckpt-3.index", "ckpt-9.index"]
    with pytest.raises(ValueError, match="Expected a positive integer"):
        tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=0)
