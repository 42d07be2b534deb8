"""HParams: hyperparameters with names and types, set from text such as `lr=0.1,layers=[10,20]`."""

from __future__ import annotations

import json
import numbers
import re

_ASSIGNMENT = re.compile(
    r"""
    (?P<name>[a-zA-Z][\w\.]*)
    (\[\s*(?P<index>\d+)\s*\])?     # `name[2]=...` sets one item
    \s*=\s*
    ((?P<val>[^,\[]*) | \[(?P<vals>[^\]]*)\])
    ($|,\s*)""",
    re.VERBOSE,
)
_BOOLS = {"true": True, "True": True, "false": False, "False": False}


def _boolean(text):
    return _BOOLS[text] if text in _BOOLS else bool(int(text))


def parse_values(values, type_map, ignore_unknown=False):
    """A dict of the assignments in a text.

    Args:
        values: text `name=value,name=[value,value],name[index]=value`.
        type_map: dict name -> type.
        ignore_unknown: whether names without a type are passed over.

    Returns:
        dict name -> value, list of values, or dict index -> value.

    Raises:
        ValueError: the text is malformed, a name is unknown or set twice, or a value is not of its type.
    """
    results, place = {}, 0
    while place < len(values):
        found = _ASSIGNMENT.match(values, place)
        if not found:
            raise ValueError(f"Malformed hyperparameter value: {values[place:]}")
        place = found.end()
        name, index, text, texts = found.group("name", "index", "val", "vals")
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        parse = _boolean if type_map[name] is bool else type_map[name]
        if texts is not None and index is not None:
            raise ValueError(f"Assignment of a list to a list index, {name}[{index}], in {values}")
        if name in results and (index is None or not isinstance(results[name], dict) or int(index) in results[name]):
            raise ValueError(f"Multiple assignments to variable '{name}' in {values}")
        try:
            value = parse(text) if texts is None else [parse(one) for one in re.split("[ ,]", texts) if one]
        except ValueError:
            given = text if texts is None else texts
            kind = type_map[name].__name__
            raise ValueError(
                f"Could not parse hparam '{name}' of type '{kind}' with value '{given}' in {values}"
            ) from None
        if index is None:
            results[name] = value
        else:
            results.setdefault(name, {})[int(index)] = value
    return results


def _converted(name, wanted, value):
    """The value as the type of a hyperparameter; an int goes for a float, nothing else for another type."""
    if type(value) is wanted or wanted is type(None):
        return value
    kinds = (str, bytes) if issubclass(wanted, (str, bytes)) else None
    kinds = kinds or (numbers.Integral if issubclass(wanted, numbers.Integral) else None)
    kinds = kinds or (numbers.Number if issubclass(wanted, numbers.Number) else object)
    if not isinstance(value, kinds) or issubclass(wanted, bool) != isinstance(value, bool):
        raise ValueError(f"Could not cast hparam '{name}' of type '{wanted}' from value {value!r}")
    return wanted(value)


class HParams:
    """Hyperparameters as attributes; the first value of each settles its type.

    Args:
        model_structure: anything, kept.
        kwargs: name=value; lists hold values of one type.

    >>> HParams(lr=0.1, layers=[1, 2]).parse("layers=[3,4]")
    HParams([('layers', [3, 4]), ('lr', 0.1)])
    """

    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        if hparam_def is not None:
            raise ValueError("HParams are not read from protocol buffers here: give the values as keywords")
        self._hparam_types, self._model_structure = {}, model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name, value):
        """One more hyperparameter.

        Raises:
            ValueError: the name is taken, or the value is an empty list.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        is_list = isinstance(value, (list, tuple))
        if is_list and not value:
            raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
        self._hparam_types[name] = (type(value[0] if is_list else value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name, value):
        """Another value.

        Raises:
            KeyError: there is no such hyperparameter. ValueError: the value is not of its type.
        """
        wanted, is_list = self._hparam_types[name]
        if isinstance(value, list) != is_list:
            what = "Must pass a list for multi-valued" if is_list else "Must not pass a list for single-valued"
            raise ValueError(f"{what} parameter: {name}.")
        made = [_converted(name, wanted, one) for one in value] if is_list else _converted(name, wanted, value)
        setattr(self, name, made)

    def del_hparam(self, name):
        """Takes a hyperparameter away."""
        if self._hparam_types.pop(name, None):
            delattr(self, name)

    def parse(self, values):
        """Sets values from a text; see `parse_values`. Returns itself."""
        return self.override_from_dict(
            parse_values(values, {name: kind for name, (kind, _) in self._hparam_types.items()})
        )

    def override_from_dict(self, values_dict):
        """Sets values from a dict. Returns itself."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    set_from_map = override_from_dict

    def parse_json(self, values_json):
        """Sets values from JSON. Returns itself."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent=None, separators=None, sort_keys=False):
        """All values as JSON."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self):
        """A dict name -> value."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key, default=None):
        """A value, or the default where there is none; the default has to be of the value's type.

        Raises:
            ValueError: it is not.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            wanted, is_list = self._hparam_types[key]
            if isinstance(default, list) != is_list:
                raise ValueError(f"Hparam '{key}' of type '{wanted}' is incompatible with default={default}")
            for one in default if is_list else [default]:
                _converted(key, wanted, one)
        return getattr(self, key)

    def set_model_structure(self, model_structure):
        """Keeps something else as the model structure."""
        self._model_structure = model_structure

    def get_model_structure(self):
        """The model structure."""
        return self._model_structure

    def __contains__(self, key):
        return key in self._hparam_types

    def __str__(self):
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self):
        return f"{type(self).__name__}({sorted(self.values().items())})"
