"""ResNet and its second version, as TensorFlow publishes them: one frame, two kinds of block."""

from graphflow_keras import layers
from graphflow_keras.applications import _common

_ORIGIN = "https://github.com/keras-team/keras-applications/releases/download/resnet/"
_FILTERS = (64, 128, 256, 512)
_VARIANTS = {  # name: blocks of the four stages, MD5 of the weights with and without the classifier
    "resnet50": ((3, 4, 6, 3), "2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": ((3, 4, 23, 3), "f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": ((3, 8, 36, 3), "100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50v2": ((3, 4, 6, 3), "3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "resnet101v2": ((3, 4, 23, 3), "6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "resnet152v2": ((3, 8, 36, 3), "a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}


def build(name, *arguments):
    """The network of that name; the arguments are those of all architectures."""
    blocks, top_hash, features_hash = _VARIANTS[name]
    is_second = name.endswith("v2")

    def body(x):
        x = layers.ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(x)
        x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
        if not is_second:
            x = _normalized(x, "conv1", relu="conv1_relu")
        x = layers.ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
        for stage, (filters, count) in enumerate(zip(_FILTERS, blocks), 2):
            for i in range(1, count + 1):
                block = f"conv{stage}_block{i}"
                if is_second:
                    x = _second_block(x, filters, block, i == 1, halves=i == count and stage < 5)
                else:
                    x = _block(x, filters, block, i == 1, halves=i == 1 and stage > 2)
        return _normalized(x, "post", relu="post_relu") if is_second else x

    return _common.build(
        name,
        body,
        _common.pooled_softmax("avg_pool", "probs"),
        _common.weight_files(_ORIGIN, name, top_hash, features_hash),
        *arguments,
        pool_names=("avg_pool", "max_pool"),
    )


def _normalized(x, name, relu=None):
    x = layers.BatchNormalization(axis=_common.channel_axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=relu)(x) if relu else x


def _block(x, filters, name, is_first, halves):
    """Three convolutions added to the input; the first block of a stage fits its input to that."""
    strides = 2 if halves else 1
    shortcut = x
    if is_first:
        shortcut = layers.Conv2D(4 * filters, 1, strides=strides, name=f"{name}_0_conv")(x)
        shortcut = _normalized(shortcut, f"{name}_0")
    x = layers.Conv2D(filters, 1, strides=strides, name=f"{name}_1_conv")(x)
    x = _normalized(x, f"{name}_1", relu=f"{name}_1_relu")
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = _normalized(x, f"{name}_2", relu=f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = _normalized(x, f"{name}_3")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _second_block(x, filters, name, is_first, halves):
    """As `_block`, but each convolution follows its normalization; the last block of a stage halves the image."""
    strides = 2 if halves else 1
    before = _normalized(x, f"{name}_preact", relu=f"{name}_preact_relu")
    if is_first:
        shortcut = layers.Conv2D(4 * filters, 1, strides=strides, name=f"{name}_0_conv")(before)
    else:
        shortcut = layers.MaxPooling2D(1, strides=strides)(x) if halves else x
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(before)
    x = _normalized(x, f"{name}_1", relu=f"{name}_1_relu")
    x = layers.ZeroPadding2D(((1, 1), (1, 1)), name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=strides, use_bias=False, name=f"{name}_2_conv")(x)
    x = _normalized(x, f"{name}_2", relu=f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([shortcut, x])
