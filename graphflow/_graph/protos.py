"""TensorFlow's protobuf messages, declared at run time: `protos.GraphDef`, `protos.SaverDef`, `protos.DataType` ...

The schema is the table `protos.txt`, recorded from TensorFlow 1.15 by tests/oracle/record_protos.py, which also says its
grammar. There is no generated code, since that is tied to one version of protobuf, and the pool is our own, so TensorFlow
or TensorBoard may declare the same names in one process. protobuf itself is loaded when the first message is asked for.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
import re

_TABLE = pathlib.Path(__file__).with_name("protos.txt")
_FIELD = re.compile(r"(\d+) (\*?)(?:map<(\w+),)?([\w.]+)>? (\w+)(?: of (\w+))?;")
_VALUE = re.compile(r"(-?\d+) (\w+);")
_PACKAGE = "tensorflow"
# Fields of which HasField says whether they were set; TensorFlow's schema cannot tell a False that was said from one that was not.
_WITH_PRESENCE = {("tensorflow.ConfigProto", "allow_soft_placement")}


def __getattr__(name):
    """A message class, or an enum with `Name(number)` and `Value(name)`."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    messages, enums = _tables()
    full_name = f"{_PACKAGE}.{name}"
    if full_name in messages:
        factory = importlib.import_module("google.protobuf.message_factory")
        found = factory.GetMessageClass(_pool().FindMessageTypeByName(full_name))
    elif full_name in enums:
        wrapper = importlib.import_module("google.protobuf.internal.enum_type_wrapper")
        found = wrapper.EnumTypeWrapper(_pool().FindEnumTypeByName(full_name))
    else:
        raise AttributeError(f"module {__name__!r} has no message or enum {name!r}")
    globals()[name] = found
    return found


def names():
    """The names of all messages and enums that are not nested in another."""
    messages, enums = _tables()
    return [name for name in map(_relative, (*messages, *enums)) if "." not in name]


def _full(name):
    return name if name.startswith("google.") else f"{_PACKAGE}.{name}"


def _relative(full_name):
    return full_name.removeprefix(_PACKAGE + ".")


@functools.cache
def _tables():
    """The lines of the table: {full name of a message: its fields as text}, and the same for enums."""
    messages, enums = {}, {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        head, _, body = line.partition(": ")
        if head.startswith("enum "):
            enums[_full(head[5:])] = body
        else:
            messages[_full(head.rstrip(":"))] = body
    return messages, enums


@functools.cache
def _pool():
    """The private pool that holds the whole schema, one file a package."""
    descriptors = importlib.import_module("google.protobuf.descriptor_pb2")
    pool = importlib.import_module("google.protobuf.descriptor_pool").DescriptorPool()
    messages, enums = _tables()
    files = {}
    placed = {}  # full name of a message -> its DescriptorProto
    for name, fields in messages.items():  # in alphabetical order, so an outer message stands before those in it
        outer, _, own = name.rpartition(".")
        message = (
            placed[outer].nested_type.add() if outer in placed else _file(descriptors, files, outer).message_type.add()
        )
        message.name = own
        placed[name] = message
        _add_fields(message, name, fields, descriptors.FieldDescriptorProto)
    for name, values in enums.items():
        outer, _, own = name.rpartition(".")
        enum = (placed.get(outer) or _file(descriptors, files, outer)).enum_type.add(name=own)
        for number, value in _VALUE.findall(values):
            enum.value.add(name=value, number=int(number))
    main = files[_PACKAGE]
    main.dependency.extend(file.name for file in files.values() if file is not main)
    for file in (*(file for file in files.values() if file is not main), main):
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _file(descriptors, files, package):
    if package not in files:
        path = f"graphflow/{package}.proto"
        files[package] = descriptors.FileDescriptorProto(name=path, package=package, syntax="proto3")
    return files[package]


def _add_fields(message, name, fields, kinds):
    oneofs = {}
    for number, star, key, type_name, own, oneof in _FIELD.findall(fields):
        if (name, own) in _WITH_PRESENCE:
            oneof = f"_{own}"
        label = kinds.LABEL_REPEATED if star or key else kinds.LABEL_OPTIONAL
        field = message.field.add(name=own, number=int(number), label=label)
        if key:
            entry = "".join(part.capitalize() for part in own.split("_")) + "Entry"
            pair = message.nested_type.add(name=entry)
            pair.options.map_entry = True
            _set_type(pair.field.add(name="key", number=1, label=kinds.LABEL_OPTIONAL), key, kinds)
            _set_type(pair.field.add(name="value", number=2, label=kinds.LABEL_OPTIONAL), type_name, kinds)
            field.type, field.type_name = kinds.TYPE_MESSAGE, f".{name}.{entry}"
        else:
            _set_type(field, type_name, kinds)
        if oneof:
            if oneof not in oneofs:
                oneofs[oneof] = len(oneofs)
                message.oneof_decl.add(name=oneof)
            field.oneof_index = oneofs[oneof]
            field.proto3_optional = (name, own) in _WITH_PRESENCE


def _set_type(field, type_name, kinds):
    scalar = getattr(kinds, f"TYPE_{type_name.upper()}", None)
    if scalar is not None:
        field.type = scalar
    else:
        field.type_name = "." + _full(type_name)
        field.type = kinds.TYPE_ENUM if _full(type_name) in _tables()[1] else kinds.TYPE_MESSAGE
