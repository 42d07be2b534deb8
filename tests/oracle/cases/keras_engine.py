"""Layers, networks and sequential models: configs, summaries, names, nodes, shapes, masks, clones, errors."""

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
