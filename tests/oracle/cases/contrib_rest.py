"""What is left of contrib: older networks, summaries with a writer, small optimizers, solvers and helpers."""

import glob
import importlib

import numpy as np

from tests.oracle.harness import Folder, case, floats, integers, kind_made, script


def contrib(tf, path):
    """A module of contrib that its parents do not import."""
    return importlib.import_module(tf.contrib.losses.__name__.replace("_core", "").split(".contrib")[0] + ".contrib." + path)


def described(tensors):
    """Names and shapes, as text."""
    return sorted(f"{key}: {t.op.name} {t.shape}" for key, t in tensors.items())


@script(graph=True)
def inception_v1_whole(tf):
    slim, nets = tf.contrib.slim, contrib(tf, "slim.nets")
    images = tf.placeholder(tf.float32, [2, 224, 224, 3])
    with slim.arg_scope(nets.inception.inception_v1_arg_scope()):
        logits, ends = nets.inception.inception_v1(images, 10, is_training=True)
    return {"ends": described(ends), "logits": str(logits.shape), "losses": len(tf.losses.get_regularization_losses())}


@script(graph=True)
def inception_v1_part(tf):
    slim, nets = tf.contrib.slim, contrib(tf, "slim.nets")
    images = tf.placeholder(tf.float32, [2, 64, 64, 3])
    with slim.arg_scope(nets.inception.inception_v1_arg_scope(use_batch_norm=False)):
        net, ends = nets.inception.inception_v1_base(images, "Mixed_3c")
    return {"ends": described(ends), "net": str(net.shape)}


@script(graph=True)
def inception_v2_whole(tf):
    slim, nets = tf.contrib.slim, contrib(tf, "slim.nets")
    images = tf.placeholder(tf.float32, [2, 224, 224, 3])
    with slim.arg_scope(nets.inception.inception_v2_arg_scope()):
        logits, ends = nets.inception.inception_v2(images, 10, is_training=False, depth_multiplier=0.5)
    return {"ends": described(ends), "logits": str(logits.shape)}


@script(graph=True)
def overfeat_whole(tf):
    slim, nets = tf.contrib.slim, contrib(tf, "slim.nets")
    images = tf.placeholder(tf.float32, [2, 231, 231, 3])
    with slim.arg_scope(nets.overfeat.overfeat_arg_scope()):
        logits, ends = nets.overfeat.overfeat(images, 10)
    return {"ends": described(ends), "logits": str(logits.shape)}


def events(tf, folder):
    """What the event files of a folder hold, as text."""
    found = []
    for path in sorted(glob.glob(folder + "/*")):
        for event in tf.train.summary_iterator(path):
            kind = event.WhichOneof("what")
            for value in event.summary.value:
                what = value.WhichOneof("value")
                shown = round(value.simple_value, 4) if what == "simple_value" else what
                if what == "histo":
                    shown = [value.histo.min, value.histo.max, value.histo.num, value.histo.sum, list(value.histo.bucket)]
                if what == "image":
                    shown = [value.image.height, value.image.width, value.image.colorspace]
                found.append(f"{event.step} {value.tag} {what} {shown} {value.metadata.plugin_data.plugin_name}")
            if kind != "summary":
                found.append(f"{event.step} {kind}")
    return sorted(found)  # TensorFlow writes them in whatever order its threads come


@script(graph=True)
def summary_writer_in_the_graph(tf):
    summary, folder = tf.contrib.summary, Folder()
    with folder:
        step = tf.train.create_global_step()
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        writer = summary.create_file_writer("logs", max_queue=5, flush_millis=1000, filename_suffix=".a")
        with writer.as_default(), summary.always_record_summaries():
            with tf.name_scope("outer"):
                loss = summary.scalar("loss", tf.reduce_sum(x), family="fam")
            summary.scalar("count", 3, step=7)
            summary.histogram("spread", x, step=step)
            summary.image("picture", tf.reshape(x, [1, 2, 3, 1]), max_images=1)
            summary.audio("sound", x / 10.0, 8000.0, 2)
            summary.generic("any", x)
        with writer.as_default(), summary.never_record_summaries():
            hidden = summary.scalar("hidden", 1.0)
        nothing = summary.scalar("nowhere", 1.0)
        with tf.Session() as session, writer.as_default():
            session.run(tf.global_variables_initializer())
            summary.initialize(session=session)
            for i in range(2):
                results = session.run([summary.all_summary_ops()[0], hidden], {x: np.full([2, 3], 0.1 * i, np.float32)})
                session.run(summary.all_summary_ops(), {x: floats(2, 3, seed=i)})
                session.run(tf.assign_add(step, 1))
            session.run(summary.flush())
            session.run(writer.close())
        return {"events": events(tf, "logs"), "results": results, "loss": loss.op.name, "nothing": nothing.type}


