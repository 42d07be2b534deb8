"""freeze_graph: a graph and a checkpoint become one file that holds both."""

from __future__ import annotations

import argparse
import os
import re

from graphflow._files import checkpoint, os_errors, replace
from graphflow._graph import graph as graph_lib
from graphflow._graph import graph_files, import_graph, protos
from graphflow._runtime import session
from graphflow._train.saving import graph_util, meta_graph, reader, saver
from graphflow._train.saving.models import loader


def freeze_graph(
    input_graph, input_saver, input_binary, input_checkpoint, output_node_names, restore_op_name, filename_tensor_name,
    output_graph, clear_devices, initializer_nodes, variable_names_whitelist="", variable_names_blacklist="",
    input_meta_graph=None, input_saved_model_dir=None, saved_model_tags="serve", checkpoint_version=2,
):  # fmt: skip
    """Writes a graph with the values of a checkpoint as constants.

    Args:
        input_graph: the file of a GraphDef, or empty.
        input_saver: the file of a SaverDef, or empty.
        input_binary: whether these files are binary.
        input_checkpoint: the name of the checkpoint.
        output_node_names: names of the nodes that are wanted, with commas between.
        restore_op_name, filename_tensor_name, checkpoint_version: without effect.
        output_graph: where the frozen GraphDef is written.
        clear_devices: leaves out the devices of nodes.
        initializer_nodes: names of operations to run before, with commas between.
        variable_names_whitelist, variable_names_blacklist: variables to convert, or not to, with commas between.
        input_meta_graph: the file of a MetaGraphDef in place of `input_graph`.
        input_saved_model_dir: a SavedModel in place of both graph and checkpoint.
        saved_model_tags: the tags of its meta graph, with commas between.

    Returns:
        the frozen GraphDef.
    """
    graph_def = saver_def = meta = None
    if input_saved_model_dir:
        meta = loader.SavedModelLoader(input_saved_model_dir).get_meta_graph_def_from_tags(saved_model_tags.split(","))
        graph_def = meta.graph_def
    elif input_graph:
        graph_def = _read(input_graph, "GraphDef", input_binary)
    if input_meta_graph:
        meta = meta_graph.read_meta_graph_file(input_meta_graph)
    if input_saver:
        saver_def = _read(input_saver, "SaverDef", input_binary)
    return freeze_graph_with_def_protos(
        graph_def, saver_def, input_checkpoint, output_node_names, restore_op_name, filename_tensor_name, output_graph,
        clear_devices, initializer_nodes, variable_names_whitelist, variable_names_blacklist,
        None if input_saved_model_dir else meta, input_saved_model_dir, saved_model_tags.split(","), checkpoint_version,
    )  # fmt: skip


def _read(path, kind, is_binary):
    if not os.path.exists(path):
        raise OSError(f"Input graph file '{path}' does not exist!")
    with os_errors.told(path), open(path, "rb") as file:
        data = file.read()
    if kind == "GraphDef":
        return graph_files.parse(data, kind, path)
    return protos.SaverDef.FromString(data) if is_binary else graph_files.parse_text(data, protos.SaverDef(), path)


def freeze_graph_with_def_protos(
    input_graph_def, input_saver_def, input_checkpoint, output_node_names, restore_op_name, filename_tensor_name,
    output_graph, clear_devices, initializer_nodes, variable_names_whitelist="", variable_names_blacklist="",
    input_meta_graph_def=None, input_saved_model_dir=None, saved_model_tags=None, checkpoint_version=2,
):  # fmt: skip
    """As `freeze_graph`, for messages in place of files."""
    if not input_saved_model_dir and not checkpoint.exists(checkpoint.prefix_of(input_checkpoint)):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    given = input_meta_graph_def.graph_def if input_meta_graph_def else input_graph_def
    if clear_devices:
        for node in given.node:
            node.device = ""
    with graph_lib.Graph().as_default(), session.Session() as sess:
        if input_saved_model_dir:
            loader.load(sess, saved_model_tags or [], input_saved_model_dir)
        elif input_meta_graph_def:
            saver.import_meta_graph(input_meta_graph_def, clear_devices=True).restore(sess, input_checkpoint)
        else:
            import_graph.import_graph_def(given, name="")
            _saver_for(sess.graph, input_saver_def, input_checkpoint).restore(sess, input_checkpoint)
        if initializer_nodes and not input_saved_model_dir:
            sess.run(_names(initializer_nodes))
        frozen = graph_util.convert_variables_to_constants(
            sess, given, _names(output_node_names), _names(variable_names_whitelist) or None,
            _names(variable_names_blacklist) or None,
        )  # fmt: skip
    if output_graph:
        with os_errors.told(output_graph):
            replace.write(output_graph, frozen.SerializeToString())
    return frozen


def _names(text):
    return text.replace(" ", "").split(",") if text else []


def _saver_for(graph, saver_def, path):
    """A Saver for the variables of a graph that a checkpoint holds."""
    if saver_def is not None:
        return saver.Saver(saver_def=saver_def)
    found = {}
    for name in reader.load_checkpoint(path).get_variable_to_shape_map():
        try:
            found[name] = graph.get_tensor_by_name(name + ":0")
        except KeyError:
            continue
        if found[name].op.type == "VarHandleOp":
            found[name] = graph.get_tensor_by_name(name + "/Read/ReadVariableOp:0")
    if not found and any(re.search(r"/part_\d+", op.name) for op in graph.get_operations()):
        raise ValueError(
            "Models containing partition variables cannot be converted from checkpoint files. Please pass in a SavedModel "
            "using the flag --input_saved_model_dir."
        )
    if not found:
        raise ValueError(
            "No variables were found in this model. It is likely the model was frozen previously. You cannot freeze a graph "
            "twice."
        )
    return saver.Saver(found)


def run_main(arguments=None):
    """The command `freeze_graph --input_graph=... --input_checkpoint=... --output_graph=... --output_node_names=...`."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in (
        "input_graph", "input_saver", "input_checkpoint", "output_graph", "output_node_names", "initializer_nodes",
        "variable_names_whitelist", "variable_names_blacklist", "input_meta_graph", "input_saved_model_dir",
    ):  # fmt: skip
        parser.add_argument("--" + name, default="")
    parser.add_argument("--restore_op_name", default="save/restore_all")
    parser.add_argument("--filename_tensor_name", default="save/Const:0")
    parser.add_argument("--saved_model_tags", default="serve")
    parser.add_argument("--checkpoint_version", type=int, default=2)
    for name, default in (("input_binary", "false"), ("clear_devices", "true")):
        parser.add_argument("--" + name, nargs="?", const="true", default=default)
    given = vars(parser.parse_args(arguments))
    for name in ("input_binary", "clear_devices"):
        given[name] = given[name].lower() in ("true", "1", "t", "yes")
    freeze_graph(**given)


main = run_main
