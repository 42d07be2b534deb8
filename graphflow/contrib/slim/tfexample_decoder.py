"""`slim.tfexample_decoder`."""

from graphflow._contrib.example_decoder import BackupHandler as BackupHandler
from graphflow._contrib.example_decoder import BoundingBox as BoundingBox
from graphflow._contrib.example_decoder import Image as Image
from graphflow._contrib.example_decoder import ItemHandler as ItemHandler
from graphflow._contrib.example_decoder import ItemHandlerCallback as ItemHandlerCallback
from graphflow._contrib.example_decoder import LookupTensor as LookupTensor
from graphflow._contrib.example_decoder import SparseTensor as SparseTensor
from graphflow._contrib.example_decoder import Tensor as Tensor
from graphflow._contrib.example_decoder import TFExampleDecoder as TFExampleDecoder
