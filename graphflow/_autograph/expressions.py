"""Operators and calls given to the runtime, which knows whether their operands are tensors.

`a and b` becomes `ag__.and_(lambda: a, lambda: b)`, `f(x)` becomes `ag__.call(f)(x)`, and so on.
"""

from __future__ import annotations

import ast
import functools

from graphflow._autograph import options, templates

# These look at the frame they are called from, so they are called as they stand.
_LOOKING_AT_FRAMES = {
    "locals",
    "globals",
    "vars",
    "dir",
    "eval",
    "exec",
    "breakpoint",
    "pdb.set_trace",
    "ipdb.set_trace",
}
_BOUND_TO_PLACE = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_LOGIC = {ast.And: "ag__.and_(lambda: a, lambda: b)", ast.Or: "ag__.or_(lambda: a, lambda: b)"}
_EQUALITY = {ast.Eq: "ag__.eq(a, b)", ast.NotEq: "ag__.not_eq(a, b)"}


def rewrite(function, settings):
    """A FunctionDef or Lambda with its operators and calls given to the runtime.

    Args:
        settings: ConversionOptions.
    """
    return _Rewriter(settings).function(function)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, settings):
        self.settings = settings
        self.first_argument = None

    # -- what is left as it is -------------------------------------------------------------------------------------------

    def function(self, node):
        """A function with its body rewritten, but not its decorators and annotations."""
        before = self.first_argument
        args = [*node.args.posonlyargs, *node.args.args]
        if before is None and args:
            self.first_argument = args[0].arg
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = [self.visit(statement) for statement in node.body]
        self.first_argument = before
        return node

    visit_FunctionDef = visit_Lambda = function

    def visit_ClassDef(self, node):
        return node

    visit_AsyncFunctionDef = visit_Global = visit_Nonlocal = visit_ClassDef

    def visit_AnnAssign(self, node):
        """Without the annotation: a variable that functions share may not have one."""
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_match_case(self, node):
        node.guard = node.guard and self.visit(node.guard)
        node.body = [self.visit(statement) for statement in node.body]
        return node

    # -- what is rewritten -----------------------------------------------------------------------------------------------

    def visit_Call(self, node):
        name = _dotted(node.func)
        self.generic_visit(node)
        if name == "super" and not node.args and self.first_argument is not None:
            node.args = [templates.expression(name, node) for name in ("__class__", self.first_argument)]
        kept = name in _LOOKING_AT_FRAMES or name == "super" or name.startswith("ag__.")
        if kept or name == "print" and not self.settings.uses(options.Feature.BUILTIN_FUNCTIONS):
            return node
        node.func = templates.expression("ag__.call(f)", node.func, f=node.func)
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        if _has_places(node):
            return node
        template = _LOGIC[type(node.op)]
        return functools.reduce(
            lambda b, a: templates.expression(template, node, a=a, b=b), node.values[-2::-1], node.values[-1]
        )

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return templates.expression("ag__.not_(a)", node, a=node.operand) if isinstance(node.op, ast.Not) else node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        if any(map(_has_places, (node.body, node.orelse))):
            return node
        return templates.expression(
            "ag__.if_exp(test, lambda: a, lambda: b)", node, test=node.test, a=node.body, b=node.orelse
        )

    def visit_Compare(self, node):
        self.generic_visit(node)
        if not self.settings.uses(options.Feature.EQUALITY_OPERATORS) or _has_places(node):
            return node
        pairs = []
        for left, op, right in zip([node.left, *node.comparators], node.ops, node.comparators):
            template = _EQUALITY.get(type(op))
            pair = ast.copy_location(ast.Compare(left, [op], [right]), node)
            pairs.append(templates.expression(template, node, a=left, b=right) if template else pair)
        return functools.reduce(
            lambda b, a: templates.expression(_LOGIC[ast.And], node, a=a, b=b), pairs[-2::-1], pairs[-1]
        )

    def visit_Assert(self, node):
        self.generic_visit(node)
        if not self.settings.uses(options.Feature.ASSERT_STATEMENTS):
            return node
        message = node.msg or ast.copy_location(ast.Constant("Assertion error"), node)
        return templates.statements("ag__.assert_stmt(test, lambda: message)", node, test=node.test, message=message)[0]


def _dotted(node):
    """`pdb.set_trace` as text; empty for what is no such name."""
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return owner and f"{owner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _has_places(node):
    """Whether an expression binds a name or waits, which it may not do inside a lambda."""
    return any(isinstance(n, _BOUND_TO_PLACE) for n in ast.walk(node))
