"""Names of TensorFlow that cannot work here: each raises an error that says what to do instead."""

from __future__ import annotations

import inspect

from graphflow._core import errors


def refusal(name, arguments, instead):
    """A function `name` of these arguments, separated by spaces, that raises UnimplementedError with `instead`."""

    def refused(*args, **kwargs):
        raise errors.UnimplementedError(None, None, f"{name} does not work in graphflow: {instead}")

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    refused.__signature__ = inspect.Signature([inspect.Parameter(n, kind, default=None) for n in arguments.split()])
    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = f"Raises UnimplementedError: {instead}."
    return refused


_ONE_PROCESS = (
    "a program runs in one process here; for several machines use jax.distributed under JAX, or processes of their own that meet "
    "in checkpoints"
)
_KEEP = "keep the value in a tf.Variable of the session, or fetch it and feed it again"
_WHOLE = (
    "there are no kernels for 8-bit arithmetic; run the float graph, with tf.quantization.fake_quant_* for its rounding"
)
_NO_PROTOS = "the messages are not known to a graph; decode them in Python, with tf.py_func"

experimental_connect_to_cluster = refusal(
    "tf.config.experimental_connect_to_cluster", "cluster_spec_or_resolver job_name task_index protocol", _ONE_PROCESS
)
experimental_connect_to_host = refusal("tf.config.experimental_connect_to_host", "remote_host job_name", _ONE_PROCESS)
create_local_cluster = refusal(
    "tf.test.create_local_cluster", "num_workers num_ps protocol worker_config ps_config", _ONE_PROCESS
)
get_session_handle = refusal("tf.get_session_handle", "data name", _KEEP)
get_session_tensor = refusal("tf.get_session_tensor", "handle dtype name", _KEEP)
delete_session_tensor = refusal("tf.delete_session_tensor", "handle name", _KEEP)
quantized_avg_pool = refusal("tf.nn.quantized_avg_pool", "input min_input max_input ksize strides padding name", _WHOLE)
quantized_concat = refusal("tf.quantization.quantized_concat", "concat_dim values input_mins input_maxes name", _WHOLE)
quantized_conv2d = refusal(
    "tf.nn.quantized_conv2d",
    "input filter min_input max_input min_filter max_filter strides padding out_type dilations name",
    _WHOLE,
)
quantized_max_pool = refusal("tf.nn.quantized_max_pool", "input min_input max_input ksize strides padding name", _WHOLE)
quantized_relu_x = refusal(
    "tf.nn.quantized_relu_x", "features max_value min_features max_features out_type name", _WHOLE
)
do_quantize_training_on_graphdef = refusal("tf.train.do_quantize_training_on_graphdef", "input_graph num_bits", _WHOLE)
decode_proto = refusal(
    "tf.io.decode_proto",
    "bytes message_type field_names output_types descriptor_source message_format sanitize name",
    _NO_PROTOS,
)
encode_proto = refusal("tf.io.encode_proto", "sizes values field_names message_type descriptor_source name", _NO_PROTOS)
nondifferentiable_batch_function = refusal(
    "tf.nondifferentiable_batch_function",
    "num_batch_threads max_batch_size batch_timeout_micros allowed_batch_sizes max_enqueued_batches autograph",
    "batch the requests before they are fed: there is no server here",
)
enable_v2_tensorshape = refusal(
    "tf.enable_v2_tensorshape", "", "items of a TensorShape are Dimensions; say shape.as_list() or dimension.value"
)

_PROFILE = (
    "tf.profiler.profile and tf.RunMetadata tell what took how long; TensorFlow's profiler tool reads the timeline"
)

advise = refusal("tf.profiler.advise", "graph run_meta options", _PROFILE)
write_op_log = refusal("tf.profiler.write_op_log", "graph log_dir op_log run_meta add_trace", _PROFILE)
AdviceProto = refusal("tf.profiler.AdviceProto", "", _PROFILE)
MultiGraphNodeProto = refusal("tf.profiler.MultiGraphNodeProto", "", _PROFILE)
OpLogProto = refusal("tf.profiler.OpLogProto", "", _PROFILE)
