"""Layers, networks and sequential models: configs, summaries, names, nodes, shapes, masks, clones, errors."""

import importlib
import json

import numpy as np

from tests.oracle.harness import floats, integers, keras_script


def mlp(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.Dense(12, input_dim=8, activation="relu"))
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(8, kernel_initializer="uniform"))
    model.add(layers.Activation("tanh"))
    model.add(layers.Dense(1, activation="sigmoid"))
    return model


def built_late(keras):
    layers = keras.layers
    model = keras.models.Sequential([layers.Dense(6, activation="relu"), layers.Dense(2)], name="late")
    model.build((None, 5))
    return model


def cnn(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.Conv2D(4, (3, 3), padding="same", input_shape=(8, 8, 3)))
    model.add(layers.Activation("relu"))
    model.add(layers.Conv2D(4, (3, 3)))
    model.add(layers.MaxPooling2D(pool_size=(2, 2)))
    model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(10))
    return model


def two_in_two_out(keras):
    layers = keras.layers
    a = layers.Input(shape=(4,), name="a")
    b = layers.Input(shape=(3,), name="b")
    left = layers.Dense(5, activation="relu", name="left")(a)
    right = layers.Dense(5, activation="tanh", name="right")(b)
    joined = layers.concatenate([left, right])
    first = layers.Dense(2, name="first")(joined)
    second = layers.Dense(1, name="second")(joined)
    return keras.models.Model(inputs=[a, b], outputs=[first, second])


def residual(keras):
    layers = keras.layers
    x = layers.Input(shape=(6,))
    y = layers.Dense(6, activation="relu")(x)
    y = layers.Dense(6)(y)
    y = layers.add([x, y])
    z = layers.multiply([y, layers.Dense(6, activation="sigmoid")(x)])
    return keras.models.Model(x, layers.Dense(3)(z), name="residual")


def siamese(keras):
    layers = keras.layers
    a, b = layers.Input(shape=(4,)), layers.Input(shape=(4,))
    encode = layers.Dense(3, activation="tanh", name="encode")
    near = layers.subtract([encode(a), encode(b)])
    return keras.models.Model([a, b], layers.Dense(1)(near))


def nested(keras):
    layers = keras.layers
    inner = keras.models.Sequential([layers.Dense(5, input_shape=(4,)), layers.Dense(3)], name="inner")
    x = layers.Input(shape=(4,))
    return keras.models.Model(x, layers.Dense(2)(inner(x)), name="outer")


def nested_shared(keras):
    layers = keras.layers
    x = layers.Input(shape=(4,), name="x")
    encoder = keras.models.Model(x, layers.Dense(3, activation="relu", name="code")(x), name="encoder")
    a, b = layers.Input(shape=(4,), name="a"), layers.Input(shape=(4,), name="b")
    joined = layers.concatenate([encoder(a), encoder(b)], name="joined")
    return keras.models.Model([a, b], layers.Dense(1, name="end")(joined), name="pair")


def nested_twice(keras):
    layers = keras.layers
    x = layers.Input(shape=(4,))
    innermost = keras.models.Model(x, [layers.Dense(3)(x), layers.Dense(2)(x)], name="innermost")
    y = layers.Input(shape=(4,))
    three, two = innermost(y)
    inner = keras.models.Model(y, layers.concatenate([three, two]), name="inner")
    z = layers.Input(shape=(4,))
    return keras.models.Model(z, layers.Dense(1)(inner(z)), name="outer")


def masked(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.Embedding(10, 4, mask_zero=True, input_length=5))
    model.add(layers.LSTM(3, return_sequences=True))
    model.add(layers.TimeDistributed(layers.Dense(2)))
    model.add(layers.LSTM(2))
    return model


def normalised(keras):
    layers = keras.layers
    x = layers.Input(shape=(6,))
    y = layers.BatchNormalization()(layers.Dense(4)(x))
    frozen = layers.Dense(4, trainable=False)(y)
    return keras.models.Model(x, layers.Dense(2)(frozen))


def regularised(keras):
    layers, l2 = keras.layers, keras.regularizers.l2
    x = layers.Input(shape=(3,))
    y = layers.Dense(4, kernel_regularizer=l2(0.01), activity_regularizer=keras.regularizers.l1(0.1))(x)
    return keras.models.Model(x, layers.Dense(2, bias_regularizer=l2(0.5), kernel_regularizer=l2(0.1))(y))


