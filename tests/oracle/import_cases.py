"""Small GraphDefs as text, and how they are imported; run under the judge and under graphflow.

Keeps to the syntax of Python 3.7, the judge's.
"""

import dataclasses
import typing

CASES = {}


@dataclasses.dataclass(frozen=True)
class Case:
    """A graph to import.

    Attributes:
        text: a GraphDef in protobuf's text format.
        before: another, imported first and without a prefix.
        input_map: name in `text` -> name of a tensor of `before`, or a number.
        arguments: the other arguments of `import_graph_def`.
        mentions: what an error's message must contain.
    """

    text: str
    before: str = ""
    input_map: typing.Optional[dict] = None
    arguments: dict = dataclasses.field(default_factory=dict)
    mentions: tuple = ()


def arguments_of(case, graph):
    """The keyword arguments of the import, with tensors of `graph` in the input map."""
    arguments = dict(case.arguments)
    if case.input_map is not None:
        arguments["input_map"] = {
            key: graph.get_tensor_by_name(value) if isinstance(value, str) else value
            for key, value in case.input_map.items()
        }
    return arguments


def run(case, tf, parse):
    """Imports with `tf`; what came of it as plain lists, names and kinds of error.

    Args:
        tf: has `Graph` and `import_graph_def`.
        parse: function of a GraphDef's text that gives the message.
    """
    with tf.Graph().as_default() as graph:
        if case.before:
            tf.import_graph_def(parse(case.before), name="")
        arguments = arguments_of(case, graph)
        try:
            returned = tf.import_graph_def(parse(case.text), **arguments)
        except Exception as error:
            return {"kinds": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
        operations = [
            [op.name, op.type, [t.name for t in op.inputs], [c.name for c in op.control_inputs], op.device]
            for op in graph.get_operations()
        ]
        groups = {op.name: [g.decode() for g in op.colocation_groups()] for op in graph.get_operations()}
        versions = graph.as_graph_def().versions
        return {
            "operations": operations,
            "returned": None if returned is None else [element.name for element in returned],
            "colocation": {name: group for name, group in groups.items() if group != ["loc:@" + name]},
            "versions": [versions.producer, versions.min_consumer, list(versions.bad_consumers)],
        }


def node(name, op, inputs="", **attrs):
    """A NodeDef as text: `node("b", "Neg", "a ^c", T="type: DT_FLOAT")`; `device` is no attribute."""
    device = attrs.pop("device", "")
    fields = ['name: "%s" op: "%s"' % (name, op)]
    fields += ['input: "%s"' % text for text in inputs.split()]
    fields += ['device: "%s"' % device] if device else []
    fields += ['attr { key: "%s" value { %s } }' % item for item in attrs.items()]
    return "node { %s }\n" % " ".join(fields)


def placeholder(name, dtype="DT_FLOAT", **more):
    return node(name, "Placeholder", dtype="type: " + dtype, **more)


def neg(name, inputs, dtype="DT_FLOAT", **more):
    return node(name, "Neg", inputs, T="type: " + dtype, **more)


def const(name, value="float_val: 1 tensor_shape {}", dtype="DT_FLOAT", inputs=""):
    return node(name, "Const", inputs, dtype="type: " + dtype, value="tensor { dtype: %s %s }" % (dtype, value))


def loop_node(op, name, inputs, **attrs):
    return node(name, op, inputs, T="type: DT_INT32", **attrs)


LOOP = (
    const("start", "int_val: 0 tensor_shape {}", "DT_INT32")
    + loop_node("NextIteration", "next", "add")
    + loop_node("Merge", "merge", "enter next", N="i: 2")
    + loop_node("Less", "less", "merge limit")
    + node("go_on", "LoopCond", "less")
    + loop_node("Switch", "switch", "merge go_on")
    + loop_node("Identity", "body", "switch:1")
    + const("one", "int_val: 1 tensor_shape {}", "DT_INT32", "^body")
    + const("limit", "int_val: 9 tensor_shape {}", "DT_INT32", "^merge")
    + loop_node("Add", "add", "body one")
    + loop_node("Exit", "exit", "switch")
    + loop_node("Enter", "enter", "start", frame_name='s: "loop"')
)
A_AND_B = placeholder("a") + neg("b", "a")


def _case(title, text, before="", input_map=None, mentions=(), **arguments):
    if title in CASES:
        raise ValueError("case %r exists already" % title)
    CASES[title] = Case(text, before, input_map, arguments, mentions)


# -- names, order, edges
_case("plain", A_AND_B)
_case("out of order", neg("b", "a") + neg("c", "a ^b") + placeholder("a"))
_case("diamond out of order", neg("d", "c ^b") + neg("c", "a") + neg("b", "a") + placeholder("z") + placeholder("a"))
_case("while loop out of order", LOOP)
_case("control inputs", placeholder("a") + placeholder("d") + neg("b", "a ^d ^d ^a"))
_case("own prefix", A_AND_B, name="mine")
_case("no prefix", A_AND_B, name="")
_case("prefix taken", A_AND_B, before=placeholder("import/x") + placeholder("Import"))
_case("names taken", A_AND_B, before=placeholder("a") + placeholder("p/q"), name="")
_case("names taken by scopes", placeholder("p") + placeholder("p_1/x"), before=placeholder("p/q"), name="")
_case("numbered names taken", placeholder("a") + placeholder("a_1") + neg("p", "a_1"),
      before=placeholder("a") + placeholder("p/q"), name="")  # fmt: skip
_case("scope entered again", A_AND_B, before=placeholder("s/a"), name="s/")
_case("odd but valid names", placeholder("x/../y") + placeholder("1-3.4_"))
_case("defaults", placeholder("a") + node("b", "MatMul", "a a", T="type: DT_FLOAT"))
_case("extra attribute", neg("b", "a", _mine="i: 3") + placeholder("a"))
_case("devices", placeholder("a", device="/cpu:0") + neg("b", "a", device="/job:w/gpu:1"))
_case("colocation", placeholder("a", device="/cpu:0")
      + neg("b", "a", device="/gpu:0", _class='list { s: "loc:@a" s: "loc:@b" }') + neg("c", "b"))  # fmt: skip
_case("colocation renamed", placeholder("a") + neg("b", "a", _class='list { s: "loc:@a" }'), before=placeholder("a"), name="")
_case("version of the future", A_AND_B + "versions { producer: 2474 min_consumer: 12 bad_consumers: 3 }")
_case("version of the past", A_AND_B + "versions { producer: 30 }", before=placeholder("z") + "versions { producer: 50 }")

# -- arguments
_case("return elements", A_AND_B, return_elements=["b:0", "a", "b"])
_case("return of a replaced tensor", A_AND_B, before=const("k"), input_map={"a:0": "k:0"}, return_elements=["a:0", "a"])
_case("input map", A_AND_B + neg("c", "a:0"), before=const("k"), input_map={"a": "k:0"})
_case("input map to a number", A_AND_B, input_map={"a:0": 2.0})
_case("input map for a missing node", neg("b", "zz:3"), before=const("k"), input_map={"zz:3": "k:0"})
_case("input map without use", placeholder("a"), before=const("k"), input_map={"a:0": "k:0"})
_case("input map of a control input", placeholder("a") + neg("b", "a ^a"), before=const("k"), input_map={"^a": "k:0"})
_case("input map into a loop", LOOP, before=const("k", "int_val: 7 tensor_shape {}", "DT_INT32"),
      input_map={"start:0": "k:0"})  # fmt: skip

# -- errors
_case("duplicate names", placeholder("a") + placeholder("a"), mentions=("'a'", "unique"))
_case("dangling input", neg("b", "a"), mentions=("'b'", "'a'"))
_case("dangling control input", placeholder("a") + neg("b", "a ^c"), mentions=("'b'", "^c"))
_case("output beyond", placeholder("a") + neg("b", "a:7"), mentions=("'b'", "output 7", "1 outputs"))
_case("control input with an index", placeholder("a") + neg("b", "a ^a:0"), mentions=("'b'", "^a:0"))
_case("control input first", placeholder("a") + neg("b", "^a a"), mentions=("'b'", "Control"))
_case("empty name", placeholder(""), mentions=("''",))
_case("name with a blank", placeholder("a b"), mentions=("'a b'",))
_case("name with a line end", placeholder("a\\n"), mentions=("a\\n",))
_case("name as markup", placeholder("<img>"), mentions=("<img>",))
_case("cycle", neg("a", "b") + neg("b", "a") + placeholder("c"), mentions=("'a'", "'b'", "cycle"))
_case("cycle of one", neg("a", "a"), mentions=("'a'", "cycle"))
_case("type of an input", placeholder("a") + neg("b", "a", "DT_INT32"), mentions=("node b", "Input 0", "a:0", "int32"))
_case("too many inputs", placeholder("a") + neg("b", "a a"), mentions=("'b'", "2 inputs"))
_case("too few inputs", neg("b", ""), mentions=("'b'", "0 inputs"))
_case("missing attribute", placeholder("a") + node("b", "Neg", "a"), mentions=("'b'", "'T'"))
_case("attribute of another kind", placeholder("a") + node("b", "Neg", "a", T="i: 3"), mentions=("'b'", "'T'", "'int'", "'type'"))
_case("attribute list of another kind", node("b", "FIFOQueueV2", component_types="list { i: 3 }"),
      mentions=("'b'", "'component_types'"))  # fmt: skip
_case("value not allowed", placeholder("a", "DT_STRING") + neg("b", "a", "DT_STRING"), mentions=("'b'", "'T'", "string"))
_case("value below the minimum", node("b", "AddN", "", T="type: DT_FLOAT", N="i: 0"), mentions=("'b'", "'N'", "minimum"))
_case("unknown enum", node("b", "Placeholder", dtype="type: 999"), mentions=("'b'", "999"))
_case("reference type", node("b", "Placeholder", dtype="type: 101"), mentions=("'b'", "float32_ref"))
_case("unknown attribute", placeholder("a") + neg("b", "a", foo="i: 3"), mentions=("'b'", "'foo'"))
_case("unknown op", placeholder("a") + node("z", "Foo", "a"), mentions=("'z'", "'Foo'"))
_case("unknown ops", node("z", "Foo") + node("y", "MatMull") + node("x", "Foo"), mentions=("'z'", "'Foo'", "'y'", "'MatMull'"))
_case("needs a later consumer", A_AND_B + "versions { producer: 200 min_consumer: 1000000 }", mentions=("1000000", "134"))
_case("disallows this consumer", A_AND_B + "versions { producer: 134 bad_consumers: 134 }", mentions=("134",))
_case("not a reference", placeholder("a") + node("v", "Assign", "a a", T="type: DT_FLOAT"), mentions=("node v", "float32_ref"))
_case("switch on a float", placeholder("a") + node("v", "Switch", "a a", T="type: DT_FLOAT"), mentions=("node v", "bool"))
_case("value of unknown size", const("a", "float_val: 1 tensor_shape { dim { size: -1 } }"), mentions=("a'", "fully defined"))
_case("value of overflowing size", const("a", "float_val: 1 tensor_shape { dim { size: 4611686018427387904 } dim { size: 4 } }"),
      mentions=("a'", "too large"))  # fmt: skip
_case("shapes that contradict", const("c", "float_val: 1 tensor_shape { dim { size: 2 } }")
      + neg("b", "c", _output_shapes="list { shape { dim { size: 3 } } }"), mentions=("/b", "_output_shapes"))  # fmt: skip
_case("bad device", placeholder("a", device="/foo:bar"), mentions=("'a'", "foo"))
_case("colocated with nothing", A_AND_B + neg("c", "a", _class='list { s: "loc:@zz" }'), mentions=("'c'", "'zz'"))
_case("colocated with what was there", neg("b", "zz", _class='list { s: "loc:@a" }') + placeholder("zz"),
      before=placeholder("a"), name="", mentions=("'b'", "'a'"))  # fmt: skip
_case("bad prefix", placeholder("a"), name="x y", mentions=("'x y'",))
_case("prefix of another type", placeholder("a"), name=3)
_case("return of a missing tensor", A_AND_B, return_elements=["c:0"], mentions=("'c:0'",))
_case("return of a missing node", A_AND_B, return_elements=["c"], mentions=("'c'",))
_case("return beyond", A_AND_B, return_elements=["b:3"], mentions=("'b'", "3"))
_case("return of a malformed name", A_AND_B, return_elements=["a:b:c"], mentions=("'a:b:c'",))
_case("return of no name", A_AND_B, return_elements=[3])
_case("input map of an unknown tensor", placeholder("b"), before=const("k"), input_map={"a:0": "k:0"}, mentions=("a:0",))
_case("input map beyond", A_AND_B, before=const("k"), input_map={"a:5": "k:0"}, mentions=("a:5",))
_case("input map of another type", A_AND_B, before=const("k", "int_val: 1 tensor_shape {}", "DT_INT32"), input_map={"a:0": "k:0"},
      mentions=("node b", "int32", "float32"))  # fmt: skip
_case("input map without a prefix", A_AND_B, input_map={"a:0": 2.0}, name="", mentions=("non-empty `name`",))
