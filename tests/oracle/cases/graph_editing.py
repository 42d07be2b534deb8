"""Graphs under the knife: the graph editor, tools over GraphDefs; and what scripts import from TensorFlow's inside."""

import importlib

from tests.oracle.cases.contrib_rest import evaluated, names_of
from tests.oracle.harness import case, floats, kind_made, script


def python_module(tf, path):
    """A private module, whose names the launcher finds under graphflow."""
    if "tensorflow" in tf.__name__:
        return importlib.import_module("tensorflow." + path)
    imports = importlib.import_module("graphflow._launcher.imports")
    return imports.Facade("tensorflow." + path, imports.target("tensorflow." + path))


def small_graph(tf):
    """a -> b -> c with a scope, a variable and a control edge."""
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    with tf.name_scope("part"):
        w = tf.get_variable("w", [3, 2], initializer=tf.constant_initializer(floats(3, 2)))
        b = tf.matmul(a, w, name="b")
        b1 = tf.add(b, 1.0, name="b1")
    with tf.control_dependencies([b1]):
        c = tf.square(b, name="c")
    d = tf.add(c, b1, name="d")
    return a, b, b1, c, d


def order_of(items):
    return [item.name for item in items]


@script()
def editor_selects(tf):
    ge = tf.contrib.graph_editor
    a, b, b1, c, d = small_graph(tf)
    graph = tf.get_default_graph()
    view = ge.sgv(b.op, b1.op, c.op)
    ios = ge.ControlOutputs(graph)
    return {
        "by_name": order_of(ge.select_ops("^part/b", graph=graph)),
        "tensors": order_of(ge.select_ts("(?#ts)^part/b", graph=graph)),
        "both": [order_of(found) for found in ge.select_ops_and_ts("(?#ts)^c", "^d", graph=graph)],
        "scope": order_of(ge.get_name_scope_ops(graph, "part/")),
        "filtered": order_of(ge.filter_ops(graph, lambda op: op.type == "Add")),
        "filtered_ts": names_of(ge.filter_ts_from_regex([b.op, c.op], "part")),
        "forward": names_of(ge.get_forward_walk_ops(b.op)),
        "forward_of_tensor": names_of(ge.get_forward_walk_ops(b, inclusive=False)),
        "forward_within": names_of(ge.get_forward_walk_ops([b.op], within_ops=[b.op, b1.op])),
        "forward_control": names_of(ge.get_forward_walk_ops(b1.op, control_outputs=ios)),
        "backward": names_of(ge.get_backward_walk_ops(d, stop_at_ts=[b])),
        "backward_control": names_of(ge.get_backward_walk_ops(c.op, control_inputs=True)),
        "between": names_of(ge.get_walks_intersection_ops([b], [d])),
        "either": names_of(ge.get_walks_union_ops([c], [b])),
        "boundary": [names_of(ts) for ts in ge.compute_boundary_ts([b.op, b1.op, c.op])],
        "within": names_of(ge.get_within_boundary_ops(graph, b.op, [d.op], inclusive=False)),
        "ios": names_of(ge.get_ops_ios(c.op, control_ios=ios)),
        "consumers": order_of(ge.get_consuming_ops([b])),
        "makers": order_of(ge.get_generating_ops([b, d])),
        "view": [order_of(view.ops), order_of(view.inputs), order_of(view.outputs)],
        "remapped": order_of(view.remap_outputs([1, 0]).outputs),
        "twice": order_of(view.remap_outputs_to_consumers().outputs),
        "of_scope": order_of(ge.sgv_scope("part", graph=graph).outputs),
        "placeholder": [ge.placeholder_name(b), ge.placeholder_name(b, scope="x"), ge.placeholder_name()],
        "errors": [
            kind_made(lambda: ge.select_ops("x")), kind_made(lambda: ge.make_list_of_op([a])),
            kind_made(lambda: view.remap_inputs([0, 0])), kind_made(lambda: ge.make_regex(3)),
            kind_made(lambda: ge.graph_replace(b, {d: a})),
        ],
    }  # fmt: skip


@script(graph=True)
def editor_copies(tf):
    ge = tf.contrib.graph_editor
    a, b, b1, c, d = small_graph(tf)
    tf.add_to_collection("mine", c)
    x = tf.constant(floats(2, 2, seed=3), name="x")
    view, info = ge.copy_with_input_replacements(ge.sgv([b1.op, c.op, d.op]), {b: x}, dst_scope="copied")
    view2, info2 = ge.copy(ge.sgv([c.op, d.op]))
    replaced = ge.graph_replace([d, {"b1": b1}], {b: x * 2.0}, dst_scope="replaced")
    again = ge.graph_replace(d, {a: tf.ones([2, 3])})
    return {
        "names": [names_of(view.ops), names_of(view2.ops), order_of(view2.inputs), order_of(view.outputs)],
        "mapped": [info.transformed(d).name, info.original(info.transformed(c.op)).name, str(info2.transformed(a))],
        "replaced": [replaced[0].name, replaced[1]["b1"].name, again.name],
        "collections": names_of(tf.get_collection("mine")),
        "values": evaluated(tf, [info.transformed(d), replaced[0], replaced[1]["b1"], again, d], {a: floats(2, 3, seed=5)}),
    }


