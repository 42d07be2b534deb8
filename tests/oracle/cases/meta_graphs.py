"""Meta graphs, graphs for inference, SavedModels."""

import os

import numpy as np

from tests.oracle.cases.saving import Folder, model, started, texts
from tests.oracle.harness import floats, script

# -- meta graphs ---------------------------------------------------------------------------------------------------------


def collections_of(meta):
    found = {}
    for key in sorted(meta.collection_def):
        kind = meta.collection_def[key].WhichOneof("kind")
        found[key] = "%s %s" % (kind, list(getattr(meta.collection_def[key], kind).value))
    return texts(sorted(found.items()))


def op_text(op):
    """A signature; types that are allowed stand in no order."""
    attrs = [(a.name, a.type, str(a.default_value), sorted(a.allowed_values.list.type)) for a in op.attr]
    return "%s %s" % ([str(arg) for arg in list(op.input_arg) + list(op.output_arg)], attrs)


@script(graph=True)
def an_exported_meta_graph(tf):
    w, b = model(tf)
    loss = tf.reduce_sum(tf.square(tf.matmul(tf.constant(floats(4, 3)), w) + b))
    tf.add_to_collection("losses", loss)
    tf.add_to_collection("numbers", 3)
    tf.add_to_collection("floats", 0.5)
    tf.add_to_collection("words", "word")
    step = tf.train.create_global_step()
    tf.add_to_collection("train_op", tf.group(tf.assign_add(step, 1), tf.assign_sub(w, 0.1 * w)))
    saver = tf.train.Saver()
    meta = saver.export_meta_graph()
    return {
        "collections": collections_of(meta),
        "ops": texts(op.name for op in meta.meta_info_def.stripped_op_list.op),
        "op": op_text([op for op in meta.meta_info_def.stripped_op_list.op if op.name == "MatMul"][0]),
        "version": meta.meta_info_def.tensorflow_version,
        "saver": texts([meta.saver_def.filename_tensor_name, meta.saver_def.restore_op_name]),
        "shapes": texts(sorted((n.name, str(n.attr["_output_shapes"])) for n in meta.graph_def.node)),
        "nodes": len(meta.graph_def.node),
    }


def imported(**options):
    def run(tf):
        with Folder():
            with tf.Graph().as_default():
                w, b = model(tf)
                x = tf.placeholder(tf.float32, [None, 3], name="x")
                y = tf.add(tf.matmul(x, w), b, name="y")
                loss = tf.reduce_sum(tf.square(y - 1.0), name="loss")
                tf.add_to_collection("outputs", y)
                tf.add_to_collection("step", tf.train.AdamOptimizer(0.1).minimize(loss, name="train"))
                saver = tf.train.Saver()
                with started(tf) as session:
                    session.run("train", {x: floats(4, 3)})
                    saver.save(session, "model", 1)
            saver = tf.train.import_meta_graph("model-1.meta", **options)
            scope = options.get("import_scope", "")
            prefix = scope + "/" if scope else ""
            graph = tf.get_default_graph()
            x = graph.get_tensor_by_name(prefix + "x:0")
            with tf.Session() as session:
                saver.restore(session, "model-1")
                found = {"y": session.run(tf.get_collection("outputs")[0], {x: floats(2, 3)})}
                for _ in range(3):
                    session.run(tf.get_collection("step")[0], {x: floats(4, 3)})
                found["loss"] = session.run(prefix + "loss:0", {x: floats(4, 3)})
            found["variables"] = texts(v.name for v in tf.global_variables())
            found["trainable"] = texts(v.name for v in tf.trainable_variables())
            found["keys"] = texts(sorted(graph.get_all_collection_keys()))
            return found

    return run


script(name="an_imported_meta_graph", graph=True)(imported())
script(name="an_imported_meta_graph_in_a_scope", graph=True)(imported(import_scope="old"))
script(name="an_imported_meta_graph_without_devices", graph=True)(imported(clear_devices=True))


