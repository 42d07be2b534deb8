"""Packages that only some features need: loaded at first use, and asked for with their pip line."""

import importlib


def load(module, extra, purpose):
    """The module, imported now.

    Args:
        module: its full name, "PIL.Image".
        extra: the extra of graphflow that brings it, "image".
        purpose: what needs it, as the subject of a sentence.

    Raises:
        ImportError: it is not installed; the message holds the pip line.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{purpose} needs the package {package}, which is not installed: pip install 'graphflow[{extra}]'"
        ) from error
