"""Random programs, as texts that functions can be made of."""

import linecache
import random

NAMES = "abcd"


class Program:
    """The text of a function `f(a, b, n, ...)` of ints.

    Args:
        seed: what tells one program from another.
        of_python: whether it also holds what only Python can do: deleted names, exceptions, lambdas, attributes.
    """

    def __init__(self, seed, of_python):
        self.random, self.of_python = random.Random(seed), of_python
        self.left = 24 if of_python else 14
        self.lines = ["def f(a, b, n, log=None, box=None):", "    c = a", "    i = 0"]
        if not of_python or self.random.random() < 0.8:
            self.lines += ["    d = 2"]
        for _ in range(2):
            self.block(1, False)
        if not of_python or self.random.random() < 0.7:
            self.add(1, "return a, b, c, d + i")

    def function(self, name, **names):
        """The function, whose source is known as that of the file `name`."""
        text = "\n".join(self.lines) + "\n"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), names)
        return names["f"]

    def add(self, depth, text):
        self.lines.append("    " * depth + text)

    def one_of(self, *items):
        return self.random.choice(items)

    def value(self):
        v, w = self.one_of(*NAMES), self.one_of(*NAMES)
        return self.one_of(
            v,
            str(self.random.randint(-3, 9)),
            f"{v} + 1",
            f"{v} - {w}",
            f"({v} if {self.test()} else {w})",
            f"lower({v})",
        )

    def test(self):
        v, w = self.one_of(*NAMES), self.one_of(*NAMES)
        return self.one_of(
            f"{v} > {w}", f"{v} % 2 == 0", f"not {v} > 2", f"{v} > 1 and {w} < 5", f"({v} < 0 or {w} > 3)", f"{v} is None",
            f"0 < {v} < 7",
        )  # fmt: skip

    def block(self, depth, in_loop):
        for _ in range(self.random.randint(1, 4 if self.of_python else 3)):
            self.left -= 1
            self.statement(depth, in_loop)

    def statement(self, depth, in_loop):
        choice = self.random.random()
        if self.left <= 0 or depth > 5 or choice < 0.32 or choice >= 0.84 and not self.of_python:
            self.add(depth, f"{self.one_of(*NAMES)} {self.one_of('=', '+=', '-=')} {self.value()}")
        elif choice < 0.56:
            self.add(depth, f"if {self.test()}:")
            self.block(depth + 1, in_loop)
            self.maybe_else(depth, in_loop, 0.5)
        elif choice < 0.68:
            self.add(depth, f"for {self.one_of(*NAMES, 'i')} in range(n):")
            self.block(depth + 1, True)
            self.maybe_else(depth, in_loop, 0.3)
        elif choice < 0.78:
            counter = f"k{len(self.lines)}"
            self.add(depth, f"{counter} = 0")
            self.add(depth, f"while {counter} < n and {self.test()}:")
            self.add(depth + 1, f"{counter} += 1")
            self.block(depth + 1, True)
            self.maybe_else(depth, in_loop, 0.3)
        elif choice < 0.84 and in_loop:
            self.add(depth, self.one_of("break", "continue"))
        elif choice < 0.84:
            self.add(depth, f"i += {self.value()}")
        else:
            self.statement_of_python(depth, in_loop, choice)

    def maybe_else(self, depth, in_loop, probability):
        if self.random.random() < probability:
            self.add(depth, "else:")
            self.block(depth + 1, in_loop)

    def statement_of_python(self, depth, in_loop, choice):
        if choice < 0.88:
            self.add(depth, f"return {self.value()} + 1 // n")
        elif choice < 0.93:
            self.add(depth, "try:")
            self.block(depth + 1, in_loop)
            self.add(depth + 1, f"if {self.test()}:")
            self.add(depth + 2, "raise KeyError('x')")
            self.add(depth, "except (KeyError, ZeroDivisionError) as error:")
            self.block(depth + 1, in_loop)
            self.maybe_else(depth, in_loop, 0.3)
            if self.random.random() < 0.3:
                self.add(depth, "finally:")
                self.add(depth + 1, f"d = {self.value()}")
        elif choice < 0.95:
            self.add(depth, f"log.append(({self.value()}, {self.value()}))")
        elif choice < 0.97:
            self.add(depth, f"box.v = {self.value()}")
        elif choice < 0.985:
            self.add(depth, f"h = lambda: {self.value()}")
            self.add(depth, "log.append(h())")
        else:
            self.add(depth, f"del {self.one_of('c', 'd')}")
