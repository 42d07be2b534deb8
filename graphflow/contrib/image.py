"""`tf.contrib.image`: transforms and warps of images."""

from graphflow._contrib.image import angles_to_projective_transforms as angles_to_projective_transforms
from graphflow._contrib.image import compose_transforms as compose_transforms
from graphflow._contrib.image import dense_image_warp as dense_image_warp
from graphflow._contrib.image import flat_transforms_to_matrices as flat_transforms_to_matrices
from graphflow._contrib.image import interpolate_spline as interpolate_spline
from graphflow._contrib.image import matrices_to_flat_transforms as matrices_to_flat_transforms
from graphflow._contrib.image import rotate as rotate
from graphflow._contrib.image import sparse_image_warp as sparse_image_warp
from graphflow._contrib.image import transform as transform
from graphflow._contrib.image import translate as translate
from graphflow._contrib.image import translations_to_projective_transforms as translations_to_projective_transforms
