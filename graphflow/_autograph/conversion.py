"""The conversion of a function: from its syntax tree to a function that calls the runtime, remembered for each code."""

from __future__ import annotations

import ast
import inspect
import types
import weakref

from graphflow._autograph import control_flow, expressions, jumps, lists, log, options, source, templates

_AS_TEXT = annotations.compiler_flag  # that of the import above, where the user's file has it too
_cache: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # code -> {(options, file): converted code}


def convert(function, settings, runtime):
    """A function like `function`, whose branches and loops the runtime carries out.

    Args:
        function: a function of Python, no method.
        settings: ConversionOptions.
        runtime: what the converted code knows as `ag__`.

    Raises:
        ConversionError: its source is not there, or is that of a generator or coroutine.
    """
    code = function.__code__
    known = _cache.setdefault(code, {})
    key = settings, code.co_filename
    if key not in known:
        log.info(1, "Converting %s", function)
        try:
            known[key] = _compiled(tree(function, settings), code)
        except (SyntaxError, RecursionError) as error:  # the latter where hundreds of branches are nested
            raise source.ConversionError(f"the converted code cannot be compiled: {error}") from error
    cells = dict(zip(code.co_freevars, function.__closure__ or ()), ag__=types.CellType(runtime))
    made = types.FunctionType(
        known[key], function.__globals__, function.__name__, function.__defaults__,
        tuple(cells[name] for name in known[key].co_freevars),
    )  # fmt: skip
    made.__kwdefaults__, made.__qualname__ = function.__kwdefaults__, function.__qualname__
    made.__dict__.update(function.__dict__)
    made.__module__, made.__doc__ = function.__module__, function.__doc__
    return made


def is_converted(function):
    """Whether a function is one that was converted, or was made inside such a one."""
    return "ag__" in function.__code__.co_freevars


def tree(function, settings):
    """The syntax tree of a converted function: a FunctionDef, or a Lambda.

    Raises:
        ConversionError: as for `convert`.
    """
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        raise source.ConversionError("generators and coroutines are not converted")
    node = source.definition(function)
    fresh = templates.Fresh(node)
    if settings.uses(options.Feature.LISTS):
        node = lists.rewrite(node, fresh)
        node = node[0] if isinstance(node, list) else node
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = []
        jumps.lower(node, fresh)
    node = expressions.rewrite(node, settings)
    if isinstance(node, ast.FunctionDef):
        control_flow.rewrite(node, fresh)
    node = ast.fix_missing_locations(node)
    if log.verbosity() >= 2:
        log.info(2, "Compiled output of %s:\n\n%s\n", function, ast.unparse(node))
    return node


def _compiled(node, code):
    """The code of a converted function, whose free variables are those of `code` and the runtime."""
    node.args.defaults = [ast.copy_location(ast.Constant(None), d) for d in node.args.defaults]
    node.args.kw_defaults = [d and ast.copy_location(ast.Constant(None), d) for d in node.args.kw_defaults]
    if isinstance(node, ast.FunctionDef):
        _forget_annotations(node)
        body = [node]
    else:
        body = [ast.copy_location(ast.Expr(node), node)]
    around = templates.statements(f"def around({', '.join([*code.co_freevars, 'ag__'])}): body", node, body=body)
    module = ast.fix_missing_locations(ast.Module(around, []))
    flags = code.co_flags & _AS_TEXT
    made = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
    (outer,) = [constant for constant in made.co_consts if isinstance(constant, types.CodeType)]
    (inner,) = [constant for constant in outer.co_consts if isinstance(constant, types.CodeType)]
    return inner


def _forget_annotations(node):
    """Without the annotations of arguments and result, which would be evaluated in a place that they were not written for."""
    args = node.args
    for argument in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
        if argument is not None:
            argument.annotation = None
    node.returns = None
    if hasattr(node, "type_params"):
        node.type_params = []