@script(graph=True)
def a_meta_graph_on_top_of_another(tf):
    """New layers on what was imported, trained with a new optimizer."""
    with Folder():
        with tf.Graph().as_default():
            w, b = model(tf)
            x = tf.placeholder(tf.float32, [None, 3], name="x")
            tf.add(tf.matmul(x, w), b, name="features")
            with started(tf) as session:
                tf.train.Saver().save(session, "model")
        saver = tf.train.import_meta_graph("model.meta")
        features = tf.stop_gradient(tf.get_default_graph().get_tensor_by_name("features:0"))
        v = tf.get_variable("v", initializer=tf.ones([2, 1]))
        loss = tf.reduce_mean(tf.square(tf.matmul(features, v)))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, var_list=[v])
        with started(tf) as session:
            saver.restore(session, "model")
            session.run(step, {"x:0": floats(4, 3)})
            return {"v": session.run(v), "loss": session.run(loss, {"x:0": floats(4, 3)})}


@script(graph=True)
def a_meta_graph_with_another_input(tf):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2], name="x")
        tf.square(x, name="y")
        meta = tf.train.export_meta_graph()
    given = tf.constant([3.0, 4.0])
    tf.train.import_meta_graph(meta, import_scope="in", input_map={"x:0": given})
    with tf.Session() as session:
        return {"y": session.run("in/y:0"), "keys": texts(sorted(meta.collection_def))}


@script()
def an_exported_scope(tf):
    outside = tf.constant(2.0, name="outside")
    with tf.name_scope("part"):
        inside = tf.constant(3.0, name="inside")
        with tf.control_dependencies([outside]):
            tf.multiply(inside, outside, name="product")
    with tf.variable_scope("part"):
        tf.get_variable("v", [2])
    meta = tf.train.export_meta_graph(export_scope="part")
    return {
        "nodes": texts((n.name, n.op, list(n.input)) for n in meta.graph_def.node),
        "collections": collections_of(meta),
    }


@script()
def savers_in_meta_graphs(tf):
    model(tf)
    first, second = tf.train.Saver(name="first"), tf.train.Saver(name="second")
    tf.add_to_collection(tf.GraphKeys.SAVERS, first)
    cleared = second.export_meta_graph(clear_extraneous_savers=True)
    stripped = second.export_meta_graph(strip_default_attrs=True)
    sizes = [sorted(n.attr) for n in stripped.graph_def.node if n.name in ("layer/w", "layer/w/Assign")]
    return {
        "nodes": texts(n.name for n in cleared.graph_def.node),
        "collections": collections_of(cleared),
        "attrs": texts(sizes),
        "stripped": bool(stripped.meta_info_def.stripped_default_attrs),
        "all": collections_of(second.export_meta_graph()),
    }


@script()
def a_meta_graph_as_text(tf):
    model(tf)
    with Folder():
        tf.train.export_meta_graph("graph.meta", as_text=True)
        with open("graph.meta") as file:
            first = file.readline()
        with tf.Graph().as_default():
            saver = tf.train.import_meta_graph("graph.meta")
            names = [v.name for v in tf.global_variables()]
        return {"first": first, "names": texts(names), "saver": saver is not None}


# -- graphs for inference ------------------------------------------------------------------------------------------------


def nodes_of(graph_def):
    return texts((n.name, n.op, list(n.input), sorted(n.attr)) for n in graph_def.node)


def inference(tf, use_resource=False):
    w, b = model(tf, use_resource=use_resource)
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.identity(tf.nn.relu(tf.matmul(x, w) + b, name="relu"), name="y")
    loss = tf.reduce_sum(y, name="loss")
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return x, y


def frozen(use_resource=False, **options):
    def run(tf):
        inference(tf, use_resource)
        with started(tf) as session:
            graph_def = tf.graph_util.convert_variables_to_constants(
                session, tf.get_default_graph().as_graph_def(), ["y"], **options
            )
        nodes = nodes_of(graph_def)
        with tf.Graph().as_default():
            (y,) = tf.import_graph_def(graph_def, return_elements=["y:0"], name="")
            if options:
                return {"nodes": nodes}
            with tf.Session() as session:
                return {"nodes": nodes, "y": session.run(y, {"x:0": floats(2, 3, seed=1)})}

    return run


