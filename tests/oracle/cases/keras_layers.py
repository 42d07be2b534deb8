"""Keras layers, one call each: outputs, gradients, shapes, configs, weights; a row is a layer with its options."""

from tests.oracle.harness import integers, keras_script
from tests.oracle.layer_rows import arrays_of, describe, row_name

VECTOR, SEQUENCE, IMAGE, VOLUME = (3, 4), (2, 7, 3), (2, 6, 5, 3), (2, 4, 5, 4, 2)
FIRST = {"data_format": "channels_first"}

CORE = [
    ("Dense", VECTOR, (3,), {}),
    ("Dense", VECTOR, (3,), {"activation": "relu"}),
    ("Dense", VECTOR, (3,), {"activation": "softmax", "use_bias": False}),
    ("Dense", VECTOR, (3,), {"kernel_initializer": "he_normal", "bias_initializer": "ones"}),
    ("Dense", VECTOR, (3,), {"kernel_initializer": "orthogonal", "kernel_constraint": "maxnorm"}),
    ("Dense", VECTOR, (2,), {"kernel_regularizer": "l2", "bias_regularizer": "l1", "bias_initializer": "ones"}),
    ("Dense", VECTOR, (2,), {"activity_regularizer": "l1_l2", "bias_constraint": "non_neg"}),
    ("Dense", VECTOR, (2,), {"name": "mine", "trainable": False}),
    ("Dense", VECTOR, (2,), {"input_dim": 4}),
    ("Dense", VECTOR, (2,), {"input_shape": (4,), "dtype": "float32"}),
    ("Dense", SEQUENCE, (4,), {"activation": "tanh"}),
    ("Dense", IMAGE, (2,), {}),
    ("Activation", VECTOR, ("relu",), {}),
    ("Activation", VECTOR, ("softmax",), {}),
    ("Activation", VECTOR, ("selu",), {}),
    ("Activation", SEQUENCE, ("hard_sigmoid",), {}),
    ("Dropout", VECTOR, (0.5,), {"seed": 3}),
    ("Dropout", VECTOR, (0.25,), {}),
    ("Dropout", VECTOR, (0.0,), {}),
    ("Dropout", VECTOR, (1.5,), {}),
    ("Dropout", SEQUENCE, (0.4,), {"noise_shape": (2, 1, 3), "seed": 5}),
    ("Dropout", SEQUENCE, (0.4,), {"noise_shape": (None, 1, None)}),
    ("SpatialDropout1D", SEQUENCE, (0.5,), {}),
    ("SpatialDropout2D", IMAGE, (0.5,), {}),
    ("SpatialDropout2D", IMAGE, (0.5,), FIRST),
    ("SpatialDropout3D", VOLUME, (0.5,), {"seed": 11}),
    ("SpatialDropout3D", VOLUME, (0.5,), FIRST),
    ("Flatten", IMAGE, (), {}),
    ("Flatten", IMAGE, (), FIRST),
    ("Flatten", SEQUENCE, (), FIRST),
    ("Reshape", VECTOR, ((2, 2),), {}),
    ("Reshape", SEQUENCE, ((-1,),), {}),
    ("Reshape", IMAGE, ((3, -1, 5),), {}),
    ("Permute", SEQUENCE, ((2, 1),), {}),
    ("Permute", IMAGE, ((3, 1, 2),), {}),
    ("RepeatVector", VECTOR, (3,), {}),
    ("ActivityRegularization", VECTOR, (), {"l1": 0.1, "l2": 0.2}),
    ("Masking", SEQUENCE, (), {}),
    ("Masking", SEQUENCE, (), {"mask_value": 0.5}),
]
NOISE = [
    ("GaussianNoise", VECTOR, (0.5,), {}),
    ("GaussianNoise", IMAGE, (), {"stddev": 1}),
    ("GaussianDropout", VECTOR, (0.3,), {}),
    ("GaussianDropout", VECTOR, (0.0,), {}),
    ("AlphaDropout", VECTOR, (0.3,), {"seed": 4}),
    ("AlphaDropout", SEQUENCE, (0.2,), {}),
    ("AlphaDropout", SEQUENCE, (0.6,), {"noise_shape": (2, 1, 3)}),
]
ACTIVATIONS = [
    ("LeakyReLU", VECTOR, (), {}),
    ("LeakyReLU", VECTOR, (), {"alpha": 0.1}),
    ("PReLU", VECTOR, (), {"alpha_initializer": "random_uniform"}),
    ("PReLU", IMAGE, (), {"alpha_initializer": "ones", "shared_axes": [1, 2]}),
    ("PReLU", IMAGE, (), {"alpha_regularizer": "l2", "alpha_initializer": "ones", "shared_axes": 3}),
    ("ELU", VECTOR, (), {}),
    ("ELU", VECTOR, (), {"alpha": 0.5}),
    ("ThresholdedReLU", VECTOR, (), {}),
    ("ThresholdedReLU", VECTOR, (), {"theta": 0.25}),
    ("Softmax", VECTOR, (), {}),
    ("Softmax", SEQUENCE, (), {"axis": 1}),
    ("ReLU", VECTOR, (), {}),
    ("ReLU", VECTOR, (1.0,), {}),
    ("ReLU", VECTOR, (), {"max_value": 1, "negative_slope": 0.2, "threshold": 0.5}),
    ("ReLU", VECTOR, (), {"threshold": 1.0}),
    ("ReLU", VECTOR, (6.0,), {"negative_slope": 0.1}),
]
CONVOLUTIONS = [
    ("Conv1D", SEQUENCE, (4, 3), {}),
    ("Conv1D", SEQUENCE, (4, 3), {"padding": "same", "activation": "relu"}),
    ("Conv1D", SEQUENCE, (4, 3), {"padding": "causal", "dilation_rate": 2}),
    ("Conv1D", SEQUENCE, (4, 2), {"strides": 2, "use_bias": False}),
    ("Conv1D", SEQUENCE, (4, (2,)), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("Conv1D", SEQUENCE, (2, 2), {"dilation_rate": (3,), "kernel_regularizer": "l2"}),
    ("Conv2D", IMAGE, (4, 3), {}),
    ("Conv2D", IMAGE, (4, (3, 2)), {"padding": "same", "activation": "elu"}),
    ("Conv2D", IMAGE, (2, 3), {"strides": 2, "padding": "same"}),
    ("Conv2D", IMAGE, (2, (2, 1)), {"strides": (2, 1), "use_bias": False}),
    ("Conv2D", IMAGE, (2, 2), {"dilation_rate": 2}),
    ("Conv2D", IMAGE, (2, 2), {"dilation_rate": (2, 1), "padding": "same"}),
    ("Conv2D", IMAGE, (4, 3), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("Conv2D", IMAGE, (4, 2), {"data_format": "channels_first", "padding": "same", "strides": (2, 2)}),
    ("Conv2D", IMAGE, (2, 1), {"activity_regularizer": "l2", "kernel_constraint": "unit_norm"}),
    ("Conv2D", IMAGE, (2, 2), {"kernel_initializer": "lecun_uniform", "bias_initializer": "random_normal"}),
    ("Conv3D", VOLUME, (3, 2), {}),
    ("Conv3D", VOLUME, (3, (2, 1, 3)), {"padding": "same", "activation": "sigmoid"}),
    ("Conv3D", VOLUME, (2, 2), {"strides": (1, 2, 2), "use_bias": False}),
    ("Conv3D", VOLUME, (2, 2), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("Conv3D", VOLUME, (2, 2), {"dilation_rate": 2}),
    ("Conv2DTranspose", IMAGE, (4, 3), {}),
    ("Conv2DTranspose", IMAGE, (4, 3), {"strides": 2}),
    ("Conv2DTranspose", IMAGE, (2, 3), {"strides": 2, "padding": "same", "activation": "relu"}),
    ("Conv2DTranspose", IMAGE, (2, (3, 2)), {"strides": (2, 3), "padding": "same", "output_padding": (1, 1)}),
    ("Conv2DTranspose", IMAGE, (2, 3), {"strides": 2, "output_padding": 1, "use_bias": False}),
    ("Conv2DTranspose", IMAGE, (2, 3), {"data_format": "channels_first", "strides": 2, "padding": "same"}),
    ("Conv2DTranspose", IMAGE, (2, 2), {"dilation_rate": 2, "bias_initializer": "ones"}),
    ("Conv2DTranspose", IMAGE, (2, 1), {"strides": 2}),
    ("Conv3DTranspose", VOLUME, (3, 2), {}),
    ("Conv3DTranspose", VOLUME, (2, 3), {"strides": 2, "padding": "same"}),
    ("Conv3DTranspose", VOLUME, (2, 3), {"strides": 2, "output_padding": 1, "padding": "same"}),
    ("Conv3DTranspose", VOLUME, (2, 2), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("SeparableConv1D", SEQUENCE, (4, 3), {}),
    ("SeparableConv1D", SEQUENCE, (4, 3), {"padding": "same", "depth_multiplier": 2, "activation": "relu"}),
    ("SeparableConv1D", SEQUENCE, (2, 2), {"strides": 2, "use_bias": False}),
    ("SeparableConv1D", SEQUENCE, (2, 2), {"data_format": "channels_first"}),
    ("SeparableConv1D", SEQUENCE, (2, 2), {"dilation_rate": 2}),
    ("SeparableConv2D", IMAGE, (4, 3), {}),
    ("SeparableConv2D", IMAGE, (4, 3), {"padding": "same", "depth_multiplier": 2, "activation": "relu"}),
    ("SeparableConv2D", IMAGE, (2, 2), {"strides": 2, "depthwise_regularizer": "l2", "pointwise_regularizer": "l1"}),
    ("SeparableConv2D", IMAGE, (2, 2), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("SeparableConv2D", IMAGE, (2, 2), {"dilation_rate": 2, "use_bias": False}),
    ("DepthwiseConv2D", IMAGE, (3,), {}),
    ("DepthwiseConv2D", IMAGE, ((2, 3),), {"padding": "same", "depth_multiplier": 2, "activation": "relu"}),
    ("DepthwiseConv2D", IMAGE, (2,), {"strides": 2, "use_bias": False}),
    ("DepthwiseConv2D", IMAGE, (2,), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("DepthwiseConv2D", IMAGE, (2,), {"depthwise_initializer": "he_normal", "depthwise_constraint": "max_norm"}),
]
RESIZING = [
    ("UpSampling1D", SEQUENCE, (), {}),
    ("UpSampling1D", SEQUENCE, (3,), {}),
    ("UpSampling2D", IMAGE, (), {}),
    ("UpSampling2D", IMAGE, ((3, 2),), {}),
    ("UpSampling2D", IMAGE, (2,), {"interpolation": "bilinear"}),
    ("UpSampling2D", IMAGE, ((1, 3),), FIRST),
    ("UpSampling2D", IMAGE, (2,), {"interpolation": "bilinear", "data_format": "channels_first"}),
    ("UpSampling3D", VOLUME, (), {}),
    ("UpSampling3D", VOLUME, ((1, 2, 3),), FIRST),
    ("ZeroPadding1D", SEQUENCE, (), {}),
    ("ZeroPadding1D", SEQUENCE, ((2, 1),), {}),
    ("ZeroPadding2D", IMAGE, (), {}),
    ("ZeroPadding2D", IMAGE, (2,), FIRST),
    ("ZeroPadding2D", IMAGE, ((1, 2),), {}),
    ("ZeroPadding2D", IMAGE, (((1, 0), (2, 3)),), {}),
    ("ZeroPadding3D", VOLUME, (), {}),
    ("ZeroPadding3D", VOLUME, (((1, 0), (0, 2), (1, 1)),), FIRST),
    ("Cropping1D", SEQUENCE, (), {}),
    ("Cropping1D", SEQUENCE, ((0, 3),), {}),
    ("Cropping2D", IMAGE, (), {}),
    ("Cropping2D", IMAGE, (1,), {}),
    ("Cropping2D", IMAGE, (((1, 2), (0, 1)),), {}),
    ("Cropping2D", IMAGE, ((1, 0),), FIRST),
    ("Cropping3D", VOLUME, (), {}),
    ("Cropping3D", VOLUME, (((1, 0), (0, 2), (1, 1)),), {}),
    ("Cropping3D", VOLUME, ((0, 1, 1),), FIRST),
]
POOLING = [
    ("MaxPooling1D", SEQUENCE, (), {}),
    ("MaxPooling1D", SEQUENCE, (3,), {"strides": 2, "padding": "same"}),
    ("MaxPooling1D", SEQUENCE, (2,), FIRST),
    ("AveragePooling1D", SEQUENCE, (), {}),
    ("AveragePooling1D", SEQUENCE, (3,), {"strides": 1, "padding": "same"}),
    ("MaxPooling2D", IMAGE, (), {}),
    ("MaxPooling2D", IMAGE, ((3, 2),), {"strides": (1, 2)}),
    ("MaxPooling2D", IMAGE, (2,), {"padding": "same"}),
    ("MaxPooling2D", IMAGE, (2,), FIRST),
    ("AveragePooling2D", IMAGE, (), {}),
    ("AveragePooling2D", IMAGE, (3,), {"strides": 2, "padding": "same"}),
    ("AveragePooling2D", IMAGE, (2,), FIRST),
    ("MaxPooling3D", VOLUME, (), {}),
    ("MaxPooling3D", VOLUME, (2,), {"strides": 1, "padding": "same"}),
    ("MaxPooling3D", VOLUME, (2,), FIRST),
    ("AveragePooling3D", VOLUME, (), {}),
    ("AveragePooling3D", VOLUME, ((2, 3, 2),), {"strides": (1, 2, 1), "padding": "same"}),
    ("AveragePooling3D", VOLUME, (2,), FIRST),
    ("GlobalMaxPooling1D", SEQUENCE, (), {}),
    ("GlobalMaxPooling1D", SEQUENCE, (), FIRST),
    ("GlobalAveragePooling1D", SEQUENCE, (), {}),
    ("GlobalAveragePooling1D", SEQUENCE, (), FIRST),
    ("GlobalMaxPooling2D", IMAGE, (), {}),
    ("GlobalMaxPooling2D", IMAGE, (), FIRST),
    ("GlobalAveragePooling2D", IMAGE, (), {}),
    ("GlobalAveragePooling2D", IMAGE, (), FIRST),
    ("GlobalMaxPooling3D", VOLUME, (), {}),
    ("GlobalMaxPooling3D", VOLUME, (), FIRST),
    ("GlobalAveragePooling3D", VOLUME, (), {}),
    ("GlobalAveragePooling3D", VOLUME, (), FIRST),
]
LOCAL = [
    ("LocallyConnected1D", SEQUENCE, (4, 3), {}),
    ("LocallyConnected1D", SEQUENCE, (2, 2), {"strides": 2, "activation": "tanh", "bias_initializer": "ones"}),
    ("LocallyConnected1D", SEQUENCE, (2, 3), {"use_bias": False, "kernel_regularizer": "l2"}),
    ("LocallyConnected2D", IMAGE, (2, 3), {}),
    ("LocallyConnected2D", IMAGE, (2, (2, 3)), {"strides": (2, 1), "activation": "relu"}),
    ("LocallyConnected2D", IMAGE, (2, 2), {"data_format": "channels_first", "bias_initializer": "ones"}),
    ("LocallyConnected2D", IMAGE, (2, 2), {"use_bias": False}),
]
NORMALIZATION = [
    ("BatchNormalization", VECTOR, (), {}),
    ("BatchNormalization", SEQUENCE, (), {}),
    ("BatchNormalization", SEQUENCE, (), {"axis": 1}),
    ("BatchNormalization", IMAGE, (), {}),
    ("BatchNormalization", IMAGE, (), {"axis": 1}),
    ("BatchNormalization", IMAGE, (), {"axis": 2, "epsilon": 0.01}),
    ("BatchNormalization", IMAGE, (), {"center": False}),
    ("BatchNormalization", IMAGE, (), {"scale": False, "momentum": 0.9}),
    ("BatchNormalization", VECTOR, (), {"center": False, "scale": False}),
    ("BatchNormalization", VOLUME, (), {}),
    ("BatchNormalization", VOLUME, (), {"axis": 1}),
    ("BatchNormalization", VECTOR, (), {"gamma_regularizer": "l2", "beta_regularizer": "l1", "beta_initializer": "ones"}),
    ("BatchNormalization", VECTOR, (), {"moving_mean_initializer": "ones", "gamma_constraint": "max_norm"}),
    ("BatchNormalization", VECTOR, (), {"trainable": False}),
]
EMBEDDINGS = [
    ("Embedding", (2, 4), (5, 3), {}),
    ("Embedding", (2, 4), (5, 3), {"mask_zero": True, "input_length": 4}),
    ("Embedding", (2, 4), (5, 2), {"embeddings_initializer": "ones", "embeddings_regularizer": "l2"}),
    ("Embedding", (2, 4), (5, 2), {"embeddings_constraint": "unit_norm", "activity_regularizer": "l1"}),
    ("Embedding", (2, 3, 2), (5, 2), {}),
]
MERGES = [
    (name, shapes, (), {})
    for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
    for shapes in ([VECTOR, VECTOR], [(3, 4), (3, 1)])
] + [
    ("Add", [VECTOR, VECTOR, VECTOR], (), {}),
    ("Average", [VECTOR, VECTOR, VECTOR], (), {}),
    ("Multiply", [SEQUENCE, (2, 3)], (), {}),
    ("Add", [IMAGE, (2, 3), (2, 5, 3)], (), {}),
    ("Concatenate", [VECTOR, (3, 2)], (), {}),
    ("Concatenate", [SEQUENCE, (2, 2, 3)], (), {"axis": 1}),
    ("Concatenate", [IMAGE, IMAGE, IMAGE], (), {"axis": 2}),
    ("Dot", [VECTOR, VECTOR], (1,), {}),
    ("Dot", [VECTOR, VECTOR], (-1,), {"normalize": True}),
    ("Dot", [SEQUENCE, SEQUENCE], (2,), {}),
    ("Dot", [SEQUENCE, (2, 4, 7)], ((1, 2),), {}),
    ("Dot", [SEQUENCE, (2, 3)], ((2, 1),), {}),
    ("Dot", [SEQUENCE, (2, 3, 4)], ((-1, 1),), {"normalize": True}),
]


def register(rows, kind=None):
    for class_name, shapes, args, options in rows:
        shapes = shapes if isinstance(shapes, list) else [shapes]

        def run(keras, class_name=class_name, shapes=shapes, args=args, options=options):
            layer = getattr(keras.layers, class_name)(*args, **options)
            arrays = arrays_of(shapes, kind) if kind else arrays_of(shapes)
            return describe(keras, layer, arrays)

        name = row_name(class_name, args, options)
        if shapes not in ([VECTOR], [SEQUENCE], [IMAGE], [VOLUME]) or class_name in SEVERAL_RANKS:
            name += "_of_" + "_".join(["x".join(map(str, shape)) for shape in shapes])
        keras_script(name=name)(run)


SEVERAL_RANKS = ("Dense", "Flatten", "BatchNormalization", "Dropout", "Activation", "PReLU", "Softmax", "Reshape")
for table in (CORE, NOISE, ACTIVATIONS, CONVOLUTIONS, RESIZING, POOLING, LOCAL, NORMALIZATION, MERGES):
    register(table)
register(EMBEDDINGS, integers)
