"""Well-known networks for images, with the layer names and shapes that published weight files expect."""

from graphflow_keras import backend as backend
from graphflow_keras import layers as layers
from graphflow_keras import models as models
from graphflow_keras import utils as utils
from graphflow_keras.applications._common import keras_modules_injection as keras_modules_injection
from graphflow_keras.applications.densenet import DenseNet121 as DenseNet121
from graphflow_keras.applications.densenet import DenseNet169 as DenseNet169
from graphflow_keras.applications.densenet import DenseNet201 as DenseNet201
from graphflow_keras.applications.inception_resnet_v2 import InceptionResNetV2 as InceptionResNetV2
from graphflow_keras.applications.inception_v3 import InceptionV3 as InceptionV3
from graphflow_keras.applications.mobilenet import MobileNet as MobileNet
from graphflow_keras.applications.mobilenet_v2 import MobileNetV2 as MobileNetV2
from graphflow_keras.applications.nasnet import NASNetLarge as NASNetLarge
from graphflow_keras.applications.nasnet import NASNetMobile as NASNetMobile
from graphflow_keras.applications.resnet import ResNet101 as ResNet101
from graphflow_keras.applications.resnet import ResNet152 as ResNet152
from graphflow_keras.applications.resnet50 import ResNet50 as ResNet50
from graphflow_keras.applications.resnet_v2 import ResNet50V2 as ResNet50V2
from graphflow_keras.applications.resnet_v2 import ResNet101V2 as ResNet101V2
from graphflow_keras.applications.resnet_v2 import ResNet152V2 as ResNet152V2
from graphflow_keras.applications.vgg16 import VGG16 as VGG16
from graphflow_keras.applications.vgg19 import VGG19 as VGG19
from graphflow_keras.applications.xception import Xception as Xception
