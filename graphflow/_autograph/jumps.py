"""Flags in place of break, continue and early return, so that each block has one way in and one way out.

while a:                        stopped = False
    if b:                       while not stopped and a:
        break          ->           if b:
    c                                   stopped = True
                                    else:
                                        c
"""

from __future__ import annotations

import ast

from graphflow._autograph import names, templates

_LOOPS = (ast.While, ast.For)


class For(ast.For):
    """A `for` that also stops where the expression `extra_test`, if there is one, does not hold after an iteration."""

    _fields = (*ast.For._fields, "extra_test")


def lower(function, fresh):
    """Rewrites the body of a FunctionDef, and of those inside it.

    Args:
        fresh: a `templates.Fresh`.
    """
    ends_plainly = isinstance(function.body[-1], ast.Return)
    if ast.Return in _jumps(function.body[:-1] if ends_plainly else function.body):
        _Function(fresh).with_one_return(function)
    else:
        function.body = _Function(fresh).block(function.body, {ast.Return: None})


class _Function:
    """The rewriting of one function.

    `targets` names the flag of each kind of jump (ast.Return, ast.Break, ast.Continue) at the place that is being rewritten.

    Attributes:
        result: the variable that holds what the function will return, or None.
    """

    def __init__(self, fresh):
        self.fresh, self.result = fresh, None

    def with_one_return(self, node):
        """Rewrites the body of a FunctionDef that returns early."""
        docstring = node.body[: ast.get_docstring(node) is not None]
        self.result, flag = self.fresh("result"), self.fresh("returned")
        body = _begun(self.block(node.body[len(docstring) :], {ast.Return: flag}), flag, node)
        first = templates.statements("result = ag__.NO_RESULT", node, result=self.result)
        end = templates.statements("return ag__.result(value)", node.body[-1], value=self.result)
        node.body = docstring + first + body + end

    # -- blocks ----------------------------------------------------------------------------------------------------------

    def block(self, statements, targets):
        """The statements of a block without jumps."""
        found = []
        for i, statement in enumerate(statements):
            rest = statements[i + 1 :]
            if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
                return found + self._jump(statement, targets)
            jumps = _jumps([statement])
            if not jumps or not rest:
                found += self.statement(statement, targets)
            elif _always_jumps([statement]):
                return found + self.statement(statement, targets)
            elif isinstance(statement, ast.If) and _always_jumps(statement.body):
                return found + self._branches(statement, statement.body, statement.orelse + rest, targets)
            elif isinstance(statement, ast.If) and _always_jumps(statement.orelse):
                return found + self._branches(statement, statement.body + rest, statement.orelse, targets)
            else:
                found += self.statement(statement, targets)
                return found + self._guarded([targets[kind] for kind in jumps], self.block(rest, targets), statement)
        return found

    def _guarded(self, flags, body, at):
        """`body` where none of the flags is set."""
        test = templates.expression(" and ".join(f"not {flag}" for flag in sorted(flags)), at)
        return [ast.copy_location(ast.If(test, body, []), at)]

    def _jump(self, node, targets):
        flag = targets[type(node)]
        if flag is None:  # a return that ends the function
            return [node]
        found = []
        if isinstance(node, ast.Return):
            value = node.value or ast.copy_location(ast.Constant(None), node)
            found = templates.statements("result = value", node, result=self.result, value=value)
        return found + templates.statements("flag = True", node, flag=flag)

    def _branches(self, node, body, orelse, targets):
        node.body, node.orelse = self.block(body, targets), self.block(orelse, targets)
        return [node]

    # -- statements ------------------------------------------------------------------------------------------------------

    def statement(self, node, targets):
        """The statements that a statement, which is no jump itself, becomes."""
        if isinstance(node, ast.FunctionDef) and not names.is_generator(node):
            lower(node, self.fresh)
        elif isinstance(node, _LOOPS):
            return self._loop(node, targets)
        elif isinstance(node, ast.If):
            return self._branches(node, node.body, node.orelse, targets)
        elif isinstance(node, names.TRIES):
            self._try(node, targets)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                case.body = self.block(case.body, targets)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            node.body = self.block(node.body, targets)
        return [node]

    def _try(self, node, targets):
        jumps = _jumps(node.body)
        node.body, orelse = self.block(node.body, targets), self.block(node.orelse, targets)
        node.orelse = self._guarded([targets[kind] for kind in jumps], orelse, node) if orelse and jumps else orelse
        node.finalbody = self.block(node.finalbody, targets)
        for handler in node.handlers:
            handler.body = self.block(handler.body, targets)

    def _loop(self, node, targets):
        jumps = _jumps(node.body)
        inner, orelse = dict(targets), node.orelse
        for kind, name in ((ast.Break, "stopped"), (ast.Continue, "skipped")):
            if kind in jumps:
                inner[kind] = self.fresh(name)
        body = self.block(node.body, inner)
        if ast.Continue in jumps:
            body = _begun(body, inner[ast.Continue], node)
        ends = [inner[kind] for kind in (ast.Break, ast.Return) if kind in jumps]
        go_on = templates.expression(" and ".join(f"not {flag}" for flag in ends), node) if ends else None
        if isinstance(node, ast.While):
            node.test = node.test if go_on is None else _both(go_on, node.test)
            node.body, node.orelse = body, []
        else:
            node = ast.copy_location(For(node.target, node.iter, body, [], node.type_comment, go_on), node)
        found = [node]
        if ast.Break in jumps:
            found = templates.statements("flag = False", node, flag=inner[ast.Break]) + found
        if orelse:
            orelse = self.block(orelse, targets)
            found += self._guarded(ends, orelse, orelse[0]) if ends else orelse
        return found


