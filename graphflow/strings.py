"""Texts."""

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
