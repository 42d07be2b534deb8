"""Writes graphflow/_graph/protos.txt, the schema of TensorFlow 1.15's messages, and filled samples of each as a fixture.

    python3.7 -m tests.oracle.record_protos [schema file] [fixture file]

Runs in the Python that has TensorFlow 1.15.5. A line of the schema is a message or an enum; a name with a dot is nested:

    message = name ":" {" " field ";"}                       enum  = "enum " name ":" {" " number " " name ";"}
    field   = number " " ["*"] type " " name [" of " oneof]  ("*": repeated)
    type    = scalar | name | "map<" scalar "," type ">"

Names belong to package `tensorflow`, but for those that begin with `google.`.
"""

import importlib
import json
import os
import pkgutil
import sys

import tensorflow.core
from google.protobuf import descriptor_pool, message_factory, text_format
from google.protobuf.descriptor import FieldDescriptor

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "..", "graphflow", "_graph", "protos.txt")
SAMPLES = os.path.join(HERE, "fixtures", "protos.json")

# What is wanted, with all that it refers to.
ROOTS = """
GraphDef OpList MetaGraphDef SavedModel ControlFlowContextDef QueueRunnerDef SavedTensorSlices BundleHeaderProto
BundleEntryProto CheckpointState VariableDef Event RunMetadata ConfigProto RunOptions Example SequenceExample VariantTensorDataProto
SummaryDescription ServerDef ProjectorConfig
""".split()

SCALARS = {
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_FIXED64: "fixed64",
    FieldDescriptor.TYPE_FIXED32: "fixed32",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_SINT32: "sint32",
    FieldDescriptor.TYPE_SINT64: "sint64",
}


def load_all():
    """Every generated module of the installation, so that the pool knows their messages."""
    for module in pkgutil.walk_packages(tensorflow.core.__path__, "tensorflow.core."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)
    importlib.import_module("tensorflow.contrib.tensorboard.plugins.projector.projector_config_pb2")


def relative(full_name):
    return full_name[len("tensorflow."):] if full_name.startswith("tensorflow.") else full_name


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def type_text(field):
    if is_map(field):
        key, value = field.message_type.fields
        return "map<%s,%s>" % (type_text(key), type_text(value))
    if field.message_type is not None:
        return relative(field.message_type.full_name)
    if field.enum_type is not None:
        return relative(field.enum_type.full_name)
    return SCALARS[field.type]


def field_text(field):
    star = "*" if field.label == FieldDescriptor.LABEL_REPEATED and not is_map(field) else ""
    oneof = " of " + field.containing_oneof.name if field.containing_oneof else ""
    return "%d %s%s %s%s" % (field.number, star, type_text(field), field.name, oneof)


def message_line(message):
    fields = sorted(message.fields, key=lambda field: field.number)
    return relative(message.full_name) + ":" + "".join(" %s;" % field_text(field) for field in fields)


def enum_line(enum):
    return "enum " + relative(enum.full_name) + ":" + "".join(" %d %s;" % (v.number, v.name) for v in enum.values)


def reachable(roots):
    """Messages and enums by name: the roots, what they hold, what is nested in them."""
    messages, enums, waiting = {}, {}, list(roots)
    while waiting:
        message = waiting.pop()
        while message.containing_type is not None:
            message = message.containing_type
        if message.full_name in messages:
            continue
        family = [message]
        while family:
            one = family.pop()
            if not one.GetOptions().map_entry:
                messages[one.full_name] = one
            family.extend(one.nested_types)
            enums.update((enum.full_name, enum) for enum in one.enum_types)
            enums.update((f.enum_type.full_name, f.enum_type) for f in one.fields if f.enum_type)
            waiting.extend(f.message_type for f in one.fields if f.message_type and f.message_type is not one)
        waiting = [m for m in waiting if m.full_name not in messages]
    return messages, enums


def fill(message, depth):
    """Sets every field, to values told by the field's number; of a oneof the last one stays."""
    for field in message.DESCRIPTOR.fields:
        if is_map(field):
            key, value = field.message_type.fields
            place = getattr(message, field.name)
            if value.message_type is None:
                place[scalar(key)] = scalar(value)
            else:
                place.get_or_create(scalar(key))
        elif field.message_type is not None:
            if depth:
                child = getattr(message, field.name)
                fill(child.add() if field.label == FieldDescriptor.LABEL_REPEATED else child, depth - 1)
        elif field.label == FieldDescriptor.LABEL_REPEATED:
            getattr(message, field.name).extend([scalar(field)] * 2)
        else:
            setattr(message, field.name, scalar(field))


def scalar(field):
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    kind = SCALARS[field.type]
    if kind in ("float", "double"):
        return field.number + 0.5
    if kind == "bool":
        return True
    if kind in ("string", "bytes"):
        return field.name if kind == "string" else field.name.encode()
    return field.number


def main(schema=SCHEMA, fixture=SAMPLES):
    load_all()
    pool = descriptor_pool.Default()
    messages, enums = reachable([pool.FindMessageTypeByName("tensorflow." + root) for root in ROOTS])
    lines = [message_line(messages[name]) for name in sorted(messages)]
    lines += [enum_line(enums[name]) for name in sorted(enums)]
    with open(schema, "w") as file:
        file.writelines(line + "\n" for line in lines)
    factory, samples = message_factory.MessageFactory(pool), {}
    for name, descriptor in sorted(messages.items()):
        sample = factory.GetPrototype(descriptor)()
        fill(sample, depth=1)
        samples[relative(name)] = {
            "bytes": sample.SerializeToString(deterministic=True).hex(),
            "text": text_format.MessageToString(sample),
        }
    with open(fixture, "w") as file:
        json.dump(samples, file, indent=0, sort_keys=True)
        file.write("\n")
    print("%d messages and %d enums written" % (len(messages), len(enums)))


if __name__ == "__main__":
    main(*sys.argv[1:])
