"""`tf.contrib.learn`, the part that scripts used."""

from graphflow.contrib.learn import datasets as datasets
from graphflow.contrib.learn import preprocessing as preprocessing
