"""Sizes of convolutions, and arguments of theirs that come in several forms."""

import numpy as np

# What a padding adds to or takes from a length, in sizes of the (dilated) filter.
_OUTPUT_CHANGE = {"same": 0, "causal": 0, "valid": -1, "full": 1}


def normalize_tuple(value, n, name):
    """A tuple of `n` ints from one int or a sequence of `n`.

    Raises:
        ValueError: it is neither; `name` is what the message calls it.
    """
    if isinstance(value, int):
        return (value,) * n
    wrong = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    try:
        values = tuple(value)
    except TypeError:
        raise ValueError(wrong) from None
    if len(values) != n:
        raise ValueError(wrong)
    for single in values:
        try:
            int(single)
        except (TypeError, ValueError):
            raise ValueError(f"{wrong} including element {single} of type {type(single)}") from None
    return values


def normalize_padding(value):
    """`valid`, `same` or `causal` in small letters.

    Raises:
        ValueError: another word.
    """
    padding = value.lower()
    if padding not in {"valid", "same", "causal"}:
        raise ValueError(
            f'The `padding` argument must be one of "valid", "same" (or "causal" for Conv1D). Received: {padding}'
        )
    return padding


def convert_kernel(kernel):
    """A copy of a convolution kernel with its spatial axes reversed: from convolution to correlation and back.

    Args:
        kernel: array `[..., input channels, filters]` of rank 3 to 5.

    Raises:
        ValueError: another rank.
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError("Invalid kernel shape:", kernel.shape)
    return np.flip(kernel, range(kernel.ndim - 2)).copy()


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """The length a convolution leaves of `input_length`; None stays None."""
    if input_length is None:
        return None
    _check_padding(padding, {"same", "valid", "full", "causal"})
    reach = _dilated(filter_size, dilation) - 1
    return (input_length + _OUTPUT_CHANGE[padding] * reach + stride - 1) // stride


def conv_input_length(output_length, filter_size, padding, stride):
    """The length a convolution makes `output_length` of; None stays None."""
    if output_length is None:
        return None
    return (output_length - 1) * stride - 2 * _pad(padding, filter_size) + filter_size


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding, dilation=1):
    """The length a transposed convolution makes of `dim_size`; None stays None.

    Args:
        output_padding: int, what is added at the end; None for the natural length.
    """
    _check_padding(padding, {"same", "valid", "full"})
    if dim_size is None:
        return None
    size = _dilated(kernel_size, dilation)
    if output_padding is not None:
        return (dim_size - 1) * stride_size + size - 2 * _pad(padding, size) + output_padding
    if padding == "same":
        return dim_size * stride_size
    return dim_size * stride_size + {"valid": max(size - stride_size, 0), "full": 2 - stride_size - size}[padding]


def _dilated(size, dilation):
    return size + (size - 1) * (dilation - 1)


def _pad(padding, size):
    _check_padding(padding, {"same", "valid", "full"})
    return {"same": size // 2, "valid": 0, "full": size - 1}[padding]


def _check_padding(padding, allowed):
    assert padding in allowed, f"padding {padding!r} is none of {sorted(allowed)}"