@script()
def editor_copies_elsewhere(tf):
    ge = tf.contrib.graph_editor
    small_graph(tf)
    other = tf.Graph()
    view, info = ge.copy(tf.get_default_graph(), other, dst_scope="there")
    part, _ = ge.copy(ge.sgv("^c$", "^d$", graph=tf.get_default_graph()), other)
    with tf.Session(graph=other) as session:
        a = other.get_tensor_by_name("there/a:0")
        value = session.run("there/d:0", {a: floats(2, 3), "there/w/read:0": floats(3, 2)})
    return {
        "ops": names_of(other.get_operations()), "value": value, "part": order_of(part.inputs),
        "control": order_of(other.get_operation_by_name("there/c").control_inputs), "inputs": len(view.inputs),
    }  # fmt: skip


@script(graph=True)
def editor_reroutes(tf):
    ge = tf.contrib.graph_editor
    a0, b0 = tf.constant(1.0, name="a0"), tf.constant(2.0, name="b0")
    a1, b1 = tf.constant(10.0, name="a1"), tf.constant(20.0, name="b1")
    c0, c1 = tf.add(a0, b0, name="c0"), tf.add(a1, b1, name="c1")
    d0, d1 = tf.negative(c0, name="d0"), tf.square(c1, name="d1")
    counts = [ge.swap_ts([a0, b0], [a1, b1], can_modify=[c0.op])]
    first = evaluated(tf, [d0, d1], {})
    counts.append(ge.reroute_ts([a0], [b1]))
    second = evaluated(tf, [d0, d1], {})
    ge.swap_outputs(ge.sgv(c0.op), ge.sgv(c1.op))
    third = evaluated(tf, [d0, d1], {})
    ge.add_control_inputs(d0.op, [a1.op])
    ge.swap_inputs(ge.sgv(d0.op), ge.sgv(d1.op))
    _, inputs = ge.detach_inputs(ge.sgv(c0.op))
    _, around = ge.bypass(ge.sgv(d1.op))
    kinds = [
        kind_made(lambda: ge.add_control_inputs(d0.op, [a1.op])), kind_made(lambda: ge.swap_ts([a0], [b0, b1])),
        kind_made(lambda: ge.reroute_ts([a0], [tf.constant([1.0, 2.0])])),
        kind_made(lambda: ge.remove_control_inputs(d1.op, a1.op)),
    ]  # fmt: skip
    fed = evaluated(tf, [d0, c0], {inputs[0]: 3.0, inputs[1]: 4.0})
    ge.remove_control_inputs(d0.op, [a1.op])
    return {
        "counts": counts, "values": [first, second, third, fed], "kinds": kinds, "around": order_of(around),
        "control": order_of(d0.op.control_inputs), "consumers": [order_of(t.consumers()) for t in (c1, a1)],
    }  # fmt: skip


@script()
def editor_connects(tf):
    ge = tf.contrib.graph_editor
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(x, 1.0, name="y")
    p = tf.placeholder(tf.float32, [2], name="p")
    q = tf.multiply(p, 3.0, name="q")
    ge.connect(ge.sgv(y.op), ge.sgv(q.op).remap_inputs([0]))
    made = ge.make_placeholder_from_tensor(q, scope="here")
    view, outputs = ge.detach_outputs(ge.sgv(y.op))
    return {
        "connected": order_of(q.op.inputs), "made": made.name, "detached": [order_of(view.outputs), order_of(outputs)],
        "value": evaluated(tf, q, {outputs[0]: [1.0, 2.0]}), "text": str(ge.sgv(q.op)).split("\n")[1:],
    }  # fmt: skip