@script()
def summary_every_other_step(tf):
    summary, folder = tf.contrib.summary, Folder()
    with folder:
        step = tf.train.get_or_create_global_step()
        writer = summary.create_file_writer("logs", name="my_writer")
        with writer.as_default(), summary.record_summaries_every_n_global_steps(2):
            op = summary.scalar("step", tf.cast(step, tf.float32) * 1.5)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), summary.summary_writer_initializer_op()])
            written = []
            for _ in range(4):
                written.append(session.run(op))
                session.run(tf.assign_add(step, 1))
            session.run(writer.flush())
        return {"events": events(tf, "logs"), "written": written, "dir": summary.eval_dir("a", "b")}


@script()
def summary_without_a_writer(tf):
    summary = tf.contrib.summary
    kinds = [
        kind_made(lambda: summary.initialize()),
        kind_made(lambda: summary.graph(tf.get_default_graph().as_graph_def())),
        summary.create_file_writer(None).init() is None,
        summary.eval_dir("x"),
        str(tf.contrib.framework.smart_constant_value(summary.should_record_summaries())),
    ]
    return {"kinds": kinds}


def names_of(items):
    return sorted(item.name for item in items)


def evaluated(tf, fetches, feeds):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


def trained(tf, make, **options):
    """Two reference variables and a resource variable, one of them with sparse gradients, after three steps."""
    w = tf.get_variable("w", [3, 2], initializer=tf.constant_initializer(floats(3, 2)))
    e = tf.get_variable("e", [5, 3], initializer=tf.constant_initializer(floats(5, 3, seed=1)))
    r = tf.get_variable("r", [2], initializer=tf.constant_initializer([0.5, -0.5]), use_resource=True)
    x = tf.nn.embedding_lookup(e, [[0, 3], [3, 1]]) if options.pop("sparse", True) else tf.reshape(e[:4], [2, 2, 3])
    loss = tf.reduce_mean(tf.square(tf.tensordot(x, w, 1) + r))
    optimizer = make(w, e)
    step = optimizer.minimize(loss, global_step=tf.train.create_global_step())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, step])[0] for _ in range(3)]
        return {"losses": losses, "variables": session.run(tf.global_variables()), "slots": optimizer.get_slot_names()}


def decay(tf):
    return lambda step: tf.train.exponential_decay(1.0, step, 2, 0.5)


for chosen, made in {
    "adamax": lambda tf: lambda w, e: tf.contrib.opt.AdaMaxOptimizer(0.1),
    "add_sign": lambda tf: lambda w, e: tf.contrib.opt.AddSignOptimizer(0.1, alpha=0.9, sign_decay_fn=decay(tf)),
    "power_sign": lambda tf: lambda w, e: tf.contrib.opt.PowerSignOptimizer(0.1, base=2.0),
    "variable_clipping": lambda tf: lambda w, e: tf.contrib.opt.VariableClippingOptimizer(
        tf.train.GradientDescentOptimizer(0.1), {w: [0], e: [1]}, 1.0
    ),
}.items():
    sparse = chosen in ("adamax", "variable_clipping")
    script("optimizer_" + chosen, graph=True)(
        lambda tf, made=made, sparse=sparse: trained(tf, made(tf), sparse=sparse)
    )


@script(graph=True)
def optimizer_lars(tf):
    return trained(tf, lambda w, e: tf.contrib.opt.LARSOptimizer(0.1, skip_list=["r"], use_nesterov=True), sparse=False)


@script()
def one_device_strategies(tf):
    found = {}
    for name, strategy in (
        ("one", tf.distribute.OneDeviceStrategy("/cpu:0")), ("mirrored", tf.distribute.MirroredStrategy(["/cpu:0"])),
        ("contrib", tf.contrib.distribute.MirroredStrategy(devices=["/cpu:0"])),
    ):  # fmt: skip
        with tf.Graph().as_default(), strategy.scope():
            v = tf.get_variable("v", initializer=[1.0, 2.0])
            inside = [tf.distribute.in_cross_replica_context(), tf.distribute.has_strategy()]

            def step(x):
                loss = tf.reduce_sum(tf.square(v * x))
                inside.append(tf.distribute.get_replica_context().num_replicas_in_sync)
                return loss

            data = strategy.make_dataset_iterator(tf.data.Dataset.from_tensors([3.0, 4.0]).repeat())
            losses = strategy.experimental_run(step, data)
            total = strategy.reduce(tf.distribute.ReduceOp.SUM, losses)
            with tf.Session() as session:
                session.run([tf.global_variables_initializer(), data.initialize()])
                found[name] = [session.run(total), strategy.num_replicas_in_sync, inside, len(strategy.unwrap(losses))]
    outside = [tf.distribute.has_strategy(), tf.distribute.get_strategy().num_replicas_in_sync]
    return {"found": found, "outside": outside}


