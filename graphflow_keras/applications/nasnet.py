"""NASNet-A: two kinds of cells, found by search, stacked; each sees the output of the last two.

Source: Zoph, Vasudevan, Shlens, Le, "Learning transferable architectures for scalable image recognition" (2017),
figure 4.
"""

import warnings

from graphflow_keras import backend as K
from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions

_ORIGIN = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/"


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def NASNetLarge(input_shape=None, include_top=True, weights="imagenet", input_tensor=None, pooling=None, classes=1000):
    """The large network, for images of 331 x 331 unless told otherwise; the arguments are those of all architectures."""
    return _nasnet(
        "large",
        ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
        331,
        4032,
        6,
        96,
        True,
        (include_top, weights, input_tensor, input_shape, pooling, classes),
    )


def NASNetMobile(input_shape=None, include_top=True, weights="imagenet", input_tensor=None, pooling=None, classes=1000):
    """The small network, for images of 224 x 224 unless told otherwise; the arguments are those of all architectures."""
    return _nasnet(
        "mobile",
        ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
        224,
        1056,
        4,
        32,
        False,
        (include_top, weights, input_tensor, input_shape, pooling, classes),
    )


def _nasnet(variant, hashes, size, last_filters, repeats, stem_filters, skip_reduction, arguments):
    """NASNet (`repeats` @ `last_filters`).

    Args:
        variant: str, as the weight files are named.
        hashes: their MD5, with and without the classifier.
        size: of the images.
        last_filters: int, the channels of the last output.
        repeats: int, normal cells between reductions.
        stem_filters: int, filters of the first convolution.
        skip_reduction: bool, whether the cell after a reduction sees the input of the one before it.
        arguments: those of `_common.build`.
    """
    filters = last_filters // 24

    def body(x):
        x = layers.Conv2D(
            stem_filters, (3, 3), strides=(2, 2), use_bias=False, name="stem_conv1", kernel_initializer="he_normal"
        )(x)
        x = _normalized(x, "stem_bn1")
        x, before = _reduction_cell(x, None, filters // 4, "stem_1")
        x, before = _reduction_cell(x, before, filters // 2, "stem_2")
        for stage in range(3):
            first = stage * repeats
            if stage:
                x, skipped = _reduction_cell(x, before, filters * 2**stage, f"reduce_{first}")
                before = before if skip_reduction else skipped
                first += 1
            for block in range(first, first + repeats):
                x, before = _normal_cell(x, before, filters * 2**stage, str(block))
        return layers.Activation("relu")(x)

    files = {
        top: _common.Weights(
            f"nasnet_{variant}{'' if top else '_no_top'}.h5",
            f"{_ORIGIN}NASNet-{variant}{'' if top else '-no-top'}.h5",
            file_hash,
        )
        for top, file_hash in zip((True, False), hashes)
    }
    data_format = K.image_data_format()
    if data_format != "channels_last":
        warnings.warn(
            "The NASNet family of models is only available for the input data format "
            '"channels_last" (height, width, channels), and the setting is "channels_first". '
            'The model being returned right now will expect inputs to follow the "channels_last" data format.',
            stacklevel=3,
        )
    K.set_image_data_format("channels_last")
    try:
        return _common.build(
            "NASNet",
            body,
            _common.pooled_softmax(None, "predictions"),
            files,
            *arguments,
            default_size=size,
            static_shape=True,
        )
    finally:
        K.set_image_data_format(data_format)


def _normal_cell(x, before, filters, block):
    """Five sums of two branches each, joined; returns the result and `x`."""
    with K.name_scope(f"normal_A_block_{block}"):
        p = _adjusted(before, x, filters, block)
        h = _projected(x, filters, f"normal_conv_1_{block}", f"normal_bn_1_{block}")
        with K.name_scope("block_1"):
            left = _separable(h, filters, 5, f"normal_left1_{block}")
            right = _separable(p, filters, 3, f"normal_right1_{block}")
            x1 = layers.add([left, right], name=f"normal_add_1_{block}")
        with K.name_scope("block_2"):
            left = _separable(p, filters, 5, f"normal_left2_{block}")
            right = _separable(p, filters, 3, f"normal_right2_{block}")
            x2 = layers.add([left, right], name=f"normal_add_2_{block}")
        with K.name_scope("block_3"):
            x3 = layers.add([_averaged(h, f"normal_left3_{block}"), p], name=f"normal_add_3_{block}")
        with K.name_scope("block_4"):
            left, right = _averaged(p, f"normal_left4_{block}"), _averaged(p, f"normal_right4_{block}")
            x4 = layers.add([left, right], name=f"normal_add_4_{block}")
        with K.name_scope("block_5"):
            x5 = layers.add([_separable(h, filters, 3, f"normal_left5_{block}"), h], name=f"normal_add_5_{block}")
        return layers.concatenate([p, x1, x2, x3, x4, x5], axis=-1, name=f"normal_concat_{block}"), x


def _reduction_cell(x, before, filters, block):
    """As `_normal_cell`, to half the size."""
    with K.name_scope(f"reduction_A_block_{block}"):
        p = _adjusted(before, x, filters, block)
        h = _projected(x, filters, f"reduction_conv_1_{block}", f"reduction_bn_1_{block}")
        padded = layers.ZeroPadding2D(_common.halving_padding(h, 3), name=f"reduction_pad_1_{block}")(h)
        with K.name_scope("block_1"):
            left = _separable(h, filters, 5, f"reduction_left1_{block}", halve=True)
            right = _separable(p, filters, 7, f"reduction_right1_{block}", halve=True)
            x1 = layers.add([left, right], name=f"reduction_add_1_{block}")
        with K.name_scope("block_2"):
            left = layers.MaxPooling2D((3, 3), strides=(2, 2), name=f"reduction_left2_{block}")(padded)
            right = _separable(p, filters, 7, f"reduction_right2_{block}", halve=True)
            x2 = layers.add([left, right], name=f"reduction_add_2_{block}")
        with K.name_scope("block_3"):
            left = layers.AveragePooling2D((3, 3), strides=(2, 2), name=f"reduction_left3_{block}")(padded)
            right = _separable(p, filters, 5, f"reduction_right3_{block}", halve=True)
            x3 = layers.add([left, right], name=f"reduction_add3_{block}")
        with K.name_scope("block_4"):
            x4 = layers.add([x2, _averaged(x1, f"reduction_left4_{block}")])
        with K.name_scope("block_5"):
            left = _separable(x1, filters, 3, f"reduction_left4_{block}")
            right = layers.MaxPooling2D((3, 3), strides=(2, 2), name=f"reduction_right5_{block}")(padded)
            x5 = layers.add([left, right], name=f"reduction_add4_{block}")
        return layers.concatenate([x2, x3, x4, x5], axis=-1, name=f"reduction_concat_{block}"), x


def _adjusted(p, x, filters, block):
    """The output of the cell before the last, `p`, in the size of `x`, with `filters` channels."""
    with K.name_scope("adjust_block"):
        if p is None:
            return x
        shape = K.int_shape(p)
        if shape[-2] != K.int_shape(x)[-2]:
            with K.name_scope(f"adjust_reduction_block_{block}"):
                p = layers.Activation("relu", name=f"adjust_relu_1_{block}")(p)
                even = _sampled(p, filters // 2, f"1_{block}")
                odd = layers.ZeroPadding2D(padding=((0, 1), (0, 1)))(p)
                odd = layers.Cropping2D(cropping=((1, 0), (1, 0)))(odd)
                odd = _sampled(odd, filters // 2, f"2_{block}")
                return _normalized(layers.concatenate([even, odd], axis=-1), f"adjust_bn_{block}")
        if shape[-1] != filters:
            with K.name_scope(f"adjust_projection_block_{block}"):
                return _projected(p, filters, f"adjust_conv_projection_{block}", f"adjust_bn_{block}")
    return p


def _sampled(x, filters, name):
    """Every other row and column."""
    x = layers.AveragePooling2D((1, 1), strides=(2, 2), name=f"adjust_avg_pool_{name}")(x)
    return layers.Conv2D(
        filters, (1, 1), padding="same", use_bias=False, name=f"adjust_conv_{name}", kernel_initializer="he_normal"
    )(x)


def _projected(x, filters, name, normalized_name):
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(filters, (1, 1), padding="same", use_bias=False, name=name, kernel_initializer="he_normal")(x)
    return _normalized(x, normalized_name)


def _averaged(x, name):
    return layers.AveragePooling2D((3, 3), strides=(1, 1), padding="same", name=name)(x)


def _separable(x, filters, size, block, halve=False):
    """Twice: relu, separable convolution, normalisation."""
    with K.name_scope(f"separable_conv_block_{block}"):
        for i in (1, 2):
            x = layers.Activation("relu")(x)
            first = halve and i == 1
            if first:
                padding = _common.halving_padding(x, size)
                x = layers.ZeroPadding2D(padding, name=f"separable_conv_1_pad_{block}")(x)
            x = layers.SeparableConv2D(
                filters,
                (size, size),
                strides=(2, 2) if first else (1, 1),
                name=f"separable_conv_{i}_{block}",
                padding="valid" if first else "same",
                use_bias=False,
                kernel_initializer="he_normal",
            )(x)
            x = _normalized(x, f"separable_conv_{i}_bn_{block}")
    return x


def _normalized(x, name):
    return layers.BatchNormalization(axis=-1, momentum=0.9997, epsilon=1e-3, name=name)(x)
