"""What no other Keras can be asked: the quiet log file, refused bytecode, messages."""

import contextlib
import io
import marshal
from base64 import b64encode

import pytest

from graphflow_keras import losses
from graphflow_keras.utils import generic_utils


def test_log_file_gets_the_first_and_the_last_line():
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        bar = generic_utils.Progbar(500)
        for step in range(1, 501):
            bar.update(step, [("loss", 1.0)])
    first, last = written.getvalue().split("\n")[1:-1]
    assert first.startswith("  1/500 [......")
    assert last.startswith("500/500 [======")
    assert last.endswith(" - loss: 1.0000")


def test_log_file_gets_a_line_every_ten_seconds(monkeypatch):
    now, written = [0.0], io.StringIO()
    monkeypatch.setattr("time.time", lambda: 1000.0 + now[0])
    with contextlib.redirect_stdout(written):
        bar = generic_utils.Progbar(50)
        for step in range(1, 51):
            now[0] = float(step)
            bar.update(step)
    steps = [line.split("/")[0].strip() for line in written.getvalue().split("\n")[1:-1]]
    assert steps == ["1", "11", "21", "31", "41", "50"]


def test_empty_target_is_done_at_once():
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        generic_utils.Progbar(0).update(0)
    assert written.getvalue() == "\n0/0 [" + "=" * 30 + "] - 0s 0us/step\n"


def test_bytecode_of_another_process_is_refused():
    stored = b64encode(marshal.dumps(compile("1 + 1", "evil", "eval"))).decode()
    with pytest.raises(ValueError, match="bytecode from a file is never run.*custom_objects"):
        generic_utils.func_load([stored, None, None])


def test_functions_keep_their_defaults_and_closures():
    amount = 3
    text, defaults, closure = generic_utils.func_dump(lambda x, by=2: x * by + amount)
    assert generic_utils.func_load([text, list(defaults), closure])(5) == 13


def test_unknown_name_tells_the_way_out():
    with pytest.raises(ValueError, match="Unknown loss function: huber.*custom_objects.*CustomObjectScope"):
        losses.get("huber")


@pytest.mark.parametrize("name", ["os", "builtins.eval", "keras.config.enable_unsafe_deserialization"])
def test_a_config_cannot_import(name):
    with pytest.raises(ValueError, match="Unknown object"):
        generic_utils.deserialize_keras_object({"class_name": name, "config": {}})


@pytest.mark.parametrize("config", [{}, {"class_name": "L2"}, {"config": {}}, {"class_name": 3, "config": {}}])
def test_half_a_config_is_refused(config):
    with pytest.raises(ValueError, match="Improper config format"):
        generic_utils.deserialize_keras_object(config, {"L2": int})


def test_scope_ends_with_an_error():
    with pytest.raises(RuntimeError), generic_utils.CustomObjectScope({"mine": len}):
        raise RuntimeError
    assert "mine" not in generic_utils.get_custom_objects()
