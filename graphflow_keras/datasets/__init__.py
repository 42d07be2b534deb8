"""Small data sets as NumPy arrays, fetched once into ~/.keras/datasets."""

from graphflow_keras.datasets import boston_housing as boston_housing
from graphflow_keras.datasets import cifar10 as cifar10
from graphflow_keras.datasets import cifar100 as cifar100
from graphflow_keras.datasets import digits as digits
from graphflow_keras.datasets import fashion_mnist as fashion_mnist
from graphflow_keras.datasets import imdb as imdb
from graphflow_keras.datasets import mnist as mnist
from graphflow_keras.datasets import reuters as reuters
