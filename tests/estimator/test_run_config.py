"""RunConfig: what is checked, what TF_CONFIG says."""

import json

import pytest

import graphflow as tf

CLUSTER = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}


def config_of(monkeypatch, **content):
    monkeypatch.setenv("TF_CONFIG", json.dumps(content))
    return tf.estimator.RunConfig()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"save_checkpoints_steps": 1, "save_checkpoints_secs": 1}, "cannot be both set"),
        ({"save_summary_steps": -1}, "save_summary_steps should be >= 0"),
        ({"tf_random_seed": 1.5}, "must be integer"),
        ({"session_config": {}}, "ConfigProto"),
        ({"device_fn": lambda x: None}, "exactly one argument"),
        ({"model_dir": ""}, "non-empty"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        tf.estimator.RunConfig(**arguments)


def test_one_interval_unsets_the_other():
    config = tf.estimator.RunConfig()
    assert (config.save_checkpoints_steps, config.save_checkpoints_secs) == (None, 600)
    changed = config.replace(save_checkpoints_steps=3, model_dir="x")
    assert (changed.save_checkpoints_steps, changed.save_checkpoints_secs, changed.model_dir) == (3, None, "x")
    assert config.model_dir is None
    with pytest.raises(ValueError, match="Replacing master is not supported"):
        config.replace(master="grpc://x")


def test_a_worker_of_a_cluster(monkeypatch):
    config = config_of(monkeypatch, cluster=CLUSTER, task={"type": "worker", "index": 1})
    assert (config.task_type, config.task_id, config.is_chief) == ("worker", 1, False)
    assert (config.num_worker_replicas, config.num_ps_replicas, config.global_id_in_cluster) == (3, 1, 2)
    assert config.master == "grpc://c:1"


def test_an_evaluator_stands_outside(monkeypatch):
    config = config_of(monkeypatch, cluster=CLUSTER, task={"type": "evaluator", "index": 0})
    assert not config.cluster_spec
    assert (config.master, config.num_worker_replicas) == ("", 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}, 'must have one "chief" node'),
        ({"cluster": CLUSTER, "task": {"type": "worker", "index": 2}}, "not a valid task_id"),
        ({"cluster": CLUSTER, "task": {"index": 0}}, "task type must be set"),
        ({"task": {"type": "ps", "index": 0}}, "task type must be WORKER"),
    ],
)
def test_what_a_cluster_must_be(monkeypatch, content, words):
    with pytest.raises(ValueError, match=words):
        config_of(monkeypatch, **content)


def test_several_processes_are_refused_with_the_cure(monkeypatch, tmp_path):
    config = config_of(monkeypatch, cluster=CLUSTER, task={"type": "chief", "index": 0}).replace(
        model_dir=str(tmp_path)
    )
    model = tf.estimator.Estimator(lambda features: None, config=config)
    spec = tf.estimator.TrainSpec(dict), tf.estimator.EvalSpec(dict)
    with pytest.raises(tf.errors.UnimplementedError, match="one process"):
        tf.estimator.train_and_evaluate(model, *spec)


def test_tpu_settings():
    tpu = tf.contrib.tpu
    assert tpu.TPUConfig(per_host_input_for_training=False).per_host_input_for_training == 1
    with pytest.raises(ValueError, match="num_cores_per_replica must be"):
        tpu.TPUConfig(num_cores_per_replica=3)
    with pytest.raises(TypeError, match="must be int"):
        tpu.TPUConfig(iterations_per_loop="2")
    resolver = tf.contrib.cluster_resolver.TPUClusterResolver("local")
    assert tpu.RunConfig(cluster=resolver).master == ""
    with pytest.raises(ValueError, match="Both master and cluster"):
        tpu.RunConfig(cluster=resolver, master="")
