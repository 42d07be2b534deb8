"""Scripts and notebooks as code; Python 2 converted."""

import ast
import json
import textwrap

import numpy as np
import pytest

from graphflow._launcher import main, python2, source


def notebook(path, *cells, old=False, version="3.5.2"):
    made = [{"cell_type": "code", "input" if old else "source": cell} for cell in cells]
    made.insert(1, {"cell_type": "markdown", "source": ["# words"]})
    said = {"metadata": {"language_info": {"name": "python", "version": version}}}
    path.write_text(json.dumps({"worksheets": [{"cells": made}]} if old else {"cells": made, **said}))
    return path


@pytest.mark.parametrize("old", [False, True])
def test_cells_of_a_notebook(tmp_path, old):
    path = notebook(tmp_path / "n.ipynb", ["a = 1\n", "a"], "b = 2", old=old)
    pieces = source.read(path)
    assert [piece.text for piece in pieces] == ["a = 1\na", "b = 2"]
    assert pieces[1].name == f"{path} cell 2"


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("%matplotlib inline", "pass"),
        ("    !ls *.py", "    pass"),
        ("files = !ls", "pass"),
        ("tf.nn?", "pass"),
        ("%time x = 3", "x = 3"),
        ("x = y % 3", "x = y % 3"),
        ("if a != b: pass", "if a != b: pass"),
        ("# what?", "# what?"),
    ],
)
def test_lines_that_are_not_python(line, plain):
    assert source._plain(line) == plain


def test_cells_in_other_languages():
    assert source._plain("%%bash\nls") == ""
    assert source._plain("%%time\nx = 1") == "\nx = 1"


def test_a_notebook_runs(tmp_path, capsys):
    path = notebook(
        tmp_path / "n.ipynb", "import tensorflow as tf\nx = tf.constant(2)", "tf.Session().run(x + 1)", "None"
    )
    assert main.main([str(path)]) == 0
    assert capsys.readouterr().out == "3\n"


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": [{}]}'])
def test_what_is_no_notebook(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(ValueError, match="n.ipynb is not a notebook"):
        source.read(tmp_path / "n.ipynb")


def test_a_failing_cell_shows_its_line(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "x = 0", "y = 1\ny / x")
    with pytest.raises(ZeroDivisionError) as caught:
        main.main([str(path)])
    last = caught.traceback[-1]
    assert last.lineno == 1 and "cell 2" in str(last.path)


PYTHON2 = """
import numpy as np
print "seven", 7 / 2, 7 / 2.0, np.arange(4) / 2
for key, value in {"a": 1}.iteritems():
    print key, value
try:
    raise ValueError, "wrong"
except ValueError, error:
    print repr(error)
half = 5
half /= 2
print half, xrange(2), unicode("text"), 0777
if True:
\tprint map(str, [1, 2])
"""


def test_python_2_runs(tmp_path, capsys):
    (tmp_path / "old.py").write_text(PYTHON2)
    assert main.main([str(tmp_path / "old.py")]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "seven 3 3.5 [0 0 1 1]", "a 1", "ValueError('wrong')", "2 range(0, 2) text 511", "['1', '2']"
    ]  # fmt: skip
    assert "is Python 2" in err


def test_a_script_is_python_2_when_told_so(tmp_path, capsys):
    (tmp_path / "half.py").write_text("print(7 / 2)\n")
    assert main.main([str(tmp_path / "half.py")]) == main.main(["--python2", str(tmp_path / "half.py")]) == 0
    assert capsys.readouterr().out == "3.5\n3\n"


def test_plain_converts_nothing(tmp_path):
    (tmp_path / "old.py").write_text(PYTHON2)
    with pytest.raises(SyntaxError):
        main.main(["--plain", str(tmp_path / "old.py")])


def test_true_division_where_the_text_asks_for_it():
    tree = python2.with_classic_division(ast.parse("from __future__ import division\nx = 7 / 2"))
    assert "classic" not in ast.unparse(tree)


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [(7, 2, 3), (-7, 2, -4), (7.0, 2, 3.5), (True, 2, 0), (np.int64(7), 2, 3), (np.float32(7), 2, 3.5)],
)
def test_classic_division(a, b, result):
    assert python2.divide(a, b) == result


def test_a_notebook_of_python_2_that_reads_as_python_3(tmp_path, capsys):
    path = notebook(tmp_path / "n.ipynb", "7 / 2", "from __future__ import division", "7 / 2", version="2.7.10")
    assert main.main([str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == "3\n3.5\n" and "is Python 2" in err  # what a cell asks for holds for those after it


def test_python_2_text_is_bytes(tmp_path, capsys):
    (tmp_path / "image").write_bytes(b"\xff\xd8")
    (tmp_path / "words").write_text("words")
    read = f"""
def read(name):
    with tf.gfile.FastGFile({str(tmp_path)!r} + '/' + name, 'r') as file:
        return file.read()
read('words'), read('image')"""
    path = notebook(tmp_path / "n.ipynb", "import tensorflow as tf" + read, version="2.7.10")
    assert main.main([str(path)]) == 0
    assert capsys.readouterr().out == "('words', b'\\xff\\xd8')\n"
    path = notebook(tmp_path / "n.ipynb", "import tensorflow as tf" + read)
    with pytest.raises(UnicodeDecodeError):
        main.main([str(path)])


def test_last_results_of_a_notebook_are_there(tmp_path, capsys):
    assert main.main([str(notebook(tmp_path / "n.ipynb", "def main(_): return [_]", "main(_)"))]) == 0
    assert capsys.readouterr().out == "['']\n"


def test_neither_python_says_where(tmp_path):
    with pytest.raises(SyntaxError, match="neither Python 3 nor Python 2"):
        python2.to_python3(textwrap.dedent("x = (1\ny ="), "old.py")


def test_a_cell_that_is_to_fail(tmp_path, capsys):
    cells = [
        {"cell_type": "code", "source": "1 / 0", "outputs": [{"output_type": "error", "ename": "ZeroDivisionError"}]},
        {"cell_type": "code", "source": "print('on')", "outputs": []},
    ]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert main.main([str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == "on\n" and "ZeroDivisionError" in err
    cells[0]["outputs"] = []
    path.write_text(json.dumps({"cells": cells}))
    with pytest.raises(ZeroDivisionError):
        main.main([str(path)])