script(name="frozen")(frozen())
script(name="frozen_resource")(frozen(use_resource=True))
script(name="frozen_but_for_one")(frozen(variable_names_blacklist=["layer/b"]))
script(name="frozen_only_one")(frozen(variable_names_whitelist=["layer/b"]))


@script()
def frozen_embedding(tf):
    table = tf.get_variable("table", initializer=tf.constant(floats(5, 2)), use_resource=True)
    ids = tf.placeholder(tf.int32, [None], name="ids")
    tf.nn.embedding_lookup(table, ids, name="rows")
    with started(tf) as session:
        name = [op.name for op in tf.get_default_graph().get_operations() if op.type == "ResourceGather"][0]
        graph_def = tf.graph_util.convert_variables_to_constants(session, session.graph_def, [name])
    nodes = nodes_of(graph_def)
    with tf.Graph().as_default(), tf.Session() as session:
        (rows,) = tf.import_graph_def(graph_def, return_elements=[name + ":0"], name="")
        return {"nodes": nodes, "rows": session.run(rows, {"ids:0": [4, 0]})}


@script()
def parts_of_graphs(tf):
    inference(tf)
    checked = tf.check_numerics(tf.get_default_graph().get_tensor_by_name("y:0"), "bad", name="checked")
    tf.add(checked, 1.0, name="more")
    graph_def = tf.get_default_graph().as_graph_def()
    util = tf.graph_util
    shape = util.tensor_shape_from_node_def_name(tf.get_default_graph(), "x")
    part = util.extract_sub_graph(graph_def, ["more"])
    return {
        "part": nodes_of(part),
        "removed": nodes_of(util.remove_training_nodes(part)),
        "protected": nodes_of(util.remove_training_nodes(part, ["y", "checked"])),
        "shape": str(shape.as_list()),
        "cpu": np.array([util.must_run_on_cpu(node) for node in part.node]),
        "pinned": np.array([util.must_run_on_cpu(node, True) for node in part.node]),
    }


@script(raises=True)
def a_part_that_is_not_there(tf):
    tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["nope"])


@script(raises=True)
def a_part_named_by_a_text(tf):
    tf.constant(1.0, name="a")
    tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), "a")


@script()
def a_written_graph(tf):
    tf.constant(1.5, name="a")
    with Folder() as folder:
        text = tf.train.write_graph(tf.get_default_graph(), folder, "graph.pbtxt")
        binary = tf.train.write_graph(tf.get_default_graph().as_graph_def(), "new/sub", "graph.pb", as_text=False)
        with open(binary, "rb") as file:
            nodes = nodes_of(tf.GraphDef.FromString(file.read()))
        with open("graph.pbtxt") as file:
            first = file.readline()
        return {"paths": texts([text.replace(folder, "FOLDER"), binary]), "nodes": nodes, "first": first}


# -- SavedModels ---------------------------------------------------------------------------------------------------------


def signature_text(signature):
    """A signature's text; protobuf prints maps in any order."""
    parts = [(key, str(part[key])) for part in (signature.inputs, signature.outputs) for key in sorted(part)]
    return "%s %s" % (signature.method_name, parts)


def signatures_of(meta):
    return texts((key, signature_text(meta.signature_def[key])) for key in sorted(meta.signature_def))


@script()
def a_simple_saved_model(tf):
    x, y = inference(tf)
    with Folder():
        with started(tf) as session:
            tf.saved_model.simple_save(session, "export", {"x": x}, {"y": y})
        files = sorted(os.path.join(top, f) for top, _, names in os.walk("export") for f in names)
        with tf.Graph().as_default(), tf.Session() as session:
            meta = tf.saved_model.loader.load(session, [tf.saved_model.tag_constants.SERVING], "export")
            info = meta.signature_def["serving_default"].outputs["y"]
            value = session.run(info.name, {"x:0": floats(2, 3, seed=2)})
        return {
            "files": texts(files), "signatures": signatures_of(meta), "tags": texts(meta.meta_info_def.tags), "y": value,
            "there": np.array([tf.saved_model.contains_saved_model("export"), tf.saved_model.contains_saved_model(".")]),
            "collections": collections_of(meta),
        }


