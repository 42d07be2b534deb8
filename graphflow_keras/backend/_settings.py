"""The settings file that all versions of Keras share, `~/.keras/keras.json`."""

import json
import os

from graphflow_keras.backend import common


def folder():
    """Where Keras keeps its files: `KERAS_HOME`, `~/.keras`, or below /tmp where the home folder is read-only."""
    if "KERAS_HOME" in os.environ:
        return os.environ["KERAS_HOME"]
    home = os.path.expanduser("~")
    return os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")


def read_or_write():
    """Takes over the settings of the file; writes one with the defaults where there is none.

    Raises:
        ValueError: a setting that means nothing.
    """
    path = os.path.join(folder(), "keras.json")
    try:
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
    except FileNotFoundError:
        return _write(path)
    except (OSError, ValueError):  # not for us to read, or no JSON: the defaults stand
        return None
    if not isinstance(settings, dict):
        return None
    # The backend is left aside: in another Keras's file it names a library that does not matter here.
    if not isinstance(settings.get("epsilon", common.epsilon()), float):
        raise ValueError(f"{path}: epsilon must be a number with a decimal point, got {settings['epsilon']!r}")
    try:
        common.set_floatx(settings.get("floatx", common.floatx()))
        common.set_image_data_format(settings.get("image_data_format", common.image_data_format()))
    except (TypeError, ValueError) as err:
        raise ValueError(f"{path}: {err}") from None
    common.set_epsilon(settings.get("epsilon", common.epsilon()))


def _write(path):
    settings = {
        "floatx": common.floatx(),
        "epsilon": common.epsilon(),
        "backend": "tensorflow",
        "image_data_format": common.image_data_format(),
    }
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            json.dump(settings, file, indent=4)
    except OSError:  # a read-only place, or another process was first
        pass
