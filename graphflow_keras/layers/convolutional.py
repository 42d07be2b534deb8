"""Convolutions and the layers that go with them."""

from graphflow_keras.layers._conv import Conv1D as Conv1D
from graphflow_keras.layers._conv import Conv2D as Conv2D
from graphflow_keras.layers._conv import Conv3D as Conv3D
from graphflow_keras.layers._conv import _Conv as _Conv
from graphflow_keras.layers._conv_separable import DepthwiseConv2D as DepthwiseConv2D
from graphflow_keras.layers._conv_separable import SeparableConv1D as SeparableConv1D
from graphflow_keras.layers._conv_separable import SeparableConv2D as SeparableConv2D
from graphflow_keras.layers._conv_separable import _SeparableConv as _SeparableConv
from graphflow_keras.layers._conv_transposed import Conv2DTranspose as Conv2DTranspose
from graphflow_keras.layers._conv_transposed import Conv3DTranspose as Conv3DTranspose
from graphflow_keras.layers._resizing import Cropping1D as Cropping1D
from graphflow_keras.layers._resizing import Cropping2D as Cropping2D
from graphflow_keras.layers._resizing import Cropping3D as Cropping3D
from graphflow_keras.layers._resizing import UpSampling1D as UpSampling1D
from graphflow_keras.layers._resizing import UpSampling2D as UpSampling2D
from graphflow_keras.layers._resizing import UpSampling3D as UpSampling3D
from graphflow_keras.layers._resizing import ZeroPadding1D as ZeroPadding1D
from graphflow_keras.layers._resizing import ZeroPadding2D as ZeroPadding2D
from graphflow_keras.layers._resizing import ZeroPadding3D as ZeroPadding3D
from graphflow_keras.layers.pooling import AveragePooling1D as AveragePooling1D
from graphflow_keras.layers.pooling import AveragePooling2D as AveragePooling2D
from graphflow_keras.layers.pooling import AveragePooling3D as AveragePooling3D
from graphflow_keras.layers.pooling import MaxPooling1D as MaxPooling1D
from graphflow_keras.layers.pooling import MaxPooling2D as MaxPooling2D
from graphflow_keras.layers.pooling import MaxPooling3D as MaxPooling3D
from graphflow_keras.legacy.layers import AtrousConvolution1D as AtrousConvolution1D
from graphflow_keras.legacy.layers import AtrousConvolution2D as AtrousConvolution2D

Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
Deconvolution2D = Deconv2D = Conv2DTranspose
Deconvolution3D = Deconv3D = Conv3DTranspose
AtrousConv1D = AtrousConvolution1D
AtrousConv2D = AtrousConvolution2D
