"""Arrays of one number where a number is meant."""

import numpy as np
import pytest

from graphflow._launcher import siblings, source


def run(text, **names):
    """The namespace after running `text` as a script is run."""
    names = {**siblings.NAMES, "np": np, **names}
    exec(source.compiled(source.Piece("script.py", text), old_methods=True), names)
    return names


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("int(x)", 2),
        ("float(x)", 2.5),
        ("'%d of %s: %.2f' % (x, x, x)", "2 of [2.5]: 2.50"),
        ("'%g' % x", "2.5"),
        ("'%s' % x", "[2.5]"),
        ("'%d%%' % x", "2%"),
        ("'%(a)s' % {'a': 3}", "3"),
        ("'%*d' % (3, 4)", "  4"),
        ("int('7') + int(3.9)", 10),
        ("math.floor(x)", 2),
    ],
)
def test_a_number_is_taken_from_an_array_of_one(text, value):
    assert run(f"import math\nfound = {text}", x=np.array([2.5]))["found"] == value


def test_an_array_of_one_is_stored_as_its_number():
    done = run(
        "a[1] = x\na[0] += x\nm[1, 2] = x.reshape(1, 1)\nl[0] = x\nd['x'] = x",
        x=np.array([2.5]),
        a=np.ones(3),
        m=np.zeros((2, 3)),
        l=[0],
        d={},
    )
    assert done["a"].tolist() == [3.5, 2.5, 1.0] and done["m"][1, 2] == 2.5
    assert done["l"][0].shape == (1,) and done["d"]["x"].shape == (
        1,
    )  # lists and dictionaries keep what they are given


def test_the_order_of_evaluation_stays():
    assert run("l = []\ndef f(v):\n    l.append(v)\n    return v\na = [0, 0]\na[f(1)] = f(0)")["l"] == [0, 1]


def test_more_than_one_number_is_refused_as_before():
    with pytest.raises(TypeError):
        run("int(x)", x=np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="sequence"):
        run("a[0] = x", a=np.zeros(2), x=np.zeros(2))
