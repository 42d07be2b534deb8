"""Texts."""

from graphflow._ops.hashing import string_to_hash_bucket as to_hash_bucket
from graphflow._ops.hashing import string_to_hash_bucket_fast as to_hash_bucket_fast
from graphflow._ops.hashing import string_to_hash_bucket_strong as to_hash_bucket_strong
from graphflow._ops.strings import as_string as as_string
from graphflow._ops.strings import reduce_join as reduce_join
from graphflow._ops.strings import regex_full_match as regex_full_match
from graphflow._ops.strings import regex_replace as regex_replace
from graphflow._ops.strings import split as split
from graphflow._ops.strings import string_format as format
from graphflow._ops.strings import string_join as join
from graphflow._ops.strings import string_length as length
from graphflow._ops.strings import string_lower as lower
from graphflow._ops.strings import string_strip as strip
from graphflow._ops.strings import string_to_number as to_number
from graphflow._ops.strings import string_upper as upper
from graphflow._ops.strings import substr as substr
from graphflow._ops.unicode import ngrams as ngrams
from graphflow._ops.unicode import string_bytes_split as bytes_split
from graphflow._ops.unicode import unicode_decode as unicode_decode
from graphflow._ops.unicode import unicode_decode_with_offsets as unicode_decode_with_offsets
from graphflow._ops.unicode import unicode_encode as unicode_encode
from graphflow._ops.unicode import unicode_script as unicode_script
from graphflow._ops.unicode import unicode_split as unicode_split
from graphflow._ops.unicode import unicode_split_with_offsets as unicode_split_with_offsets
from graphflow._ops.unicode import unicode_transcode as unicode_transcode
from graphflow._ops.unicode import unsorted_segment_join as unsorted_segment_join
