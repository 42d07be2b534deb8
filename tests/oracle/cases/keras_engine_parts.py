"""Keras: names, calls, configs, losses, updates, masks of layers and models."""

import importlib
import json

import numpy as np

from tests.oracle.cases.keras_engine import (
    cnn,
    describe,
    masked,
    mlp,
    nested,
    nested_shared,
    nested_twice,
    normalised,
    outputs_of,
    regularised,
    siamese,
    summary,
    text,
    two_in_two_out,
    weights_for,
    with_states,
)  # fmt: skip
from tests.oracle.harness import floats, integers, keras_script


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