def with_states(keras):
    layers = keras.layers
    x = layers.Input(shape=(4, 3))
    sequence, h, c = layers.LSTM(2, return_sequences=True, return_state=True)(x)
    again = layers.LSTM(2)(sequence, initial_state=[h, c])
    return keras.models.Model(x, [again, h])


def stateful(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.LSTM(3, stateful=True, return_sequences=True, batch_input_shape=(2, 4, 3)))
    model.add(layers.GRU(2, stateful=True))
    model.add(layers.Dense(1))
    return model


def begins_with_a_model(keras):
    layers = keras.layers
    base = keras.models.Sequential([layers.Dense(4, input_shape=(3,)), layers.Activation("relu")], name="base")
    return keras.models.Sequential([base, layers.Dense(2)])


def long_names(keras):
    layers = keras.layers
    x = layers.Input(shape=(8, 8, 3), name="the_pictures_that_are_to_be_classified")
    y = layers.Conv2D(2, 1, name="a_convolution_whose_name_does_not_fit_in_its_column")(x)
    y = layers.concatenate([x, y, y], name="everything_that_was_computed_up_to_here")
    return keras.models.Model(x, layers.GlobalAveragePooling2D(name="mean")(y))


def partly_outside(keras):
    layers = keras.layers
    x, other = layers.Input(shape=(4,)), layers.Input(shape=(4,))
    shared = layers.Dense(4, name="shared")
    shared(other)
    y = layers.add([shared(x), shared(shared(x))])
    return keras.models.Model(x, y)


def one_tensor_twice(keras):
    layers = keras.layers
    x = layers.Input(shape=(3,))
    y = layers.Dense(2)(x)
    return keras.models.Model(x, [y, y])


MODELS = [
    mlp, built_late, cnn, two_in_two_out, residual, siamese, nested, nested_shared, nested_twice, masked, normalised,
    regularised, with_states, stateful, begins_with_a_model, long_names, partly_outside, one_tensor_twice,
]  # fmt: skip
FIXED_BATCH = 2


def as_list(value):
    return value if isinstance(value, list) else [value]


