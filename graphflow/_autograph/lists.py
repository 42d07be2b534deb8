"""Lists of tensors: `append`, `pop`, stacking and indexing given to the runtime, for the feature LISTS.

A list becomes a TensorArray where the function says what is in it: `set_element_type(l, tf.float32)`.
"""

from __future__ import annotations

import ast

from graphflow._autograph import names, templates


def rewrite(function, fresh):
    """Rewrites the statements of a FunctionDef or Lambda.

    Args:
        fresh: a `templates.Fresh`.
    """
    return _Rewriter(function, fresh).visit(function)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, function, fresh):
        self.fresh = fresh
        self.types = {}  # name of a list -> the other arguments of set_element_type
        for node in ast.walk(function):
            if _is_call_of(node, "set_element_type") and node.args and isinstance(node.args[0], ast.Name):
                self.types[node.args[0].id] = [*node.args[1:], *[k.value for k in node.keywords]]
        self.own = set()  # the variables of the function that is being rewritten: others cannot be assigned
        self.pops = []

    def visit_FunctionDef(self, node):
        before, self.own = self.own, names.Bound(*node.body).bound | names.arguments_of(node)
        self.generic_visit(node)
        self.own = before
        return node

    def visit(self, node):
        if not isinstance(node, ast.stmt):
            return super().visit(node)
        before, self.pops = self.pops, []
        made = super().visit(node)
        found = [*self.pops, *(made if isinstance(made, list) else [made])]
        self.pops = before
        return found

    def visit_Assign(self, node):
        self.generic_visit(node)
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in self.types and isinstance(node.value, ast.List):
            made = templates.expression("ag__.new_list(elements)", node.value, elements=node.value)
            made.args += self.types[target.id]
            node.value = made
        if isinstance(target, ast.Subscript) and len(node.targets) == 1 and not _is_slice(target.slice):
            owner = target.value
            made = templates.expression("ag__.set_item(a, i, x)", node, a=_loaded(owner), i=target.slice, x=node.value)
            if self._is_own(owner):
                return ast.copy_location(ast.Assign([ast.Name(owner.id, ast.Store())], made), node)
            return ast.copy_location(ast.Expr(made), node)
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or _is_slice(node.slice):
            return node
        return templates.expression("ag__.get_item(a, i)", node, a=node.value, i=node.slice)

    def visit_Expr(self, node):
        self.generic_visit(node)
        call = node.value
        if _is_call_of(call, "append") and isinstance(call.func, ast.Attribute) and len(call.args) == 1:
            owner = call.func.value
            if self._is_own(owner):
                text = "owner = ag__.list_append(owner, x)"
                return templates.statements(text, node, owner=owner.id, x=call.args[0])
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.keywords:
            return node
        if node.func.attr == "pop" and len(node.args) <= 1 and self._is_own(node.func.value):
            item, index = self.fresh("popped"), node.args or [ast.Constant(None)]
            self.pops += templates.statements(
                "owner, item = ag__.list_pop(owner, index)", node, owner=node.func.value.id, item=item, index=index[0]
            )
            return templates.expression(item, node)
        if node.func.attr == "stack" and len(node.args) == 1:
            return templates.expression("ag__.list_stack(a, f)", node, a=node.args[0], f=node.func)
        return node

    def _is_own(self, node):
        return isinstance(node, ast.Name) and node.id in self.own


def _is_call_of(node, name):
    func = getattr(node, "func", None)
    return isinstance(node, ast.Call) and name in (getattr(func, "attr", None), getattr(func, "id", None))


def _is_slice(index):
    return any(isinstance(n, (ast.Slice, ast.Tuple, ast.Starred)) for n in ast.walk(index))


def _loaded(node):
    node.ctx = ast.Load()
    return node
