"""Moving the elements of tensors round."""

from graphflow._ops.array import reshape as reshape
from graphflow._ops.blocks import batch_to_space_nd as batch_to_space_nd
from graphflow._ops.blocks import space_to_batch_nd as space_to_batch_nd
from graphflow._ops.gather import gather_nd as gather_nd
from graphflow._ops.gather import scatter_nd as scatter_nd
from graphflow._ops.rearrange import reverse as reverse
from graphflow._ops.rearrange import roll as roll
from graphflow._ops.rearrange import tile as tile
