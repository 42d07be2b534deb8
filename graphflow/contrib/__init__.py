"""`tf.contrib`, the part that scripts used; its modules are loaded when first asked for."""

import importlib as _importlib
import pkgutil as _pkgutil

_GPU = "it drives NVIDIA's TensorRT or CUDA kernels from TensorFlow's runtime; XLA compiles the same operations here, without it"
_ELSEWHERE = {  # a module of contrib that is not here -> what to take instead
    "autograph": "write loops over tensors as tf.while_loop, branches as tf.cond",
    "tensorrt": _GPU,
    "lite": "export a SavedModel and convert it with the tensorflow package's TFLiteConverter",
    "tpu": "tf.contrib.tpu.TPUEstimator runs on what JAX finds",
    "coder": "the tensorflow-compression package has range coding",
    "ffmpeg": "tf.audio.decode_wav reads WAV; other formats through tf.py_func and a package such as soundfile",
    "kafka": "feed records through tf.data.Dataset.from_generator and a client of Kafka",
    "bigtable": "feed records through tf.data.Dataset.from_generator and a client of Bigtable",
    "ignite": "feed records through tf.data.Dataset.from_generator and a client of Ignite",
    "specs": "tf.layers and tf.contrib.layers build the same networks",
    "gan": "it left TensorFlow before 1.15; build losses of tf.losses, and one optimizer for each network",
    "model_pruning": "multiply weights by a mask variable, and set its small entries to 0 between steps",
    "memory_stats": "graphflow.viz and jax's device memory profile tell what a step needs",
    "receptive_field": "graphflow.viz draws the receptive field of a layer",
    "constrained_optimization": "add multipliers as variables, and ascend in them with an optimizer of their own",
    "session_bundle": "tf.saved_model.simple_save and tf.saved_model.loader.load took its place",
    "copy_graph": "tf.contrib.graph_editor.copy copies operations to another graph",
    "text": "tf.py_func over a generator draws skip grams",
    "proto": "decode protos in Python, with tf.py_func",
    "rpc": "call services in Python, with tf.py_func",
    "labeled_tensor": "the xarray package labels axes; tensors here have none",
    "periodic_resample": "tf.depth_to_space and tf.reshape do the same for two dimensions",
    "mpi_collectives": "one process computes here; horovod does not apply",
    "nccl": "gradients of towers are added by tf.add_n on one process",
    "all_reduce": "gradients of towers are added by tf.add_n on one process",
}

_MODULES = frozenset(module.name for module in _pkgutil.iter_modules(__path__))


def __getattr__(name):
    if name in _MODULES:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"tf.contrib has no {name!r} here: {elsewhere(name)}")


def elsewhere(name):
    """What to take instead of a module of contrib that is not here, in words."""
    return _ELSEWHERE.get(
        name,
        f"there are {', '.join(sorted(_MODULES))}. What is left of contrib after TensorFlow 1 lives in TensorFlow Addons, tf-slim "
        "and TensorFlow Probability",
    )


def __dir__():
    return sorted({*globals(), *_MODULES})
