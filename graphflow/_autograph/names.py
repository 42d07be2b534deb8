"""Which names statements bind and read, and which are still needed at a point of a function."""

from __future__ import annotations

import ast

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
TRIES = (ast.Try, ast.TryStar)


class Uses(ast.NodeVisitor):
    """What nodes do with the names of the function they stand in.

    Attributes:
        bound, read: sets of names.
        composites: attributes and items that are assigned, text -> node.
        declared_global, declared_nonlocal: names that the nodes declare so.
        functions: the functions defined, name -> the names they read from around.
    """

    def __init__(self, *nodes):
        self.bound, self.read, self.declared_global, self.declared_nonlocal = set(), set(), set(), set()
        self.composites, self.functions = {}, {}
        for node in nodes:
            self.visit(node)

    @property
    def outer(self):
        """The names that are declared to be from around."""
        return self.declared_global | self.declared_nonlocal

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Store):  # only what there is can be deleted
            self.read.add(node.id)
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)

    def visit_Attribute(self, node):
        self._composite(node)

    def visit_Subscript(self, node):
        self._composite(node)

    def _composite(self, node):
        if not isinstance(node.ctx, ast.Load) and is_plain(node):
            self.composites[ast.unparse(node)] = node
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.read.add(node.target.id)
        self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.target)
            self.visit(node.value)

    def visit_Assign(self, node):
        self.generic_visit(node)
        if isinstance(node.value, ast.Lambda):
            free = free_names(node.value)
            self.functions.update((t.id, free) for t in node.targets if isinstance(t, ast.Name))

    def visit_FunctionDef(self, node):
        self.bound.add(node.name)
        self.functions[node.name] = free_names(node)
        for part in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.read |= self.functions[node.name]

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        for part in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.read |= free_names(node)

    def visit_ClassDef(self, node):
        inside = Uses(*node.body)
        self.bound.add(node.name)
        self.read |= inside.read
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)

    def _visit_comprehension(self, node):
        inside = Uses()
        inside.generic_visit(node)
        own = Uses(*[generator.target for generator in node.generators]).bound
        self.bound |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        self.read |= inside.read - own

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_Import(self, node):
        self.bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node):
        self.bound |= {node.name} - {None}
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_ExceptHandler

    def visit_MatchMapping(self, node):
        self.bound |= {node.rest} - {None}
        self.generic_visit(node)

    def visit_Global(self, node):
        self.declared_global.update(node.names)

    def visit_Nonlocal(self, node):
        self.declared_nonlocal.update(node.names)


class Bound(Uses):
    """Only what nodes bind: functions inside are not looked into."""

    def visit_FunctionDef(self, node):
        self.bound.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        pass


def is_plain(node):
    """Whether a target is made of names, attributes and constant or named indices, so that reading it again is harmless."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, (ast.Constant, ast.Name)):
            return False
        node = node.value
    return isinstance(node, ast.Name)


def is_generator(function):
    """Whether a FunctionDef yields: then its blocks must stay in it."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in _of_itself(function.body))


def _of_itself(nodes):
    """The nodes and all in them, but not what is in functions and classes."""
    for node in nodes:
        yield node
        if not isinstance(node, SCOPES):
            yield from _of_itself(ast.iter_child_nodes(node))


def arguments_of(function):
    """The names of the arguments of a FunctionDef or Lambda."""
    args = function.args
    given = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {a.arg for a in given if a is not None}


def free_names(function):
    """The names that a FunctionDef or Lambda reads from around it, or declares to be from there."""
    uses = Uses(*(function.body if isinstance(function.body, list) else [function.body]))
    return (uses.read - uses.bound - arguments_of(function)) | uses.outer


class Liveness:
    """Which names are needed later on, in a function whose blocks have one exit: without break, continue and early return.

    Args:
        functions: the functions defined inside, name -> what they read: to read their name is to read that.
    """

    def __init__(self, functions):
        self._functions = functions
        self._known = {}  # (statement, what is needed after it) -> what is needed before it

    def read(self, *nodes):
        """The names that nodes read."""
        found = Uses(*nodes).read
        for name in found & self._functions.keys():
            found = found | self._functions[name]
        return found

    def before(self, block, live, always=frozenset()):
        """The names needed before a block, if `live` are after it and `always` are at each point of it."""
        for statement in reversed(block):
            live = self.before_statement(statement, live) | always
        return live

    def before_statement(self, node, live):
        """The names needed before a statement, if `live` are after it."""
        key = node, frozenset(live)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = frozenset(self._before(node, live))
        return found

    def _before(self, node, live):
        if isinstance(node, ast.If):
            branches = self.before(node.body, live) | self.before(node.orelse, live)
            return (branches - Uses(node.test).bound) | self.read(node.test)
        if isinstance(node, ast.While):
            return self.at_head(node, live)
        if isinstance(node, ast.For):
            return self.at_head(node, live) | self.read(node.iter)
        if isinstance(node, ast.With):
            return (self.before(node.body, live) - Uses(*node.items).bound) | self.read(*node.items)
        if isinstance(node, TRIES):
            after, handled = self.in_try(node, live)
            return self.before(node.body, after, handled)
        if isinstance(node, ast.Match):
            cases = [(self.before(c.body, live) - Uses(c.pattern).bound) | self._read_of_case(c) for c in node.cases]
            return live.union(*cases) | self.read(node.subject)
        if isinstance(node, (ast.Return, ast.Raise)):
            return self.read(node)
        return (live - Uses(node).bound) | self.read(node)

    def _read_of_case(self, case):
        return self.read(case.pattern, *filter(None, [case.guard]))

    def at_head(self, loop, live):
        """The names needed each time a loop decides whether to go on; those of the iterator of a `for` are not among them."""
        if isinstance(loop, ast.While):
            head, bound = live | self.read(loop.test), set()
        else:
            head, bound = live | self.read(*filter(None, [loop.extra_test])), Uses(loop.target).bound
        while True:
            wider = head | (self.before(loop.body, head) - bound)
            if wider == head:
                return head
            head = wider

    def in_try(self, node, live):
        """(names needed after the body of a `try`, those needed at each point of it)."""
        final = self.before(node.finalbody, live)
        handled = set(final)
        for handler in node.handlers:
            handled |= self.before(handler.body, final) - {handler.name}
            handled |= self.read(*filter(None, [handler.type]))
        return self.before(node.orelse, final), handled
