"""What can be wrong with the functions of a GraphDef, found before anything is imported."""

from __future__ import annotations

from graphflow._graph import graph_files

_invalid = graph_files.invalid

# node type -> for each function it calls: attribute, and the attributes with the types of arguments and results
_CALLS = {
    "If": (("then_branch", "Tin", "Tout"), ("else_branch", "Tin", "Tout")),
    "While": (("cond", "T", None), ("body", "T", "T")),
    "PartitionedCall": (("f", "Tin", "Tout"),),
}
_CALLS |= {
    "StatelessIf": _CALLS["If"],
    "StatelessWhile": _CALLS["While"],
    "StatefulPartitionedCall": _CALLS["PartitionedCall"],
}


def check(graph_def, known):
    """GraphDefError where functions call each other in a circle, name missing nodes, or do not fit the nodes that call them.

    Args:
        graph_def: the message.
        known: names of the functions that are in the graph already.
    """
    functions = {}
    for function in graph_def.library.function:
        name = function.signature.name
        if not name:
            raise _invalid("a function of the library has no name")
        if name in functions and functions[name] != function:
            raise _invalid(
                f"Cannot add function '{name}' because a different function with the same name already exists."
            )
        functions[name] = function
    if not functions:
        return
    for name, function in functions.items():
        _check_body(name, function)
    _check_circles(functions)
    _check_calls("the graph", graph_def.node, functions, known)
    for name, function in functions.items():
        _check_calls(f"function '{name}'", function.node_def, functions, known)


def _check_body(name, function):
    """That arguments of nodes and results come from nodes that are there."""
    arguments = {arg.name for arg in function.signature.input_arg}
    nodes = {node.name for node in function.node_def}
    if len(nodes) < len(function.node_def):
        raise _invalid(f"function '{name}' has two nodes of one name")
    for node in function.node_def:
        for text in node.input:
            source = text[1:] if text.startswith("^") else text.split(":")[0]
            if source not in nodes and source not in arguments:
                raise _invalid(f"function '{name}': node '{node.name}' has an unknown input '{text}'")
    for arg in function.signature.output_arg:
        source = function.ret[arg.name].split(":")[0] if arg.name in function.ret else None
        if source is None or (source not in nodes and source not in arguments):
            found = "nothing" if source is None else f"the unknown node '{source}'"
            raise _invalid(f"function '{name}': result '{arg.name}' comes from {found}")


def _called(nodes, functions):
    """Names of the library's functions that nodes refer to: by their type, or in an attribute."""
    for node in nodes:
        if node.op in functions:
            yield node.op
        waiting = list(node.attr.values())
        while waiting:
            value = waiting.pop()
            which = value.WhichOneof("value")
            for func in [value.func] if which == "func" else value.list.func if which == "list" else ():
                if func.name in functions:
                    yield func.name
                waiting.extend(func.attr.values())


def _check_circles(functions):
    calls = {name: dict.fromkeys(_called(function.node_def, functions)) for name, function in functions.items()}
    finished = set()
    for start in functions:
        path, on_path = [(start, iter(calls[start]))], {start}
        while path:
            name, rest = path[-1]
            following = next((called for called in rest if called not in finished), None)
            if following is None:
                path.pop()
                on_path.discard(name)
                finished.add(name)
            elif following in on_path:
                names = [step for step, _ in path]
                circle = names[names.index(following) :] + [following]
                raise _invalid(f"functions call each other in a circle: {' -> '.join(circle[:10])}")
            else:
                path.append((following, iter(calls[following])))
                on_path.add(following)


def _check_calls(where, nodes, functions, known):
    for node in nodes:
        for attr, inputs, outputs in _CALLS.get(node.op, ()):
            name = node.attr[attr].func.name if attr in node.attr else ""
            if name not in functions:
                if name not in known:
                    raise _invalid(f"node '{node.name}' of {where}: attr '{attr}' names the unknown function '{name}'")
                continue
            signature = functions[name].signature
            _check_types(node, attr, name, "takes", signature.input_arg, inputs)
            if outputs is not None:
                _check_types(node, attr, name, "gives", signature.output_arg, outputs)
            elif len(signature.output_arg) != 1:
                raise _invalid(
                    f"node '{node.name}': {attr} '{name}' gives {len(signature.output_arg)} results, not one"
                )


def _check_types(node, attr, name, verb, args, types_attr):
    if any(arg.type_attr or arg.number_attr or arg.type_list_attr for arg in args):
        return  # settled by attributes of the call
    found, wanted = [arg.type for arg in args], list(node.attr[types_attr].list.type)
    if found != wanted:
        raise _invalid(
            f"node '{node.name}' ({node.op}): {attr} '{name}' {verb} DataTypes {found}, but attr '{types_attr}' is {wanted}"
        )