@script()
def editor_recomputes_activations(tf):
    """What recomputation of activations on the way back does: copies, reroutes, control edges after the gradient."""
    ge = tf.contrib.graph_editor
    x = tf.placeholder(tf.float32, [2, 3])
    w = tf.get_variable("w", [3, 3], initializer=tf.constant_initializer(floats(3, 3)))
    h1 = tf.tanh(tf.matmul(x, w))
    h2 = tf.tanh(tf.matmul(h1, w))
    loss = tf.reduce_sum(tf.square(h2))
    plain = tf.gradients(loss, w)[0]
    forward = ge.get_backward_walk_ops([loss.op], within_ops=ge.get_forward_walk_ops([h1.op], inclusive=False), inclusive=True)
    copied, info = ge.copy_with_input_replacements(ge.sgv(forward), {})
    grads = tf.gradients(info.transformed(loss), [h1, w])
    ge.add_control_inputs(info.transformed(h2).op, [loss.op])
    return {"values": evaluated(tf, [plain, grads], {x: floats(2, 3, seed=1)}), "copied": len(copied.ops)}


@script()
def graph_optimized_for_inference(tf):
    lib = python_module(tf, "python.tools.optimize_for_inference_lib")
    strip = python_module(tf, "python.tools.strip_unused_lib")
    x = tf.placeholder(tf.float32, [1, 4, 4, 2], name="x")
    y = tf.nn.conv2d(x * 1.0, tf.constant(floats(3, 3, 2, 3), name="w"), [1, 1, 1, 1], "SAME", name="conv")
    y, _, _ = tf.nn.fused_batch_norm(
        y, tf.constant([1.0, 2.0, 0.5]), tf.constant([0.1, 0.2, 0.3]), tf.constant([0.5, 0.4, 0.3]),
        tf.constant([1.0, 2.0, 3.0]), is_training=False, name="bn",
    )  # fmt: skip
    z = tf.nn.depthwise_conv2d(tf.identity(y, name="dropped"), tf.constant(floats(2, 2, 3, 2)), [1, 1, 1, 1], "VALID")
    out = tf.nn.relu(z, name="out")
    tf.square(out, name="unused")
    graph_def = tf.get_default_graph().as_graph_def()
    made = lib.optimize_for_inference(graph_def, ["x"], ["out"], tf.float32.as_datatype_enum)
    stripped = strip.strip_unused(graph_def, ["mul"], ["out"], tf.float32.as_datatype_enum)
    fed = {"x:0": floats(1, 4, 4, 2, seed=1)}
    values = evaluated(tf, out, fed)
    with tf.Graph().as_default():
        tf.import_graph_def(made, name="")
        with tf.Session() as session:
            again = session.run("out:0", fed)
    kinds = [
        kind_made(lambda: strip.strip_unused(graph_def, ["x:0"], ["out"], 1)),
        kind_made(lambda: strip.strip_unused(graph_def, ["nothing"], ["out"], 1)),
        kind_made(lambda: lib.node_from_map({}, "a")),
    ]
    return {
        "nodes": sorted(f"{n.name} {n.op} {list(n.input)}" for n in made.node), "values": [values, again],
        "stripped": sorted(f"{n.name} {n.op}" for n in stripped.node), "kinds": kinds,
    }  # fmt: skip


def other_module(tf, path):
    """A module beside TensorFlow's public ones."""
    if "tensorflow" in tf.__name__:
        return importlib.import_module("tensorflow." + path)
    return importlib.import_module("graphflow._launcher.imports").target("tensorflow." + path)


@script()
def graphs_transformed(tf):
    transform = other_module(tf, "tools.graph_transforms").TransformGraph
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with tf.device("/cpu:0"):
        w = tf.matmul(tf.constant(floats(3, 4), name="a"), tf.constant(floats(4, 5, seed=1), name="b"), name="ab")
    y = tf.identity(tf.matmul(x, w, name="product"), name="passed")
    one, two = tf.exp(y, name="one"), tf.exp(y, name="two")
    out = tf.add(tf.check_numerics(one, "bad", name="checked"), two, name="out")
    tf.square(out, name="unused")
    graph_def = tf.get_default_graph().as_graph_def()
    feeds, found, nodes = {"x:0": floats(2, 3, seed=2)}, {}, {}
    for name in (
        "strip_unused_nodes", "remove_nodes(op=Identity, op=CheckNumerics)", "fold_constants(ignore_errors=true)",
        "merge_duplicate_nodes", "sort_by_execution_order", "remove_device", 'strip_unused_nodes(type=float, shape="2,3")',
    ):  # fmt: skip
        made = transform(graph_def, ["x"], ["out"], [name])
        nodes[name] = sorted(n.op for n in made.node)  # TensorFlow numbers the constants it folds
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(made, name="")
            with tf.Session() as session:
                found[name] = [session.run("out:0", feeds), str(graph.get_tensor_by_name("x:0").shape)]
    made = transform(graph_def, ["x"], ["out"], ["strip_unused_nodes remove_nodes(op=Identity)", "fold_constants"])
    cut = transform(graph_def, ["product"], ["out"], ['strip_unused_nodes(type=float, shape="2,5")'])
    shapes = [[d.size for d in n.attr["shape"].shape.dim] for n in cut.node if n.name == "product"]
    return {"values": found, "nodes": nodes, "several": sorted(n.op for n in made.node), "shapes": shapes}