@script()
def a_built_saved_model(tf):
    x, y = inference(tf)
    count = tf.Variable(0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="count")
    saved = tf.saved_model
    with Folder():
        with open("words.txt", "w") as file:
            file.write("one\ntwo")
        path = tf.constant("words.txt", name="path")
        tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
        read = tf.Variable("nothing", trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="read")
        started_up = tf.group(tf.assign(count, 7), tf.assign(read, path), name="start_up")
        builder = saved.builder.SavedModelBuilder("export")
        predict = saved.signature_def_utils.predict_signature_def({"in": x}, {"out": y})
        built = saved.signature_def_utils.build_signature_def(
            {"i": saved.utils.build_tensor_info(x)}, {"o": saved.utils.build_tensor_info(y)}, "some/method"
        )
        with started(tf) as session:
            builder.add_meta_graph_and_variables(
                session, ["train", "gpu"], {"predict": predict, "built": built},
                assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS), main_op=started_up,
            )
            builder.add_meta_graph(["serve"], {"predict": predict})
            name = builder.save(as_text=True)
        with tf.Graph().as_default() as graph, tf.Session() as session:
            meta = saved.loader.load(session, ["gpu", "train"], "export")
            found = saved.utils.get_tensor_from_tensor_info(meta.signature_def["predict"].outputs["out"])
            values = session.run([found, "count:0"], {"x:0": floats(2, 3, seed=2)})
            where = session.run("read:0").decode()
            keys = sorted(graph.get_all_collection_keys())
        return {
            "name": name.decode(), "signatures": signatures_of(meta), "y": values[0], "count": values[1], "where": where,
            "keys": texts(keys),
            "valid": np.array([saved.is_valid_signature(predict), saved.is_valid_signature(built)]),
            "files": texts(sorted(os.path.join(top, f) for top, _, names in os.walk("export") for f in names)),
        }


@script()
def signatures(tf):
    saved = tf.saved_model
    example = tf.placeholder(tf.string, [None], name="example")
    words = tf.constant(["a", "b"], name="words")
    scores = tf.constant([0.25, 0.75], name="scores")
    sparse = tf.SparseTensor([[0]], [1.0], [3])
    made = [
        saved.classification_signature_def(example, words, scores),
        saved.classification_signature_def(example, words, None),
        saved.regression_signature_def(example, scores),
        saved.predict_signature_def({"s": sparse}, {"w": words}),
    ]
    return {
        "made": texts(signature_text(m) for m in made),
        "valid": np.array([saved.is_valid_signature(m) for m in made] + [saved.is_valid_signature(None)]),
        "constants": texts([saved.DEFAULT_SERVING_SIGNATURE_DEF_KEY, saved.SERVING, saved.signature_constants.PREDICT_METHOD_NAME]),
    }


def export_twice(tf):
    x, y = inference(tf)
    with Folder(), started(tf) as session:
        tf.saved_model.simple_save(session, "export", {"x": x}, {"y": y})
        tf.saved_model.simple_save(session, "export", {"x": x}, {"y": y})


def load_other_tags(tf):
    x, y = inference(tf)
    with Folder(), started(tf) as session:
        tf.saved_model.simple_save(session, "export", {"x": x}, {"y": y})
        tf.saved_model.load(session, ["train"], "export")


def load_nothing(tf):
    with Folder():
        tf.saved_model.load(tf.Session(), ["serve"], "nope")


def regression_of_texts(tf):
    words = tf.constant(["a"])
    tf.saved_model.regression_signature_def(words, words)


for wrong in (export_twice, load_other_tags, load_nothing, regression_of_texts):
    script(raises=True)(wrong)

