"""Meta graphs with parts that make no sense: the graph is there, and what can be made of the rest."""

import pytest

import graphflow as tf


@pytest.fixture
def meta():
    with tf.Graph().as_default():
        tf.get_variable("v", [2])
        tf.train.Saver()
        return tf.train.Saver().export_meta_graph()


def test_garbage_in_a_collection(meta, caplog):
    meta.collection_def["variables"].bytes_list.value.append(b"\xff\xff")
    meta.collection_def["mine"].SetInParent()
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(meta)
        assert graph.get_operation_by_name("v").type == "VariableV2"
        assert [v.name for v in graph.get_collection("variables")] == ["v:0"]
        assert [v.name for v in graph.get_collection("trainable_variables")] == ["v:0"]
    assert "An item of the collection variables is left out, since it cannot be made" in caplog.text
    assert "Cannot identify data type for collection mine" in caplog.text


def test_a_variable_that_is_not_in_the_graph(meta, caplog):
    message = tf.Variable([1.0], name="elsewhere").to_proto()
    meta.collection_def["local_variables"].bytes_list.value.append(message.SerializeToString())
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(meta)
        assert graph.get_collection("local_variables") == []
    assert "An item of the collection local_variables is left out" in caplog.text


def test_a_saver_whose_nodes_are_not_there(meta, tmp_path):
    meta.saver_def.save_tensor_name = "nope:0"
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(meta)
        sess.run(tf.global_variables_initializer())
        with pytest.raises(ValueError, match="nope"):
            saver.save(sess, str(tmp_path / "model"))


def test_a_saver_that_names_nothing(meta):
    meta.saver_def.restore_op_name = ""
    with tf.Graph().as_default(), pytest.raises(ValueError, match="saver_def must specify the restore_op_name"):
        tf.train.import_meta_graph(meta)


def test_inputs_that_were_cut_off():
    with tf.Graph().as_default():
        outside = tf.constant(2.0, name="outside")
        with tf.name_scope("part"):
            tf.multiply(outside, 3.0, name="product")
        meta = tf.train.export_meta_graph(export_scope="part")
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(ValueError, match="Graph contains unbound inputs: .*outside"):
            tf.train.import_meta_graph(meta)
        tf.train.import_meta_graph(meta, input_map={"$unbound_inputs_outside": tf.constant(5.0)})
        assert sess.run("product:0") == 15.0