@script()
def solvers_of_linear_equations(tf):
    solvers = importlib.import_module(contrib(tf, "solvers").__name__ + (".python.ops" if "tensorflow" in tf.__name__ else ""))
    name = solvers.__name__
    util, linear = importlib.import_module(name + ".util"), importlib.import_module(name + ".linear_equations")
    squares, lanczos = importlib.import_module(name + ".least_squares"), importlib.import_module(name + ".lanczos")
    m = floats(5, 5, dtype=np.float64)
    spd = tf.constant(m.dot(m.T) + 5.0 * np.eye(5))
    b = tf.constant(floats(5, dtype=np.float64, seed=1))
    tall = tf.constant(floats(6, 4, dtype=np.float64, seed=2))
    operator = util.create_operator(spd)
    found = {
        "cg": list(linear.conjugate_gradient(operator, b, tol=1e-8)),
        "cg_from": list(linear.conjugate_gradient(operator, b, x=tf.ones([5], tf.float64), max_iter=2)),
        "cg_preconditioned": list(linear.conjugate_gradient(operator, b, preconditioner=util.identity_operator(spd))),
        "cgls": list(squares.cgls(util.create_operator(tall), tf.constant(floats(6, dtype=np.float64, seed=3)))),
        "norms": [util.l2norm(b), util.dot(b, b), util.l2normalize(b)],
    }
    start = tf.constant(floats(6, 1, dtype=np.float64, seed=4))
    state = lanczos.lanczos_bidiag(util.create_operator(tall), 3, starting_vector=start)
    found["lanczos"] = list(state)
    found["bidiag"] = [lanczos.bidiag_matmul(state.u, state.alpha, state.beta), tf.matmul(tall, state.v)]
    found["bidiag_adjoint"] = lanczos.bidiag_matmul(state.v, state.alpha, state.beta, adjoint_b=True)
    found["loose"] = list(lanczos.lanczos_bidiag(util.create_operator(tall), 2, False, starting_vector=start))
    with tf.Session() as session:
        return session.run(found)


@script(rtol=1e-6)
def differential_equation_of_complex_numbers(tf):
    integrate, t = contrib(tf, "integrate"), np.linspace(0.0, 1.0, 3)
    y = integrate.odeint(lambda y, t: 1j * y, tf.constant(1.0 + 0j, tf.complex128), t, method="dopri5", options={"first_step": 0.1})
    return {"y": evaluated(tf, y, {})}


@script(rtol=1e-6)
def differential_equation_by_midpoints(tf):
    integrate, t = contrib(tf, "integrate"), np.linspace(0.0, 2.0, 5)
    y = integrate.odeint_fixed(lambda y, t: tf.sin(t) * y, tf.constant(1.0, tf.float64), t, method="midpoint")
    return {"y": evaluated(tf, y, {})}


@script(rtol=1e-6)
def differential_equations(tf):
    integrate = contrib(tf, "integrate")
    t = np.linspace(0.0, 2.0, 5)
    found = {}

    def spiral(y, t):
        return tf.stack([-0.1 * y[0] + 2.0 * y[1], -2.0 * y[0] - 0.1 * y[1]])

    start = tf.constant([2.0, 0.0], tf.float64)
    y, info = integrate.odeint(spiral, start, t, full_output=True, rtol=1e-5, atol=1e-7)
    found["spiral"], found["info"] = y, [info["num_func_evals"], info["integrate_points"]]
    found["rk4"] = integrate.odeint_fixed(spiral, start, t, dt=[0.1, 0.2, 0.3, 0.5])
    kinds = [
        kind_made(lambda: integrate.odeint(spiral, [2, 0], t)),
        kind_made(lambda: integrate.odeint(spiral, [2.0, 0.0], t, method="x")),
        kind_made(lambda: integrate.odeint(spiral, [2.0, 0.0], t, options={})),
        kind_made(lambda: integrate.odeint_fixed(spiral, [2.0, 0.0], t, method="euler")),
    ]  # fmt: skip
    with tf.Session() as session:
        return dict(session.run(found), kinds=kinds, shape=str(y.shape))


