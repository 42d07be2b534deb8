"""Branches and the bodies of loops as functions, which the runtime calls or makes operations of.

    if x > 0:                       def set_state(values):
        y = x                           nonlocal y
    else:                    ->         y, = values
        y = -x                      def if_body():
                                        nonlocal y
                                        y = x
                                    def else_body():
                                        nonlocal y
                                        y = -x
                                    ag__.if_stmt(x > 0, if_body, else_body, ag__.State(('y',), (lambda: y,), set_state), 1)

Variables stay variables of the user's function. The runtime gets and sets those that a body assigns and that are needed later.
"""

from __future__ import annotations

import ast

from graphflow._autograph import names, templates

_PYTHON_TESTS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


def rewrite(function, fresh):
    """Rewrites the body of a FunctionDef that `jumps` has seen, and of those inside it.

    Args:
        fresh: a `templates.Fresh`.
    """
    uses = names.Uses(*function.body)
    rewriter = _Rewriter(fresh, uses)
    body = rewriter.block(function.body, uses.outer)
    function.body = rewriter.owning(body, uses.outer | names.arguments_of(function))


class _Rewriter:
    """The rewriting of one function.

    Attributes:
        shared: the names that the functions made so far, in the one that is being made, assign outside of themselves.
    """

    def __init__(self, fresh, uses):
        self.fresh, self.shared = fresh, set()
        self.declared_global = uses.declared_global
        self.captured = set().union(*uses.functions.values())
        self.liveness = names.Liveness(uses.functions)

    # -- blocks ----------------------------------------------------------------------------------------------------------

    def block(self, statements, live, always=frozenset()):
        """The statements of a block, if the names `live` are needed after it and `always` at each point of it."""
        found = []
        live = live | always
        for node in reversed(statements):
            before = self.liveness.before_statement(node, live) | always
            found[:0] = self.statement(node, live)
            live = before
        return found

    def statement(self, node, live):
        """The statements that a statement becomes, if the names `live` are needed after it."""
        if isinstance(node, ast.If):
            return self._if(node, live)
        if isinstance(node, ast.While):
            return self._while(node, live)
        if isinstance(node, ast.For):
            return self._for(node, live)
        if isinstance(node, ast.FunctionDef) and not names.is_generator(node):
            rewrite(node, self.fresh)
        elif isinstance(node, ast.With):
            node.body = self.block(node.body, live)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                case.body = self.block(case.body, live)
        elif isinstance(node, names.TRIES):
            after, handled = self.liveness.in_try(node, live)
            final = self.liveness.before(node.finalbody, live)
            node.body = self.block(node.body, after, handled)
            node.orelse, node.finalbody = self.block(node.orelse, final), self.block(node.finalbody, live)
            for handler in node.handlers:
                handler.body = self.block(handler.body, final)
        return [node]

    # -- statements ------------------------------------------------------------------------------------------------------

    def _if(self, node, live):
        if _is_of_python(node.test):
            node.body, node.orelse = self.block(node.body, live), self.block(node.orelse, live)
            return [node]
        uses = names.Uses(*node.body, *node.orelse)
        needed = self.liveness.before(node.body, live) | self.liveness.before(node.orelse, live)
        results = sorted(uses.bound & live)
        state = _State(results, _outside(uses), sorted(uses.bound & needed - live))
        body = self._function("if_body", node, state, node.body, lambda: self.block(node.body, live))
        orelse = self._function("else_body", node, state, node.orelse, lambda: self.block(node.orelse, live))
        setter, made = self._state(node, state)
        call = templates.statements(
            "ag__.if_stmt(test, body, orelse, state, count)", node.test, test=node.test, body=body.name, orelse=orelse.name,
            state=made, count=ast.Constant(len(results) + len(state.composites)),
        )  # fmt: skip
        return [*setter, body, orelse, *call]

    def _while(self, node, live):
        head = self.liveness.at_head(node, live)
        uses = names.Uses(node.test, *node.body)
        state = _State(sorted(uses.bound & head), _outside(uses), [])
        goes_on = [ast.copy_location(ast.Return(node.test), node.test)]
        test = self._function("loop_test", node.test, state, goes_on, lambda: goes_on)
        body = self._function("loop_body", node, state, node.body, lambda: self.block(node.body, head))
        setter, made = self._state(node, state)
        call = templates.statements(
            "ag__.while_stmt(test, body, state)", node.test, test=test.name, body=body.name, state=made
        )
        return [*setter, test, body, *call]

    def _for(self, node, live):
        head = self.liveness.at_head(node, live)
        uses = names.Uses(node.target, *node.body)
        state = _State(sorted(uses.bound & head), _outside(uses), [])
        item = self.fresh("item")
        taken = ast.copy_location(ast.Assign([node.target], templates.expression(item, node.target)), node.target)
        body = self._function(
            "loop_body", node, state, [taken, *node.body], lambda: [taken, *self.block(node.body, head)], argument=item
        )
        setter, made = self._state(node, state)
        test = ast.Constant(None) if node.extra_test is None else node.extra_test
        call = templates.statements(
            f"ag__.for_stmt(values, {'' if node.extra_test is None else 'lambda: '}test, body, state)", node.iter,
            values=node.iter, test=test, body=body.name, state=made,
        )  # fmt: skip
        return [*setter, body, *call]

    # -- the functions that are made -------------------------------------------------------------------------------------

    def _function(self, name, at, state, original, make_body, argument=""):
        """`def name(argument): ...`, which shares the variables that the statements `original` assign with what is around it."""
        shared = sorted(names.Uses(*original).bound & {*state.names, *self.captured})
        around, self.shared = self.shared, set()
        body = self.owning(make_body(), {*shared, *self.declared_global}) or [ast.copy_location(ast.Pass(), at)]
        for kind in (ast.Global, ast.Nonlocal):
            chosen = [n for n in shared if (n in self.declared_global) == (kind is ast.Global)]
            body[:0] = [ast.copy_location(kind(chosen), at)] if chosen else []
        self.shared = around.union(shared) - self.declared_global
        return templates.statements(f"def name({argument}): body", at, name=self.fresh(name), body=body)[0]

    def owning(self, body, others):
        """`body`, which declares the variables that only functions inside it assign: they are its own unless among `others`."""
        own = sorted(self.shared - others - names.Bound(*body).bound)
        return [templates.statements("name: ...", body[0], name=n)[0] for n in own] + body

    def _state(self, at, state):
        """(the function that sets the state, if there is one; the expression that is the State)."""
        if not state.all:
            return [], templates.expression("ag__.State()", at)
        targets = [ast.Name(n, ast.Store()) for n in state.results]
        targets += [_in(node, ast.Store()) for node in state.composites.values()]
        targets += [ast.Name(n, ast.Store()) for n in state.others]
        argument = self.fresh("values")
        assigned = ast.Assign([ast.Tuple(targets, ast.Store())], ast.Name(argument, ast.Load()))
        body = [ast.fix_missing_locations(ast.copy_location(assigned, at))]
        setter = self._function("set_state", at, state, body, lambda: body, argument)
        getters = [templates.expression("lambda: value", at, value=_in(target, ast.Load())) for target in targets]
        made = templates.expression(
            "ag__.State(names, getters, setter)", at, names=ast.Tuple([ast.Constant(n) for n in state.all], ast.Load()),
            getters=ast.Tuple(getters, ast.Load()), setter=setter.name,
        )  # fmt: skip
        return [setter], made


class _State:
    """The variables that a branch or loop assigns and that are needed: after it, or only at the beginning of a body."""

    def __init__(self, results, composites, others):
        self.results, self.composites, self.others = results, composites, others

    names = property(lambda self: [*self.results, *self.others])
    all = property(lambda self: [*self.results, *self.composites, *self.others])


def _outside(uses):
    """The attributes and items that are assigned, of objects that are there before."""
    return {
        text: node
        for text, node in sorted(uses.composites.items())
        if not names.Uses(_in(node, ast.Load())).read & uses.bound
    }


def _in(node, context):
    """A copy of a target, to be read or to be assigned."""
    copied = ast.parse(ast.unparse(node), mode="eval").body
    copied.ctx = context
    return copied


def _is_of_python(test):
    """Whether a condition cannot be a tensor."""
    of_python = isinstance(test, ast.Compare) and all(isinstance(op, _PYTHON_TESTS) for op in test.ops)
    return of_python or isinstance(test, ast.Constant)
