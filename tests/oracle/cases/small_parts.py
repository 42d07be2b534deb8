"""Small parts: tf.config, tf.Module, CriticalSection, vectorized_map, specs, losses of replicas, tools of tf.test."""


from tests.oracle.harness import case, floats, script


@script()
def settings(tf):
    config = tf.config
    before = [
        config.get_soft_device_placement(), config.optimizer.get_jit(), config.threading.get_inter_op_parallelism_threads(),
        config.threading.get_intra_op_parallelism_threads(), tf.debugging.get_log_device_placement(),
    ]  # fmt: skip
    config.set_soft_device_placement(True)
    config.optimizer.set_experimental_options({"constant_folding": True})
    after = [config.get_soft_device_placement(), config.optimizer.get_experimental_options()["constant_folding"]]
    config.set_soft_device_placement(before[0])
    kinds = [device.device_type for device in config.experimental.list_physical_devices("CPU")]
    return {
        "before": before, "after": after, "kinds": kinds, "name": config.experimental_list_devices()[0],
        "gpu": [tf.test.gpu_device_name(), tf.test.is_gpu_available(), tf.test.is_built_with_cuda()],
    }  # fmt: skip


case(name="memory_growth_of_a_cpu", raises=True)(
    lambda tf: tf.config.experimental.set_memory_growth(tf.config.experimental.list_physical_devices("CPU")[0], True)
)


@script()
def modules(tf):
    class Dense(tf.Module):
        def __init__(self, size, name=None):
            super().__init__(name=name)
            with self.name_scope:
                self.w = tf.Variable(tf.ones([2, size]), name="w", use_resource=True)
                self.b = tf.Variable(tf.zeros([size]), name="b", trainable=False, use_resource=True)

        @tf.Module.with_name_scope
        def __call__(self, x):
            return tf.matmul(x, self.w) + self.b

    class TwoLayerNet(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [Dense(3), Dense(2, name="last")]
            self.scale = tf.Variable(2.0, name="scale", use_resource=True)

    net = TwoLayerNet()
    y = net.layers[0](tf.ones([1, 2])) * net.scale
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y)
    return {
        "names": [net.name, net.layers[0].name, net.layers[1].name], "variables": [v.name for v in net.variables],
        "trainable": [v.name for v in net.trainable_variables], "modules": [m.name for m in net.submodules],
        "value": value, "scope": y.op.inputs[0].name,
    }  # fmt: skip


case(name="module_named_badly", raises=True)(lambda tf: tf.Module(name="a b"))


@case(graph=False, feeds=[{"x": floats(4, 3)}] * 2)
def critical_sections(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    section = tf.CriticalSection()

    def add():
        _ = v.assign_add(tf.reduce_sum(x)).op  # an operation that nothing else needs
        with tf.control_dependencies([v.assign_add(1.0)]):
            return v.read_value()

    return section.execute(add)


@case(graph=False, feeds={"x": floats(4, 3), "w": floats(3, 2, seed=1)}, grads=True)
def rows_at_once(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    w = tf.placeholder(tf.float32, [3, 2], name="w")
    both = tf.vectorized_map(lambda row: tf.squeeze(tf.matmul(row[None], w), 0) * tf.reduce_sum(row), x)
    return {"products": both, "other_type": tf.vectorized_map(lambda row: tf.cast(row * 8.0, tf.int32), x)}


@case(feeds={"x": floats(4)}, grads=True, graph=False)
def losses_of_replicas(tf):
    x = tf.placeholder(tf.float32, [4], name="x")
    return [
        tf.nn.compute_average_loss(x),
        tf.nn.compute_average_loss(x, sample_weight=[1.0, 0.0, 2.0, 3.0], global_batch_size=8),
        tf.nn.scale_regularization_loss(x * x),
    ]


case(name="loss_of_rank_0", raises=True)(lambda tf: tf.nn.compute_average_loss(tf.constant(1.0)))


@script()
def specs(tf):
    loose, tight = tf.TensorSpec([None, 3]), tf.TensorSpec([2, 3], name="t")
    slices = tf.IndexedSlicesSpec([4, 3], tf.float32, tf.int32)
    return {
        "fits": [loose.is_compatible_with(tight), tight.is_compatible_with(tf.zeros([2, 4])), loose == tight],
        "common": str(tf.TensorSpec([2, 3]).most_specific_compatible_type(tf.TensorSpec([5, 3])).shape),
        "types": [isinstance(s, tf.TypeSpec) for s in (loose, slices, tf.TensorArraySpec(), tf.SparseTensorSpec())],
        "slices": [slices == tf.IndexedSlicesSpec([4, 3], tf.float32, tf.int32), slices == tf.IndexedSlicesSpec([4, 3])],
        "value_types": [slices.value_type is tf.IndexedSlices, tf.TensorArraySpec().value_type is tf.TensorArray],
        "converted": isinstance(
            tf.convert_to_tensor_or_indexed_slices(tf.IndexedSlices(tf.zeros([1, 2]), tf.constant([0]))), tf.IndexedSlices
        ),
    }


@script()
def stand_ins(tf):
    class Thing:
        word = "old"

    stubs = tf.test.StubOutForTesting()
    stubs.Set(Thing, "word", "new")
    during = Thing.word
    stubs.UnsetAll()
    with tf.Graph().as_default() as one:
        tf.constant(1.0, name="a")
    with tf.Graph().as_default() as two:
        tf.constant(1.0, name="a")
    tf.test.assert_equal_graph_def(one.as_graph_def(), two.as_graph_def())
    return {"words": [during, Thing.word]}


@script(raises=True)
def graphs_that_differ(tf):
    with tf.Graph().as_default() as one:
        tf.constant(1.0, name="a")
    with tf.Graph().as_default() as two:
        tf.constant(2.0, name="a")
    tf.test.assert_equal_graph_def(one.as_graph_def(), two.as_graph_def())


case(name="a_graph_that_is_none", raises=True)(lambda tf: tf.test.assert_equal_graph_def(None, tf.GraphDef()))


@case()
def facts(tf):
    return tf.user_ops.my_fact()