@case(feeds={"x": floats(4, 3)}, graph=False, grads=True)
def nn_softplus_and_flipped_losses(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    nn = tf.contrib.nn
    return {
        "soft": nn.scaled_softplus(x, 0.5), "clipped": nn.scaled_softplus(x, 2.0, clip=1.5),
        "sigmoid": nn.deprecated_flipped_sigmoid_cross_entropy_with_logits(x, tf.ones([4, 3]) * 0.3),
        "sparse": nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(x, [0, 2, 1, 1]),
        "softmax": nn.deprecated_flipped_softmax_cross_entropy_with_logits(x, tf.ones([4, 3]) / 3.0),
        "nth": nn.nth_element(x, 1),
    }  # fmt: skip


@case(runs=2)
def nn_alpha_dropout(tf):
    tf.set_random_seed(3)
    x = tf.constant(floats(6, 5))
    return {
        "half": tf.contrib.nn.alpha_dropout(x, 0.5), "rows": tf.contrib.nn.alpha_dropout(x, 0.7, noise_shape=[6, 1], seed=4),
        "all": tf.contrib.nn.alpha_dropout(x, 1.0),
    }  # fmt: skip


@case(graph=False)
def nn_sampled_losses(tf):
    tf.set_random_seed(5)
    weights, biases = tf.constant(floats(8, 3)), tf.constant(floats(8, seed=1))
    inputs, labels = tf.constant(floats(4, 3, seed=2)), tf.constant(integers(4, 1, dtype=np.int64, high=8))
    drawn = tf.nn.log_uniform_candidate_sampler(labels, 1, 5, True, 8, seed=3)
    return {
        "sparse": tf.contrib.nn.sampled_sparse_softmax_loss(weights, biases, labels, inputs, 5, 8, sampled_values=drawn),
        "ranked": tf.contrib.nn.rank_sampled_softmax_loss(
            weights, biases, labels, inputs, 5, 3, 8, 1, drawn, 2.0, True, "mod"
        ),
    }


@case(feeds={"x": floats(2, 3, 4, 2)}, grads=True)
def layers_images_and_sequences(tf):
    layers = tf.contrib.layers
    x = tf.placeholder(tf.float32, [2, 3, 4, 2], name="x")
    sequence = layers.images_to_sequence(x, outputs_collections="ends")
    y = tf.placeholder_with_default(floats(3, 2, seed=1), [3, 2])
    return {
        "sequence": sequence, "back": layers.sequence_to_images(sequence, 3),
        "first": layers.sequence_to_images(sequence * 2.0, 3, output_data_format="channels_first"),
        "nchw": layers.images_to_sequence(tf.transpose(x, [0, 3, 1, 2]), data_format="NCHW"),
        "sparse": layers.dense_to_sparse(tf.constant([[1, 0, 2], [0, 3, 0]])).values, "y": y,
    }  # fmt: skip


@script()
def layers_scale_gradient(tf):
    x = tf.constant([1.0, 2.0])
    y = tf.contrib.layers.scale_gradient(x, tf.constant(0.1))
    return {"values": evaluated(tf, [y, tf.gradients(tf.square(y), x)], {})}


@script()
def framework_tools(tf):
    framework = tf.contrib.framework
    a, b = tf.constant([1.0, 2.0], name="a"), tf.constant([3.0], name="b")
    with tf.name_scope("outer"):
        inside = framework.get_name_scope()
        total = framework.reduce_sum_n([a, b])
    names = ["x/y", "^x/y", "loc:@x/y", ""]
    return {
        "scope": [inside, framework.get_name_scope()], "total": evaluated(tf, total, {}), "name": total.name,
        "prepended": [framework.prepend_name_scope(n, "s/") for n in names[:3]],
        "stripped": [framework.strip_name_scope(n, "x") for n in names[:3]],
        "graph": framework.get_graph_from_inputs([a, b]) is tf.get_default_graph(),
        "scalar": framework.assert_scalar_int(tf.constant(3)).dtype.name,
        "kinds": [kind_made(lambda: framework.assert_scalar_int(a)), kind_made(lambda: framework.reduce_sum_n([]))],
    }  # fmt: skip


@script()
def training_and_evaluation_loops(tf):
    training = tf.contrib.training
    with Folder():
        w = tf.get_variable("w", initializer=[1.0, 2.0])
        loss = tf.reduce_sum(tf.square(w))
        tf.summary.scalar("loss", loss)
        tf.train.get_or_create_global_step()
        train_op = training.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
        training.train(train_op, "logs", hooks=[tf.train.StopAtStepHook(num_steps=3)], save_summaries_steps=2)
        kinds = [kind_made(lambda: training.train(train_op, None)), kind_made(lambda: training.SummaryAtEndHook())]
        with tf.Graph().as_default():
            w, step = tf.get_variable("w", [2]), tf.train.get_or_create_global_step()
            tf.summary.scalar("loss", tf.reduce_sum(w))
            values = training.evaluate_once(
                tf.train.latest_checkpoint("logs"), eval_ops=tf.no_op(), final_ops={"w": w, "step": step},
                hooks=[training.StopAfterNEvalsHook(2), training.SummaryAtEndHook("eval")],
            )  # fmt: skip
        tags = [line.split()[1] for line in events(tf, "eval") if "simple_value" in line]
    return {"values": values, "tags": tags, "kinds": kinds}


@script()
def buckets_of_sequences(tf):
    lengths = tf.constant([1, 5, 2, 6, 3, 7, 2, 8], tf.int32)
    length = tf.train.input_producer(lengths, shuffle=False, num_epochs=3).dequeue()
    sequence = tf.range(length) * 10
    found, batch = tf.contrib.training.bucket_by_sequence_length(
        length, {"sequence": sequence, "twice": length * 2}, batch_size=4, bucket_boundaries=[4], dynamic_pad=True
    )
    names = sorted(op.name for op in tf.get_default_graph().get_operations() if op.type in ("FIFOQueueV2", "PaddingFIFOQueueV2"))
    kinds = [
        kind_made(lambda: tf.contrib.training.bucket([length], 0, [1, 2], 3)),
        kind_made(lambda: tf.contrib.training.bucket([], 0, 1, 3)),
        kind_made(lambda: tf.contrib.training.bucket_by_sequence_length(length, [length], 2, [3, 2])),
    ]  # fmt: skip
    batches = []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        try:
            while True:
                lengths_now, values = session.run([found, batch])
                batches.append([sorted(lengths_now.tolist()), list(values["sequence"].shape), sorted(values["twice"].tolist())])
        except tf.errors.OutOfRangeError:
            pass
        coordinator.request_stop()
        coordinator.join(threads)
    return {"batches": sorted(batches), "names": names, "shape": str(batch["sequence"].shape), "kinds": kinds}


@script()
def metrics_rates_and_agreement(tf):
    metrics = tf.contrib.metrics
    predictions = tf.placeholder(tf.bool, [4], name="predictions")
    labels = tf.constant([True, False, True, False])
    classes = tf.placeholder(tf.int32, [4], name="classes")
    pairs = [
        metrics.streaming_false_positive_rate(predictions, labels, metrics_collections=["m"]),
        metrics.streaming_false_negative_rate(predictions, labels, weights=tf.constant([1.0, 2.0, 3.0, 4.0]), name="fnr"),
        metrics.cohen_kappa(tf.constant([[0], [1], [2], [1]]), classes, 3, updates_collections="u"),
    ]
    found = []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for i in range(3):
            feeds = {predictions: [i == 0, i == 1, True, i < 2], classes: [0, i, 2, 1]}
            found.append(session.run([update for _, update in pairs], feeds))
        values = session.run([value for value, _ in pairs])
    kind = kind_made(lambda: metrics.cohen_kappa(labels, labels, 1))
    return {"updates": found, "values": values, "kind": kind, "collected": names_of(tf.get_collection("m"))}


@script()
def kernel_methods(tf):
    kernels = contrib(tf, "kernel_methods")
    mapper = kernels.RandomFourierFeatureMapper(3, 6, 2.0, seed=4, name="rffm")
    x = tf.constant(floats(4, 3))
    logits, labels = tf.constant(floats(4, 5, seed=1)), tf.constant([0, 3, 1, 4])
    found = {
        "mapped": mapper.map(x), "hinge": kernels.sparse_multiclass_hinge_loss(labels, logits),
        "weighted": kernels.sparse_multiclass_hinge_loss(tf.reshape(labels, [4, 1]), logits, weights=[1.0, 0.0, 2.0, 0.5]),
    }  # fmt: skip
    kinds = [
        kind_made(lambda: mapper.map(tf.ones([2, 4]))), kind_made(lambda: mapper.map(tf.ones([3]))),
        kind_made(lambda: kernels.sparse_multiclass_hinge_loss(tf.constant([0.0]), logits)),
    ]  # fmt: skip
    with tf.Session() as session:
        return dict(session.run(found), kinds=kinds, sizes=[mapper.name, mapper.input_dim, mapper.output_dim])