def _both(go_on, test):
    """`go_on and test`."""
    if isinstance(test, ast.Constant) and test.value:
        return go_on
    return ast.copy_location(ast.BoolOp(ast.And(), [go_on, test]), test)


# -- which jumps there are ------------------------------------------------------------------------------------------------


def _jumps(statements):
    """The kinds of jumps that leave a block."""
    found = set()
    for node in statements:
        if isinstance(node, (ast.Return, ast.Break, ast.Continue)):
            found.add(type(node))
        elif isinstance(node, _LOOPS):
            found |= _jumps(node.body) & {ast.Return} | _jumps(node.orelse)
        elif not isinstance(node, names.SCOPES):
            found |= _jumps([n for block in _blocks(node) for n in block])
    return found


def _blocks(node):
    """The blocks of a statement."""
    found = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
    return found + [part.body for field in ("handlers", "cases") for part in getattr(node, field, [])]


def _always_jumps(statements):
    """Whether a block never reaches its end."""
    return any(_jumps_itself(node) for node in statements)


def _jumps_itself(node):
    if isinstance(node, (ast.Return, ast.Break, ast.Continue, ast.Raise)):
        return True
    return isinstance(node, ast.If) and _always_jumps(node.body) and _always_jumps(node.orelse)


# -- flags ---------------------------------------------------------------------------------------------------------------


def _begun(statements, flag, at):
    """The statements after `flag = False`; where none of them reads the flag, without it."""
    if any(
        isinstance(n, ast.Name) and n.id == flag and isinstance(n.ctx, ast.Load)
        for s in statements
        for n in ast.walk(s)
    ):
        return templates.statements("flag = False", at, flag=flag) + statements
    dropped = _Dropped(flag)
    return [dropped.visit(statement) for statement in statements]


class _Dropped(ast.NodeTransformer):
    """Without assignments to a flag."""

    def __init__(self, flag):
        self.flag = flag

    def visit_Assign(self, node):
        target = node.targets[0]
        is_flag = isinstance(target, ast.Name) and target.id == self.flag
        return ast.copy_location(ast.Pass(), node) if is_flag else node
