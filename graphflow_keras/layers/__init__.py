"""All layers, and how a layer becomes a config and comes back."""

import graphflow_keras
from graphflow_keras.engine._op_layers import TensorFlowOpLayer as TensorFlowOpLayer
from graphflow_keras.engine.base_layer import InputSpec as InputSpec
from graphflow_keras.engine.base_layer import Layer as Layer
from graphflow_keras.engine.input_layer import Input as Input
from graphflow_keras.engine.input_layer import InputLayer as InputLayer
from graphflow_keras.layers.advanced_activations import ELU as ELU
from graphflow_keras.layers.advanced_activations import LeakyReLU as LeakyReLU
from graphflow_keras.layers.advanced_activations import PReLU as PReLU
from graphflow_keras.layers.advanced_activations import ReLU as ReLU
from graphflow_keras.layers.advanced_activations import Softmax as Softmax
from graphflow_keras.layers.advanced_activations import ThresholdedReLU as ThresholdedReLU
from graphflow_keras.layers.convolutional import AtrousConv1D as AtrousConv1D
from graphflow_keras.layers.convolutional import AtrousConv2D as AtrousConv2D
from graphflow_keras.layers.convolutional import Conv1D as Conv1D
from graphflow_keras.layers.convolutional import Conv2D as Conv2D
from graphflow_keras.layers.convolutional import Conv2DTranspose as Conv2DTranspose
from graphflow_keras.layers.convolutional import Conv3D as Conv3D
from graphflow_keras.layers.convolutional import Conv3DTranspose as Conv3DTranspose
from graphflow_keras.layers.convolutional import Convolution1D as Convolution1D
from graphflow_keras.layers.convolutional import Convolution2D as Convolution2D
from graphflow_keras.layers.convolutional import Convolution2DTranspose as Convolution2DTranspose
from graphflow_keras.layers.convolutional import Convolution3D as Convolution3D
from graphflow_keras.layers.convolutional import Convolution3DTranspose as Convolution3DTranspose
from graphflow_keras.layers.convolutional import Cropping1D as Cropping1D
from graphflow_keras.layers.convolutional import Cropping2D as Cropping2D
from graphflow_keras.layers.convolutional import Cropping3D as Cropping3D
from graphflow_keras.layers.convolutional import Deconv2D as Deconv2D
from graphflow_keras.layers.convolutional import Deconv3D as Deconv3D
from graphflow_keras.layers.convolutional import Deconvolution2D as Deconvolution2D
from graphflow_keras.layers.convolutional import Deconvolution3D as Deconvolution3D
from graphflow_keras.layers.convolutional import DepthwiseConv2D as DepthwiseConv2D
from graphflow_keras.layers.convolutional import SeparableConv1D as SeparableConv1D
from graphflow_keras.layers.convolutional import SeparableConv2D as SeparableConv2D
from graphflow_keras.layers.convolutional import SeparableConvolution1D as SeparableConvolution1D
from graphflow_keras.layers.convolutional import SeparableConvolution2D as SeparableConvolution2D
from graphflow_keras.layers.convolutional import UpSampling1D as UpSampling1D
from graphflow_keras.layers.convolutional import UpSampling2D as UpSampling2D
from graphflow_keras.layers.convolutional import UpSampling3D as UpSampling3D
from graphflow_keras.layers.convolutional import ZeroPadding1D as ZeroPadding1D
from graphflow_keras.layers.convolutional import ZeroPadding2D as ZeroPadding2D
from graphflow_keras.layers.convolutional import ZeroPadding3D as ZeroPadding3D
from graphflow_keras.layers.convolutional_recurrent import ConvLSTM2D as ConvLSTM2D
from graphflow_keras.layers.convolutional_recurrent import ConvLSTM2DCell as ConvLSTM2DCell
from graphflow_keras.layers.convolutional_recurrent import ConvRNN2D as ConvRNN2D
from graphflow_keras.layers.core import Activation as Activation
from graphflow_keras.layers.core import ActivityRegularization as ActivityRegularization
from graphflow_keras.layers.core import Dense as Dense
from graphflow_keras.layers.core import Dropout as Dropout
from graphflow_keras.layers.core import Flatten as Flatten
from graphflow_keras.layers.core import Lambda as Lambda
from graphflow_keras.layers.core import Masking as Masking
from graphflow_keras.layers.core import Permute as Permute
from graphflow_keras.layers.core import RepeatVector as RepeatVector
from graphflow_keras.layers.core import Reshape as Reshape
from graphflow_keras.layers.core import SpatialDropout1D as SpatialDropout1D
from graphflow_keras.layers.core import SpatialDropout2D as SpatialDropout2D
from graphflow_keras.layers.core import SpatialDropout3D as SpatialDropout3D
from graphflow_keras.layers.cudnn_recurrent import CuDNNGRU as CuDNNGRU
from graphflow_keras.layers.cudnn_recurrent import CuDNNLSTM as CuDNNLSTM
from graphflow_keras.layers.dense_attention import AdditiveAttention as AdditiveAttention
from graphflow_keras.layers.dense_attention import Attention as Attention
from graphflow_keras.layers.dense_features import DenseFeatures as DenseFeatures
from graphflow_keras.layers.embeddings import Embedding as Embedding
from graphflow_keras.layers.local import LocallyConnected1D as LocallyConnected1D
from graphflow_keras.layers.local import LocallyConnected2D as LocallyConnected2D
from graphflow_keras.layers.merge import Add as Add
from graphflow_keras.layers.merge import Average as Average
from graphflow_keras.layers.merge import Concatenate as Concatenate
from graphflow_keras.layers.merge import Dot as Dot
from graphflow_keras.layers.merge import Maximum as Maximum
from graphflow_keras.layers.merge import Minimum as Minimum
from graphflow_keras.layers.merge import Multiply as Multiply
from graphflow_keras.layers.merge import Subtract as Subtract
from graphflow_keras.layers.merge import add as add
from graphflow_keras.layers.merge import average as average
from graphflow_keras.layers.merge import concatenate as concatenate
from graphflow_keras.layers.merge import dot as dot
from graphflow_keras.layers.merge import maximum as maximum
from graphflow_keras.layers.merge import minimum as minimum
from graphflow_keras.layers.merge import multiply as multiply
from graphflow_keras.layers.merge import subtract as subtract
from graphflow_keras.layers.noise import AlphaDropout as AlphaDropout
from graphflow_keras.layers.noise import GaussianDropout as GaussianDropout
from graphflow_keras.layers.noise import GaussianNoise as GaussianNoise
from graphflow_keras.layers.normalization import BatchNormalization as BatchNormalization
from graphflow_keras.layers.normalization import LayerNormalization as LayerNormalization
from graphflow_keras.layers.pooling import AveragePooling1D as AveragePooling1D
from graphflow_keras.layers.pooling import AveragePooling2D as AveragePooling2D
from graphflow_keras.layers.pooling import AveragePooling3D as AveragePooling3D
from graphflow_keras.layers.pooling import AvgPool1D as AvgPool1D
from graphflow_keras.layers.pooling import AvgPool2D as AvgPool2D
from graphflow_keras.layers.pooling import AvgPool3D as AvgPool3D
from graphflow_keras.layers.pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
from graphflow_keras.layers.pooling import GlobalAveragePooling2D as GlobalAveragePooling2D
from graphflow_keras.layers.pooling import GlobalAveragePooling3D as GlobalAveragePooling3D
from graphflow_keras.layers.pooling import GlobalAvgPool1D as GlobalAvgPool1D
from graphflow_keras.layers.pooling import GlobalAvgPool2D as GlobalAvgPool2D
from graphflow_keras.layers.pooling import GlobalAvgPool3D as GlobalAvgPool3D
from graphflow_keras.layers.pooling import GlobalMaxPool1D as GlobalMaxPool1D
from graphflow_keras.layers.pooling import GlobalMaxPool2D as GlobalMaxPool2D
from graphflow_keras.layers.pooling import GlobalMaxPool3D as GlobalMaxPool3D
from graphflow_keras.layers.pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
from graphflow_keras.layers.pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
from graphflow_keras.layers.pooling import GlobalMaxPooling3D as GlobalMaxPooling3D
from graphflow_keras.layers.pooling import MaxPool1D as MaxPool1D
from graphflow_keras.layers.pooling import MaxPool2D as MaxPool2D
from graphflow_keras.layers.pooling import MaxPool3D as MaxPool3D
from graphflow_keras.layers.pooling import MaxPooling1D as MaxPooling1D
from graphflow_keras.layers.pooling import MaxPooling2D as MaxPooling2D
from graphflow_keras.layers.pooling import MaxPooling3D as MaxPooling3D
from graphflow_keras.layers.recurrent import GRU as GRU
from graphflow_keras.layers.recurrent import LSTM as LSTM
from graphflow_keras.layers.recurrent import RNN as RNN
from graphflow_keras.layers.recurrent import AbstractRNNCell as AbstractRNNCell
from graphflow_keras.layers.recurrent import GRUCell as GRUCell
from graphflow_keras.layers.recurrent import LSTMCell as LSTMCell
from graphflow_keras.layers.recurrent import SimpleRNN as SimpleRNN
from graphflow_keras.layers.recurrent import SimpleRNNCell as SimpleRNNCell
from graphflow_keras.layers.recurrent import StackedRNNCells as StackedRNNCells
from graphflow_keras.layers.wrappers import Bidirectional as Bidirectional
from graphflow_keras.layers.wrappers import TimeDistributed as TimeDistributed
from graphflow_keras.layers.wrappers import Wrapper as Wrapper
from graphflow_keras.legacy.layers import AtrousConvolution1D as AtrousConvolution1D
from graphflow_keras.legacy.layers import AtrousConvolution2D as AtrousConvolution2D
from graphflow_keras.legacy.layers import ConvRecurrent2D as ConvRecurrent2D
from graphflow_keras.legacy.layers import Highway as Highway
from graphflow_keras.legacy.layers import MaxoutDense as MaxoutDense
from graphflow_keras.legacy.layers import Recurrent as Recurrent
from graphflow_keras.utils.generic_utils import deserialize_keras_object as deserialize_keras_object


def serialize(layer):
    """`{"class_name": ..., "config": ...}` of a layer."""
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def deserialize(config, custom_objects=None):
    """The layer that `serialize` described; also a model.

    Args:
        config: dict with `class_name` and `config`.
        custom_objects: dict, name -> class or function, for layers and functions of one's own.

    Raises:
        ValueError: the class is neither a Keras layer nor among the custom objects. Nothing is imported by name.
    """
    return deserialize_keras_object(
        config, module_objects=_known_classes(), custom_objects=custom_objects, printable_module_name="layer"
    )


def _known_classes():
    known = {name: value for name, value in globals().items() if isinstance(value, type) and issubclass(value, Layer)}
    models = graphflow_keras.models
    return {
        **known,
        "AtrousConvolution1D": AtrousConvolution1D,
        "AtrousConvolution2D": AtrousConvolution2D,
        "Model": models.Model,
        "Sequential": models.Sequential,
    }
