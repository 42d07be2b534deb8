"""Networks for images: names, shapes and numbers of weights as published files expect them, and what small ones compute."""

import numpy as np

from tests.oracle.harness import floats, keras_script

ARCHITECTURES = [
    "VGG16",
    "VGG19",
    "ResNet50",
    "InceptionV3",
    "InceptionResNetV2",
    "Xception",
    "MobileNet",
    "MobileNetV2",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "NASNetMobile",
    "NASNetLarge",
]


def _described(model):
    lines = {
        "layers": ["%s %s %s" % (x.name, type(x).__name__, x.output_shape) for x in model.layers],
        "weights": ["%s %s" % (w.name, w._keras_shape) for w in model.weights],
        "sources": [
            "%s: %s" % (x.name, ", ".join(source.name for source in x._inbound_nodes[0].inbound_layers))
            for x in model.layers
        ],
    }
    return dict(
        {name: np.array(of_name) for name, of_name in lines.items()},
        name=model.name,
        trainable=len(model.trainable_weights),
        count=model.count_params()
    )


def _structure(name, **options):
    return lambda keras: _described(getattr(keras.applications, name)(weights=None, **options))


for name in ARCHITECTURES:
    keras_script("structure_" + name)(_structure(name))

VARIANTS = {
    "vgg_features": ("VGG16", dict(include_top=False)),
    "vgg_small": ("VGG16", dict(include_top=False, input_shape=(48, 64, 3), pooling="max")),
    "resnet_average": ("ResNet50", dict(include_top=False, input_shape=(64, 64, 3), pooling="avg")),
    "mobilenet_narrow": ("MobileNet", dict(alpha=0.25, input_shape=(128, 128, 3), classes=7)),
    "mobilenet_deep": ("MobileNet", dict(depth_multiplier=2, include_top=False, pooling="avg")),
    "mobilenet_v2_narrow": ("MobileNetV2", dict(alpha=0.35, input_shape=(96, 96, 3), classes=5)),
    "mobilenet_v2_wide": ("MobileNetV2", dict(alpha=1.4, include_top=False, pooling="max")),
    "mobilenet_v2_odd": ("MobileNetV2", dict(input_shape=(75, 61, 3), include_top=False)),
    "xception_one_channel": ("Xception", dict(input_shape=(71, 80, 1), classes=3)),
}
for name, (architecture, options) in VARIANTS.items():
    keras_script("variant_" + name)(_structure(architecture, **options))


@keras_script()
def settings_of_layers(keras):
    """The configurations of all layers of two networks, flattened."""
    result = {}
    for name in ("MobileNetV2", "ResNet50"):
        model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(64, 64, 3), pooling="avg")
        lines = [sorted("%s=%s" % item for item in layer.get_config().items()) for layer in model.layers]
        result[name] = np.array([" ".join(line).replace("graphflow_keras", "keras") for line in lines])
    return result


@keras_script()
def on_a_tensor(keras):
    x = keras.layers.Input((32, 32, 3))
    y = keras.layers.Activation("tanh")(x)
    model = keras.applications.VGG16(weights=None, include_top=False, input_tensor=y)
    return {"layers": np.array([layer.name for layer in model.layers]), "inputs": len(model.inputs)}


def _forward(name, **options):
    def run(keras):
        model = getattr(keras.applications, name)(weights=None, **options)
        model.set_weights(
            [
                floats(*w.shape, seed=i, low=0.5 if w.ndim == 1 else -0.3, high=1.0 if w.ndim == 1 else 0.3)
                for i, w in enumerate(model.get_weights())
            ]
        )
        return {"y": model.predict(floats(2, *model.input_shape[1:]))}

    return run


keras_script("forward_mobilenet", rtol=1e-3, atol=1e-4)(
    _forward("MobileNet", alpha=0.25, input_shape=(32, 32, 3), classes=4)
)

PREPROCESSED = ["densenet", "inception_v3", "mobilenet", "nasnet", "resnet50", "vgg16", "xception", "mobilenet_v2"]


def _preprocessed(module):
    def run(keras):
        preprocess = getattr(keras.applications, module).preprocess_input
        x = floats(2, 3, 4, 3, low=0, high=255)
        whole = x.astype("uint8")
        result = {"floats": preprocess(x.copy()), "bytes": preprocess(whole), "image": preprocess(x[0].copy())}
        if module not in ("densenet", "resnet50", "vgg16"):  # these keep a constant of the first graph they see
            result["tensor"] = keras.backend.eval(preprocess(keras.backend.constant(x)))
        return result

    return run


for name in PREPROCESSED:
    keras_script("preprocess_" + name, rtol=1e-5, atol=1e-4)(_preprocessed(name))


@keras_script(rtol=1e-5, atol=1e-4)
def preprocess_channels_first(keras):
    preprocess = keras.applications.vgg16.preprocess_input
    x = floats(2, 3, 4, 5, low=0, high=255)
    result = {}
    for mode in ("caffe", "tf", "torch"):
        result[mode] = preprocess(x.copy(), data_format="channels_first", mode=mode)
        result[mode + "_image"] = preprocess(x[0].copy(), data_format="channels_first", mode=mode)
    return result


REFUSED = {
    "weights": ("VGG16", dict(weights="nowhere.h5")),
    "classes": ("VGG16", dict(classes=10)),
    "small": ("VGG19", dict(weights=None, include_top=False, input_shape=(16, 16, 3))),
    "shape": ("ResNet50", dict(weights=None, input_shape=(64, 64))),
    "unknown_size": ("ResNet50", dict(weights=None, input_shape=(None, None, 3))),
    "published_shape": ("InceptionV3", dict(input_shape=(100, 100, 3))),
    "channels": ("Xception", dict(include_top=False, input_shape=(100, 100, 1))),
    "alpha": ("MobileNet", dict(alpha=0.3)),
    "depth": ("MobileNet", dict(depth_multiplier=2)),
    "alpha_v2": ("MobileNetV2", dict(alpha=0.3)),
}


def _refused(name, options):
    return lambda keras: getattr(keras.applications, name)(**options)


for name, (architecture, options) in REFUSED.items():
    keras_script("refuses_" + name, raises=True)(_refused(architecture, options))


@keras_script(raises=True)
def decode_refuses_another_shape(keras):
    keras.applications.vgg16.decode_predictions(np.zeros((2, 10)))
