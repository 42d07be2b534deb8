"""The four files of MNIST."""

from graphflow._platform.download import maybe_download as maybe_download
from graphflow._platform.mnist import SOURCE as SOURCE
from graphflow._platform.mnist import DataSet as DataSet
from graphflow._platform.mnist import Datasets as Datasets
from graphflow._platform.mnist import dense_to_one_hot as dense_to_one_hot
from graphflow._platform.mnist import extract_images as extract_images
from graphflow._platform.mnist import extract_labels as extract_labels
from graphflow._platform.mnist import load_mnist as load_mnist
from graphflow._platform.mnist import read_data_sets as read_data_sets
