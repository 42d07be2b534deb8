"""The colours of every picture: one small set, light and dark, shared by the SVG and the page."""

from __future__ import annotations

from graphflow._viz.graph import overlay

# What a theme paints with apart from boxes: the ground, the text, the quieter text, edges, what is chosen.
GROUND = {
    "light": {
        "canvas": "#fafaf8",
        "paper": "#ffffff",
        "ink": "#1f2328",
        "quiet": "#59626e",
        "line": "#98a1ad",
        "chosen": "#2f5fd0",
        "rule": "#dfe2e6",
        "frame": "#f1f3f8",
        "frame-line": "#c3cbe0",
    },
    "dark": {
        "canvas": "#15171b",
        "paper": "#1d2026",
        "ink": "#e7e9ec",
        "quiet": "#a0a9b5",
        "line": "#69727f",
        "chosen": "#8fb0ff",
        "rule": "#343941",
        "frame": "#1b1f27",
        "frame-line": "#3c455c",
    },
}

# The kind of a box: (fill, border) in the light theme, then in the dark one.
KINDS = {
    "op": (("#ffffff", "#8b95a3"), ("#23272e", "#7a8492")),
    "input": (("#e4f4e9", "#2f855a"), ("#1b3527", "#5fbd90")),
    "variable": (("#fff3d6", "#b1761a"), ("#3a301a", "#d8aa52")),
    "constant": (("#f1f3f5", "#a3abb6"), ("#24272c", "#6d7682")),
    "gradient": (("#fbe7f1", "#b04a80"), ("#38202f", "#e08ab8")),
    "update": (("#f2eafb", "#8259bf"), ("#2e2640", "#b490e2")),
    "scope": (("#eef1f9", "#6a7db5"), ("#232938", "#8698d2")),
}

# A value between 0 and 1, as a mixture of the box's own fill with this colour.
HEAT = {"light": "#ec6a1f", "dark": "#d9641f"}

_VARIABLES = {"VariableV2", "Variable", "VarHandleOp", "TemporaryVariable"}
_INPUTS = {"Placeholder", "PlaceholderWithDefault", "_Arg", "IteratorGetNext", "Iterator", "IteratorV2"}


def kind_of(name, op):
    """The kind of an operation, a key of KINDS, from its name and type."""
    if op in _VARIABLES:
        return "variable"
    if op in _INPUTS:
        return "input"
    if op == "Const":
        return "constant"
    if is_gradient(name):
        return "gradient"
    if op.startswith(("Assign", "Apply", "ResourceApply", "SparseApply", "ResourceSparseApply", "Scatter")):
        return "update"
    return "op"


def is_gradient(name):
    """Whether an operation or scope of that name belongs to the backward half of a graph."""
    return "gradients" in name.partition("/")[0] or "/gradients/" in name


def css(theme):
    """A theme's colours as CSS custom properties: --ink, --op-fill, --op-line, --tone-bad-fill ..."""
    side = int(theme == "dark")
    islands = {f"island{i}": colours for i, colours in enumerate(overlay.ISLANDS)}
    values = {**GROUND[theme], "heat": HEAT[theme]}
    for prefix, table in (("", KINDS), ("tone-", overlay.TONES), ("tone-", islands)):
        for name, colours in table.items():
            values[f"{prefix}{name}-fill"], values[f"{prefix}{name}-line"] = colours[side]
    return "".join(f"--{name}:{value};" for name, value in values.items())
