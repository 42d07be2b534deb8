"""Names of nodes and scopes: what is valid, and how parts join."""

import re

_OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")

is_valid_op_name = _OP_NAME.fullmatch
is_valid_scope_name = _SCOPE_NAME.fullmatch


def from_scope(scope):
    """The name that a scope string such as `a/b/` stands for: without the closing slash."""
    return scope[:-1] if scope and scope[-1] == "/" else scope


def split_tensor_name(name):
    """`op:1` -> ("op", 1), `op` -> ("op", None), `^op` -> ("op", -1)."""
    if name.startswith("^"):
        return name[1:], -1
    op, colon, index = name.rpartition(":")
    if colon and index.isdecimal() and len(index) < 10:
        return op, int(index)
    return name, None
