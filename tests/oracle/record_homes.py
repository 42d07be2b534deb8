"""Writes graphflow/_launcher/homes.txt: the modules of TensorFlow 1.15, and where their names stand in the public API.

    judge/bin/python tests/oracle/record_homes.py [output file]

Scripts import functions from the files that define them. A line of the table is

    line  = module [" < " other {" " other}] {" | " [namespace] ":" entry {" " entry}}
    entry = name | name "=" public name ["(" parameter {"," parameter} ")"]

`other` are modules that `module` imports, without `python.`; `namespace` is public, without `tensorflow.`; an entry leads to
`namespace.name`, called with these parameters where it stands for a function of TensorFlow 2's API. Left out are tests, the
modules of generated operations (a rule answers for them) and of protocol buffers.
"""

import collections
import importlib
import inspect
import os
import re
import sys
import types

import tensorflow as tf
import tensorflow.contrib  # an attribute of its parent only once imported

TARGET = os.path.join(os.path.dirname(__file__), "..", "..", "graphflow", "_launcher", "homes.txt")
ROOT = os.path.dirname(tensorflow.contrib.__path__[0])
LEFT_OUT = re.compile(r"(^|\.)(kernel_tests|gen_\w+|\w+_pb2|\w+_test|doc_srcs|api)($|\.)")
SHOWS_OTHERS = re.compile(  # the modules whose own imports are used as names of theirs, as after `import *`
    r"python\.(ops|framework|layers|training|util)\.|contrib\.(rnn|layers|seq2seq|legacy_seq2seq|framework|slim)\.python\."
)


def modules():
    """The dotted names of the private modules: all below python, and below the python folders of contrib."""
    for top in ("python", "contrib"):
        for folder, folders, files in os.walk(os.path.join(ROOT, top)):
            folders.sort()
            package = os.path.relpath(folder, ROOT).replace(os.sep, ".")
            for file in sorted(files):
                name, ending = os.path.splitext(file)
                full = package if name == "__init__" else package + "." + name
                private = top == "python" or ".python" in full
                if ending == ".py" and private and not LEFT_OUT.search(full):
                    yield full


def public_names():
    """id of an object -> (the shortest public path to it, the object)."""
    found, seen = collections.defaultdict(list), set()
    queue = collections.deque([("", tf), ("contrib", tensorflow.contrib)])
    while queue:
        path, module = queue.popleft()
        if id(module) in seen:
            continue
        seen.add(id(module))
        for name in dir(module):
            value = getattr(module, name, None)
            if name.startswith("_") or name == "raw_ops" or path == "contrib" and name == "quantization":
                continue  # of these, the first is other names of the generated operations, the second all of them once more
            full = (path + "." + name).lstrip(".")
            if isinstance(value, types.ModuleType):
                where = value.__name__.replace("tensorflow_core", "tensorflow")
                contrib = where == "tensorflow." + full and full.startswith("contrib.") and ".python" not in full
                if "_api" in where or ".keras.api" in where or contrib:
                    queue.append((full, value))
            elif callable(value) and ".util." not in (getattr(value, "__module__", None) or ".util."):
                found[id(value)].append((full, value))  # decorators are in sight everywhere in contrib
    return found


def best(module, name, paths):
    """The public path that a reader knows: under the same name, of the same package or not of `compat` nor `contrib`, short."""
    package = module.partition(".python")[0] + "."

    def rank(path):
        last = path.rpartition(".")[2]
        return (last != name, not path.startswith(package), path.startswith("compat"), path.startswith("contrib"), path.count("."),
                len(path), path)  # fmt: skip

    return min(paths, key=rank)


def as_before(value, path):
    """A path in `compat.v2` as the same function's in 1.15's own API, with its parameters where they come in another order."""
    older = tf
    for part in path.split(".")[2:]:
        older = getattr(older, part, None)
    try:
        now, then = list(inspect.signature(value).parameters), list(inspect.signature(older).parameters)
    except (TypeError, ValueError):
        return path
    if inspect.isclass(value) or not set(now) <= set(then) or "partition_strategy" in then:  # its default changed
        return path
    return path[len("compat.v2.") :] + ("" if then[: len(now)] == now else "(" + ",".join(now) + ")")


def line(full, known, public):
    try:
        module = importlib.import_module("tensorflow." + full)
    except BaseException as error:  # some modules need what is not installed
        print("left out", full, type(error).__name__, error)
        return full
    if full in ("python", "python.ops.standard_ops"):  # these show all names of the top once more
        return full
    names, others = collections.defaultdict(list), set()
    for name, value in sorted(vars(module).items()):
        if name.startswith("__"):
            continue
        if isinstance(value, types.ModuleType):
            where = value.__name__.replace("tensorflow_core", "tensorflow").replace("tensorflow.", "", 1)
            if where in known and where.startswith("python") and name == where.rpartition(".")[2]:
                others.add(where[len("python.") :])
        elif callable(value) and id(value) in public:
            paths = [p for p, _ in public[id(value)] if ".keras" in full or "keras." not in p]  # its own package
            if not paths:
                continue
            path = best(full, name, paths)
            if path.startswith("compat.v2."):
                path = as_before(value, path)
            namespace, _, last = path.rpartition(".")
            names[namespace].append(name if last == name else name + "=" + last)
    text = full
    if others and SHOWS_OTHERS.match(full):
        text += " < " + " ".join(sorted(others))
    for namespace, entries in sorted(names.items()):
        text += " | " + namespace + ":" + " ".join(entries)
    return text


def main(target=TARGET):
    known = list(modules())
    public = public_names()
    lines = [line(full, set(known), public) for full in known]
    with open(target, "w") as file:
        file.writelines(text + "\n" for text in lines)
    print(len(lines), "modules written to", os.path.normpath(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