@case(feeds={"x": floats(2, 3)})
def private_linear_map(tf):
    linear = python_module(tf, "contrib.rnn.python.ops.core_rnn_cell")._linear
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    start = tf.constant_initializer(floats(5, 4))
    with tf.variable_scope("cell"):
        both = linear([x, x[:, :2]], 4, True, kernel_initializer=start)
    with tf.variable_scope("one"):
        one = linear(x, 4, False, kernel_initializer=tf.constant_initializer(floats(3, 4)))
    return {"both": both, "one": one}


@case(feeds={"x": floats(2, 1, 3)})
def private_functions_of_the_second_api(tf):
    x = tf.placeholder(tf.float32, [2, 1, 3], name="x")
    array_ops, math_ops = python_module(tf, "python.ops.array_ops"), python_module(tf, "python.ops.math_ops")
    nn_ops, nn_impl = python_module(tf, "python.ops.nn_ops"), python_module(tf, "python.ops.nn_impl")
    return [
        array_ops.squeeze_v2(x, [1]), array_ops.expand_dims_v2(x, 0), array_ops.shape_v2(x, tf.int64), array_ops.size_v2(x),
        array_ops.transpose_v2(x, [2, 0, 1]), array_ops.pad_v2(x, [[0, 0], [1, 0], [0, 0]], "CONSTANT", 2.0),
        math_ops.argmax_v2(x, 2), math_ops.reduce_sum(x, [0, 2], True), math_ops.reduce_max_v1(x, 1),
        nn_ops.softmax_v2(x, 0), nn_ops.log_softmax_v2(x, axis=2), nn_impl.l2_normalize_v2(x, 2),
    ]  # fmt: skip


@case(feeds={"x": floats(1, 4, 4, 2)})
def private_generated_operations(tf):
    x = tf.placeholder(tf.float32, [1, 4, 4, 2], name="x")
    nn, arrays = python_module(tf, "python.ops.gen_nn_ops"), python_module(tf, "python.ops.gen_array_ops")
    maths = python_module(tf, "python.ops.gen_math_ops")
    pooled = nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    top = nn.top_kv2(tf.reshape(x, [4, 8]), 2)
    return [
        nn.relu_grad(x, tf.nn.relu(x)), pooled,
        nn.max_pool_grad(x, pooled, tf.ones_like(pooled), [1, 2, 2, 1], [1, 2, 2, 1], "VALID", name="back"),
        arrays.concat_v2([x, x], 3), maths.add_v2(x, 1.0, name="plus"), maths.tanh_grad(x, x), top[0], top[1],
        nn.conv2d(x, floats(2, 2, 2, 1), strides=[1, 1, 1, 1], padding="SAME"), maths.cast(x, tf.int32),
    ]  # fmt: skip


@case(feeds={"x": floats(3)}, runs=2)
def private_helpers_of_training(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    averages = python_module(tf, "python.training.moving_averages")
    flow, conds = python_module(tf, "python.ops.control_flow_ops"), python_module(tf, "python.framework.smart_cond")
    v = tf.get_variable("v", [3], initializer=tf.ones_initializer(), trainable=False)
    step = averages.assign_moving_average(v, x, 0.9, zero_debias=False)
    return [
        step, flow.with_dependencies([tf.identity(step)], x, name="after"),
        conds.smart_cond(True, lambda: x * 2.0, lambda: x), conds.smart_cond(tf.constant(False), lambda: x, lambda: x + 1.0),
    ]  # fmt: skip


@script()
def private_nests_and_shapes(tf):
    nest, shape = python_module(tf, "python.util.nest"), python_module(tf, "python.framework.tensor_shape")
    util, types = python_module(tf, "python.framework.tensor_util"), python_module(tf, "python.framework.dtypes")
    return {
        "flat": nest.flatten({"b": [1, (2, 3)], "a": 4}), "up_to": nest.flatten_up_to([0, 0], [[1, 2], 3]),
        "mapped": nest.map_structure_up_to([0, 0], lambda a: str(a), [[1, 2], 3]), "is": nest.is_sequence([1]),
        "shapes": [str(shape.scalar()), str(shape.matrix(2, 3)), str(shape.as_shape([None, 2])), str(shape.unknown_shape(2))],
        "value": util.constant_value(tf.constant([1, 2])), "array": util.MakeNdarray(util.make_tensor_proto([1.0, 2.0])),
        "types": [types.as_dtype("float32").name, types.int64.name],
    }  # fmt: skip