def summary(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def text(value):
    return json.dumps(value, sort_keys=True, default=str)


def weights_for(model, seed=1):
    return [floats(*w.shape, seed=seed + i, low=-0.5, high=0.5) for i, w in enumerate(model.get_weights())]


def inputs_for(keras, model, seed=11):
    values = []
    for i, x in enumerate(model.inputs):
        shape = [size or FIXED_BATCH for size in keras.backend.int_shape(x)]
        is_text = any(layer.__class__.__name__ == "Embedding" for layer in model.layers)
        values.append(integers(*shape, seed=seed + i) if is_text else floats(*shape, seed=seed + i))
    return values


def outputs_of(keras, model, inputs, phase=0):
    K = keras.backend
    run = K.function(model.inputs + [K.learning_phase()], model.outputs)
    return {"y%d" % i: y for i, y in enumerate(run(inputs + [phase]))}


def describe(keras, model):
    K = keras.backend

    def attempt(f):
        try:
            return str(f())
        except (AttributeError, RuntimeError, ValueError) as err:
            return type(err).__name__

    def of_layer(layer):
        return {
            "name": layer.name,
            "inbound": [node.get_config() for node in layer._inbound_nodes],
            "outbound": len(layer._outbound_nodes),
            "input_shape": attempt(lambda: layer.input_shape),
            "output_shape": attempt(lambda: layer.output_shape),
            "input": attempt(lambda: [x._keras_history[0].name for x in as_list(layer.input)]),
            "weights": [[w.name, list(K.int_shape(w))] for w in layer.weights],
            "trainable": [w.name for w in layer.trainable_weights],
            "losses": len(layer.losses),
            "updates": len(layer.updates),
        }

    return text(
        {
            "name": model.name,
            "layers": [of_layer(layer) for layer in model.layers],
            "inputs": model.input_names,
            "outputs": model.output_names,
            "input_shape": attempt(lambda: model.input_shape),
            "output_shape": attempt(lambda: model.output_shape),
            "weights": [w.name for w in model.weights],
            "trainable": [w.name for w in model.trainable_weights],
            "frozen": [w.name for w in model.non_trainable_weights],
            "params": model.count_params(),
            "depths": sorted((d, [n.outbound_layer.name for n in ns]) for d, ns in model._nodes_by_depth.items()),
            "nodes": sorted(model._network_nodes),
            "phase": bool(model.uses_learning_phase),
            "stateful": model.stateful,
            "losses": len(model.losses),
            "updates": len(model.updates),
            "state_updates": len(model.state_updates),
            "fed": model._feed_input_names,
        }
    )


def told(make):
    """Everything that is told of a model, and the same of its copies."""

    def run(keras):
        model = make(keras)
        config = text(model.get_config())
        keras.backend.clear_session()
        again = model.__class__.from_config(model.get_config())
        keras.backend.clear_session()
        first = make(keras)
        return {
            "description": describe(keras, first),
            "summary": summary(first),
            "wide": summary(first, line_length=120),
            "placed": summary(first, line_length=80, positions=[0.3, 0.6, 0.8, 1.0]),
            "config": config,
            "rebuilt": text(again.get_config()),
        }

    return run


def computed(make):
    """Outputs of a model, of a clone, of one from the config, with the same weights, and on new inputs."""

    def run(keras):
        K = keras.backend
        model = make(keras)
        inputs, weights = inputs_for(keras, model), weights_for(model)
        model.set_weights(weights)
        found = outputs_of(keras, model, inputs)
        found["kept"] = np.concatenate([np.ravel(w) for w in model.get_weights()])
        # Keras 2.2.4 cannot clone a layer that was given its initial state; a clone of a late-built model is not built.
        if make not in (with_states, built_late):
            clone = keras.models.clone_model(model)
            clone.set_weights(weights)
            found.update(("clone_" + name, y) for name, y in outputs_of(keras, clone, inputs).items())
            found["clone"] = text([clone.name, [[w.name for w in layer.weights] for layer in clone.layers]])
        new = [keras.layers.Input(batch_shape=K.int_shape(x), dtype=K.dtype(x)) for x in model.inputs]
        called = as_list(model(new if len(new) > 1 else new[0]))
        run_again = K.function(new + [K.learning_phase()], called)
        found.update(("new_y%d" % i, y) for i, y in enumerate(run_again(inputs + [0])))
        found["new"] = text([[K.int_shape(y), y._keras_history[1:]] for y in called])
        return found

    return run


for _make in MODELS:
    keras_script(name="told_of_" + _make.__name__)(told(_make))
    keras_script(name="computed_by_" + _make.__name__)(computed(_make))


@keras_script()
def names_of_layers_count_up(keras):
    layers, K = keras.layers, keras.backend
    made = [layers.Dense(1), layers.Dense(1), layers.Conv2DTranspose(1, 1), layers.LSTM(1), layers.Dense(1, name="mine")]
    made += [layers.Input((1,))._keras_history[0], layers.GlobalMaxPooling1D(), layers.BatchNormalization()]

    class _Hidden(layers.Layer):
        pass

    class HTTPGate2(layers.Layer):
        pass

    made += [_Hidden(), HTTPGate2(), keras.models.Sequential(), layers.Dense(1)]
    names = [layer.name for layer in made]
    K.clear_session()
    return {"names": text(names), "after": layers.Dense(1).name}


@keras_script()
def names_of_operations(keras):
    layers = keras.layers
    x = layers.Input(shape=(4,), name="x")
    shared = layers.Dense(3, activation="relu", name="shared")
    first, second = shared(x), shared(x)
    model = keras.models.Model(x, layers.Dense(2, name="end")(first), name="net")
    other = model(layers.Input(shape=(4,), name="z"))
    with keras.backend.tf.name_scope("outside"):
        scoped = layers.Dense(2, name="within")
        inside = scoped(x)
    return {
        "tensors": text([t.name for t in [x, first, second, model.outputs[0], other, inside]]),
        "weights": text([w.name for w in model.weights + scoped.weights]),
    }


@keras_script()
def layers_on_plain_tensors(keras):
    """A placeholder and a variable of TensorFlow's own go into layers."""
    tf, K, layers = keras.backend.tf, keras.backend, keras.layers
    x = tf.placeholder(tf.float32, [None, 4])
    dense = layers.Dense(3, name="dense")
    y = dense(x)
    before = hasattr(x, "_keras_history"), K.is_keras_tensor(x)
    v = layers.Activation("tanh")(tf.Variable(floats(2, 3)) * 2.0)
    dense.set_weights(weights_for(dense))
    K.get_session().run(tf.global_variables_initializer())
    dense.set_weights(weights_for(dense))
    values = K.get_session().run([y, v], {x: floats(2, 4)})
    node = dense._inbound_nodes[0]
    return {
        "y": values[0],
        "v": values[1],
        "told": text([before, K.is_keras_tensor(y), y._keras_shape, K.int_shape(x), node.get_config(), K.int_shape(v)]),
    }


@keras_script()
def models_on_plain_tensors(keras):
    tf, K = keras.backend.tf, keras.backend
    model = siamese(keras)
    model.set_weights(weights_for(model))
    a, b = tf.placeholder(tf.float32, [None, 4]), tf.constant(floats(2, 4))
    y = model([a, b])
    again = model([a, b])
    z = K.get_session().run([y, again], {a: floats(2, 4, seed=3)})
    return {"y": z[0], "again": z[1], "told": text([K.int_shape(y), y.shape.as_list(), y is again])}


@keras_script()
def a_wrapped_tensor_is_no_feed(keras):
    tf, K, layers = keras.backend.tf, keras.backend, keras.layers
    given = layers.Input(tensor=tf.constant(floats(2, 3)), name="given")
    fed = layers.Input(shape=(3,), name="fed")
    model = keras.models.Model([given, fed], layers.add([given, fed]))
    run = K.function([fed], model.outputs)
    layer = model.get_layer("given")
    return {
        "y": run([floats(2, 3, seed=2)])[0],
        "told": text([model._feed_input_names, model.input_names, layer.is_placeholder, layer.get_config()]),
        "summary": summary(model),
    }


@keras_script()
def inputs_of_all_kinds(keras):
    layers, K = keras.layers, keras.backend
    made = [
        layers.Input((3,)),
        layers.Input(shape=(None, 3), name="steps"),
        layers.Input(batch_shape=(2, 3)),
        layers.Input(shape=(), name="scalar"),
        layers.Input(shape=(2,), dtype="int32"),
        layers.Input(shape=(2,), dtype="float64", name="wide"),
    ]
    configs = [x._keras_history[0].get_config() for x in made]
    layer = layers.InputLayer(input_shape=(5,), batch_size=4, name="layer")
    sparse = layers.Input(shape=(4,), sparse=True, name="sparse")
    return {
        "shapes": text([[x.name, K.int_shape(x), K.dtype(x)] for x in made]),
        "configs": text(configs),
        "layer": text([layer.get_config(), K.int_shape(layer.output), layer.trainable, layer.built]),
        "sparse": text([K.is_sparse(sparse), K.int_shape(sparse), sparse._keras_history[0].get_config()]),
    }


@keras_script()
def a_custom_layer(keras):
    layers, K = keras.layers, keras.backend

    class Scale(layers.Layer):
        def __init__(self, factor, **kwargs):
            super(Scale, self).__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.kernel = self.add_weight(name="kernel", shape=(input_shape[1], 3), initializer="uniform", trainable=True)
            self.shift = self.add_weight("shift", (3,), initializer="zeros", trainable=False)
            super(Scale, self).build(input_shape)

        def call(self, x):
            return K.dot(x, self.kernel) * self.factor + self.shift

        def compute_output_shape(self, input_shape):
            return (input_shape[0], 3)

        def get_config(self):
            return dict(super(Scale, self).get_config(), factor=self.factor)

    model = keras.models.Sequential([Scale(2.0, input_shape=(4,), name="scale"), layers.Dense(2)])
    weights = weights_for(model)
    model.set_weights(weights)
    found = outputs_of(keras, model, [floats(2, 4)])
    again = keras.models.Sequential.from_config(model.get_config(), custom_objects={"Scale": Scale})
    with keras.utils.CustomObjectScope({"Scale": Scale}):
        third = keras.models.model_from_json(model.to_json())
    for other in (again, third):
        other.set_weights(weights)
    found["again"] = outputs_of(keras, again, [floats(2, 4)])["y0"]
    found["third"] = outputs_of(keras, third, [floats(2, 4)])["y0"]
    found["config"] = text(model.get_config())
    found["told"] = describe(keras, model)
    return found


@keras_script()
def json_text(keras):
    found = {}
    for make in (mlp, nested_shared, with_states):
        keras.backend.clear_session()
        model = make(keras)
        found[make.__name__] = json.dumps(json.loads(model.to_json(indent=2)), sort_keys=True)
        keras.backend.clear_session()
        found[make.__name__ + "_again"] = text(keras.models.model_from_json(model.to_json()).get_config())
        keras.backend.clear_session()
        config = {"class_name": model.__class__.__name__, "config": model.get_config()}
        found[make.__name__ + "_config"] = text(keras.models.model_from_config(config).get_config())
    return found


@keras_script()
def an_old_sequential_config(keras):
    """Before 2.2.3 the config of a Sequential was the list of its layers."""
    config = mlp(keras).get_config()["layers"]
    return {"again": text(keras.models.Sequential.from_config(config).get_config()["layers"])}


@keras_script()
def layers_by_name_and_index(keras):
    model = two_in_two_out(keras)
    return {
        "names": text([layer.name for layer in model.layers]),
        "found": text([model.get_layer("left").name, model.get_layer(index=3).name, model.get_layer("second", 0).name]),
    }


@keras_script()
def freezing(keras):
    K, layers = keras.backend, keras.layers
    model = normalised(keras)
    found = {}

    def note(key):
        found[key] = text(
            [
                [w.name for w in model.trainable_weights],
                [w.name for w in model.non_trainable_weights],
                len(model.updates),
                summary(model),
            ]
        )

    note("first")
    model.layers[1].trainable = False
    model.get_layer(index=2).trainable = False
    note("two_frozen")
    model.trainable = False
    note("all_frozen")
    model.trainable = True
    note("thawed")
    inner = keras.models.Sequential([layers.Dense(2, input_shape=(3,))])
    inner.trainable = False
    outer = keras.models.Sequential([inner, layers.Dense(1)])
    found["nested"] = text([[w.name for w in outer.trainable_weights], K.int_shape(outer.output), summary(outer)])
    return found


@keras_script()
def added_losses(keras):
    K, layers = keras.backend, keras.layers

    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(K.mean(K.square(x)), inputs=x)
            self.add_loss(K.constant(2.0), inputs=None)
            return x

    x = layers.Input(shape=(3,))
    penalty = Penalty()
    y = penalty(x)
    z = layers.Input(shape=(3,))
    penalty(z)
    model = keras.models.Model(x, y)
    run = K.function([x], penalty.get_losses_for(x) + penalty.get_losses_for(None)[:1])
    losses = K.function([x], model.losses)([floats(2, 3)])
    return {
        "values": np.array(run([floats(2, 3)])),
        "counts": text(
            [
                len(penalty.losses), len(penalty.get_losses_for(x)), len(penalty.get_losses_for(z)),
                len(penalty.get_losses_for(None)), len(model.losses), penalty.get_losses_for(y),
            ]
        ),
        "sum": np.sort(np.array(losses)),
    }  # fmt: skip


@keras_script()
def losses_of_regularisers(keras):
    K = keras.backend
    model = regularised(keras)
    model.set_weights(weights_for(model))
    x = floats(4, 3)
    values = K.function(model.inputs, model.losses)([x])
    new = keras.layers.Input(shape=(3,))
    model(new)
    again = K.function([new, model.inputs[0]], model.losses)([x * 2.0, x])
    return {
        "losses": np.sort(np.array(values)),
        "again": np.sort(np.array(again)),
        "for_new": K.function([new], model.get_losses_for(new))([x]),
        "counts": text([len(model.get_losses_for(None)), [len(layer.losses) for layer in model.layers]]),
    }


@keras_script()
def updates_of_calls(keras):
    layers = keras.layers
    x, z = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    norm = layers.BatchNormalization()
    model = keras.models.Model(x, norm(x))
    counts = [len(norm.updates), len(norm.get_updates_for(x)), len(norm.get_updates_for(None)), len(model.updates)]
    norm(z)
    counts += [len(norm.updates), len(norm.get_updates_for(z)), len(model.updates)]
    new = layers.Input(shape=(3,))
    model(new)
    counts += [len(norm.updates), len(model.updates), len(norm.get_updates_for(new)), len(model.get_updates_for(new))]
    norm.trainable = False
    return {"counts": text(counts + [len(norm.updates), len(model.updates), len(norm.get_updates_for(x))])}


@keras_script()
def masks_through_a_model(keras):
    K, layers = keras.backend, keras.layers
    x = layers.Input(shape=(4,), dtype="int32")
    embedded = layers.Embedding(5, 3, mask_zero=True, name="embed")(x)
    masked_again = layers.Masking(name="masking")(embedded)
    dropped = layers.Dropout(0.5)(masked_again)
    model = keras.models.Model(x, [embedded, dropped])
    masks = [layer.output_mask for layer in model.layers]
    values = K.function([x, K.learning_phase()], [m for m in masks if m is not None])([integers(2, 4, high=3), 0])
    new = layers.Input(shape=(4,), dtype="int32")
    outputs = model(new)
    carried = [y._keras_history[0]._inbound_nodes[-1].output_masks[i] for i, y in enumerate(outputs)]
    later = K.function([new, K.learning_phase()], carried)([integers(2, 4, high=3), 0])
    return {
        "masks": [np.asarray(v).astype("int32") for v in values],
        "carried": [np.asarray(v).astype("int32") for v in later],
        "none": text([m is None for m in masks]),
        "at": text([model.layers[1].get_input_mask_at(0) is None, model.layers[2].get_output_mask_at(0) is not None]),
    }


@keras_script()
def growing_and_shrinking(keras):
    layers = keras.layers
    model = keras.models.Sequential(name="chain")
    seen = [len(model.layers), model.built]
    model.add(layers.Dense(4, input_shape=(3,)))
    seen += [model.output_shape, model.input_shape, model.built]
    model.add(layers.Dense(2))
    model.add(layers.Dense(7))
    seen += [model.output_shape, len(model.weights)]
    model.pop()
    seen += [model.output_shape, len(model.weights), [layer.name for layer in model.layers]]
    model.add(layers.Activation("relu"))
    model.pop()
    model.pop()
    seen += [model.output_shape, model.output.name]
    text_now = summary(model)
    model.pop()
    seen += [model.outputs, model.inputs, len(model.layers)]
    return {"seen": text(seen), "summary": text_now}


@keras_script()
def an_input_layer_in_front(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.InputLayer(input_shape=(3,), name="front"))
    model.add(layers.Dense(2))
    return {"told": describe(keras, model), "config": text(model.get_config()), "summary": summary(model)}


@keras_script()
def clones_on_given_inputs(keras):
    layers, K = keras.layers, keras.backend
    x = layers.Input(shape=(8,), name="fresh")
    chain = keras.models.clone_model(mlp(keras), input_tensors=x)
    a, b = layers.Input(shape=(4,), name="fresh_a"), layers.Input(shape=(4,), name="fresh_b")
    pair = siamese(keras)
    graph = keras.models.clone_model(pair, input_tensors=[a, b])
    weights = weights_for(pair)
    graph.set_weights(weights)
    return {
        "chain": text([chain.name, chain.input_names, chain.inputs[0] is x, [layer.name for layer in chain.layers]]),
        "graph": text([graph.name, graph.input_names, graph.inputs[0] is a, [w.name for w in graph.weights]]),
        "y": K.function([a, b], graph.outputs)([floats(2, 4), floats(2, 4, seed=1)])[0],
    }


@keras_script()
def shapes_without_building(keras):
    cases = []
    for make, shape in ((cnn, (None, 8, 8, 3)), (cnn, (5, 8, 8, 3)), (nested, (3, 4)), (masked, (7, 5))):
        cases.append(make(keras).compute_output_shape(shape))
    cases.append(nested_shared(keras).compute_output_shape([(2, 4), (2, 4)]))
    cases.append(two_in_two_out(keras).compute_output_shape([(2, 4), (2, 3)]))
    cases.append(nested_twice(keras).compute_output_shape((None, 4)))
    return {"shapes": text(cases)}


@keras_script()
def specs(keras):
    InputSpec = keras.engine.InputSpec
    made = [InputSpec(), InputSpec(ndim=2), InputSpec(shape=(None, 3)), InputSpec(min_ndim=2, axes={-1: 4}),
            InputSpec(dtype="float32", max_ndim=3)]  # fmt: skip
    dense = keras.layers.Dense(2, input_shape=(3,))
    before = repr(dense.input_spec)
    dense.build((None, 3))
    return {"repr": text([repr(s) for s in made] + [before, repr(dense.input_spec)]), "ndim": text([s.ndim for s in made])}


@keras_script()
def a_subclassed_model(keras):
    K, layers = keras.backend, keras.layers

    class Net(keras.models.Model):
        def __init__(self):
            super(Net, self).__init__(name="net")
            self.hidden = layers.Dense(3, activation="relu", name="hidden")
            self.norm = layers.BatchNormalization(name="norm")
            self.end = layers.Dense(2, name="end")

        def call(self, inputs):
            return self.end(self.norm(self.hidden(inputs)))

    model = Net()
    x = K.placeholder(shape=(None, 4))
    y = model.call(x)
    weights = weights_for(model)
    model.set_weights(weights)
    value = K.function([x, K.learning_phase()], [y])([floats(2, 4), 0])[0]
    model.end.trainable = False
    return {
        "y": value,
        "told": text(
            [
                model.name, [layer.name for layer in model.layers], [w.name for w in model.weights], model.built,
                [w.name for w in model.trainable_weights], model.inputs, len(model.updates), K.int_shape(y),
            ]
        ),
    }  # fmt: skip


@keras_script()
def weights_given_at_the_start(keras):
    layers = keras.layers
    given = [floats(3, 2), floats(2, seed=1)]
    model = keras.models.Sequential([layers.Dense(2, weights=given, input_shape=(3,)), layers.Dense(1)])
    return {"kernel": model.layers[0].get_weights()[0], "bias": model.get_weights()[1], "count": len(model.get_weights())}


@keras_script()
def initial_values_follow_the_seed(keras):
    model = mlp(keras)
    return {"weights": np.concatenate([np.ravel(w) for w in model.get_weights()])}


@keras_script()
def kernels_flipped(keras):
    model = cnn(keras)
    model.set_weights(weights_for(model))
    keras.utils.layer_utils.convert_all_kernels_in_model(model)
    flipped = model.get_weights()[0]
    dense = model.layers[-1]
    keras.utils.layer_utils.convert_dense_weights_data_format(dense, (4, 3, 3), "channels_first")
    first = dense.get_weights()[0]
    keras.utils.layer_utils.convert_dense_weights_data_format(dense, (3, 3, 4), "channels_last")
    return {"kernel": flipped, "first": first, "last": dense.get_weights()[0]}


@keras_script()
def where_tensors_come_from(keras):
    find = keras.engine.get_source_inputs
    pair, deep = nested_shared(keras), nested_twice(keras)
    return {
        "sources": text([[x.name for x in find(y)] for y in pair.outputs + deep.outputs]),
        "params": text([keras.utils.layer_utils.count_params(m.weights + m.weights) for m in (pair, deep)]),
    }


@keras_script()
def keyword_arguments_are_kept(keras):
    K, layers = keras.backend, keras.layers

    class Power(layers.Layer):
        def call(self, x, exponent=1.0):
            return K.pow(x, exponent)

    x = layers.Input(shape=(2,))
    power = Power(name="power")
    model = keras.models.Model(x, power(power(x, exponent=3.0)))
    config = model.get_config()
    again = keras.models.Model.from_config(config, custom_objects={"Power": Power})
    new = layers.Input(shape=(2,))
    value = np.abs(floats(2, 2))
    return {
        "config": text(config),
        "y": outputs_of(keras, model, [value])["y0"],
        "again": outputs_of(keras, again, [value])["y0"],
        "new": K.function([new], [model(new)])([value])[0],
    }


@keras_script()
def several_outputs_of_a_layer(keras):
    K, layers = keras.backend, keras.layers

    class Split(layers.Layer):
        def call(self, x):
            return [x[:, :1], x[:, 1:]]

        def compute_output_shape(self, shape):
            return [(shape[0], 1), (shape[0], shape[1] - 1)]

        def compute_mask(self, inputs, mask=None):
            return [None, None]

    x = layers.Input(shape=(3,))
    split = Split(name="split")
    left, right = split(x)
    model = keras.models.Model(x, [layers.Dense(1, name="dense")(right), left])
    again = keras.models.Model.from_config(model.get_config(), custom_objects={"Split": Split})
    return {
        "told": describe(keras, model),
        "config": text(model.get_config()),
        "again": text(again.get_config()),
        "summary": summary(model),
        "left": K.function([x], [left])([floats(2, 3)])[0],
        "shapes": text([split.output_shape, split.get_output_shape_at(0), split.input_shape]),
    }


@keras_script()
def the_package(keras):
    K = keras.backend
    topology = importlib.import_module(keras.__name__ + ".engine.topology")
    return {
        "version": keras.__version__,
        "same": text(
            [
                keras.Model is keras.models.Model is keras.engine.Model, keras.Input is keras.layers.Input,
                keras.Sequential is keras.models.Sequential, keras.layers.Layer is keras.engine.Layer,
                topology.Layer is keras.engine.base_layer.Layer, K.backend(), K.floatx(),
                topology.Network is keras.engine.network.Network,
            ]
        ),
    }  # fmt: skip


def disconnected(keras):
    layers = keras.layers
    a, b = layers.Input((2,)), layers.Input((2,))
    keras.models.Model(a, layers.add([a, b]))


def plain_tensor_as_input(keras):
    x = keras.backend.tf.placeholder("float32", [None, 3])
    keras.models.Model(x, keras.layers.Dense(2)(x))


def plain_tensor_as_output(keras):
    x = keras.layers.Input((3,))
    keras.models.Model(x, x * 2.0)


def wrong_rank(keras):
    keras.layers.LSTM(2)(keras.layers.Input((3,)))


def wrong_last_axis(keras):
    dense = keras.layers.Dense(2)
    dense(keras.layers.Input((3,)))
    dense(keras.layers.Input((4,)))


def an_array_as_input(keras):
    keras.layers.Dense(2)(floats(2, 3))


def names_used_twice(keras):
    layers = keras.layers
    x = layers.Input((3,))
    keras.models.Model(x, layers.Dense(2, name="d")(layers.Dense(2, name="d")(x)))


def inputs_used_twice(keras):
    x = keras.layers.Input((3,))
    keras.models.Model([x, x], keras.layers.Dense(2)(x))


def unknown_keyword(keras):
    keras.layers.Dense(2, colour="red")


def no_layer(keras):
    keras.models.Sequential().add("dense")


def nothing_to_pop(keras):
    keras.models.Sequential().pop()


def empty_model_first(keras):
    keras.models.Sequential().add(keras.models.Sequential())


def unknown_layer_name(keras):
    mlp(keras).get_layer("none")


def unknown_layer_index(keras):
    mlp(keras).get_layer(index=99)


def neither_name_nor_index(keras):
    mlp(keras).get_layer()


def summary_before_building(keras):
    keras.models.Sequential([keras.layers.Dense(2)]).summary()


def output_of_a_shared_layer(keras):
    shared = keras.layers.Dense(2)
    shared(keras.layers.Input((3,)))
    shared(keras.layers.Input((3,)))
    shared.output  # noqa: B018


def output_before_a_call(keras):
    keras.layers.Dense(2).output  # noqa: B018


def output_at_a_missing_node(keras):
    dense = keras.layers.Dense(2)
    dense(keras.layers.Input((3,)))
    dense.get_output_at(1)


def output_at_before_a_call(keras):
    keras.layers.Dense(2).get_output_at(0)


def parameters_before_building(keras):
    keras.layers.Dense(2).count_params()


def too_few_weights(keras):
    mlp(keras).layers[0].set_weights([floats(8, 12)])


def weights_of_another_shape(keras):
    mlp(keras).layers[0].set_weights([floats(8, 11), floats(12)])


def a_mask_where_none_is_taken(keras):
    layers = keras.layers
    layers.Flatten()(layers.Embedding(3, 2, mask_zero=True)(layers.Input((4,))))


def super_was_forgotten(keras):
    class Net(keras.models.Model):
        def __init__(self):
            self.dense = keras.layers.Dense(2)

    Net()


def both_shapes(keras):
    keras.layers.InputLayer(input_shape=(2,), batch_input_shape=(None, 2))


def config_of_a_subclassed_model(keras):
    class Net(keras.models.Model):
        def call(self, inputs):
            return inputs

    Net().get_config()


def clone_of_no_model(keras):
    keras.models.clone_model(keras.layers.Dense(2))


def clone_on_a_layers_output(keras):
    x = keras.layers.Dense(8)(keras.layers.Input((8,)))
    keras.models.clone_model(mlp(keras), input_tensors=x)


def clone_on_two_tensors(keras):
    keras.models.clone_model(mlp(keras), input_tensors=[keras.layers.Input((8,)), keras.layers.Input((8,))])


def shapes_for_another_number_of_inputs(keras):
    siamese(keras).compute_output_shape([(2, 4)])


ERRORS = [
    disconnected, plain_tensor_as_input, plain_tensor_as_output, wrong_rank, wrong_last_axis, an_array_as_input,
    names_used_twice, inputs_used_twice, unknown_keyword, no_layer, nothing_to_pop, empty_model_first,
    unknown_layer_name, unknown_layer_index, neither_name_nor_index, summary_before_building, output_of_a_shared_layer,
    output_before_a_call, output_at_a_missing_node, output_at_before_a_call, parameters_before_building, too_few_weights,
    weights_of_another_shape, a_mask_where_none_is_taken, super_was_forgotten, both_shapes, config_of_a_subclassed_model,
    clone_of_no_model, clone_on_a_layers_output, clone_on_two_tensors, shapes_for_another_number_of_inputs,
]  # fmt: skip
for _fails in ERRORS:
    keras_script(name="error_" + _fails.__name__, raises=True)(_fails)
