"""Sound files."""

from graphflow._ops.image_codes import decode_wav as decode_wav
from graphflow._ops.image_codes import encode_wav as encode_wav
