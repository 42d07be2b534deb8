"""Shapes `[batch, ...space..., channels]` and `[batch, channels, ...space...]`, written once for both data formats."""


def channel_axis(data_format):
    """1 or -1, the axis of the channels."""
    return 1 if data_format == "channels_first" else -1


def space_of(shape, data_format):
    """The sizes in space: a tuple."""
    return tuple(shape[2:] if data_format == "channels_first" else shape[1:-1])


def join(batch, space, channels, data_format):
    """The whole shape, from its parts, as a tuple."""
    space = tuple(space)
    return (batch, channels, *space) if data_format == "channels_first" else (batch, *space, channels)


def layout(rank, data_format):
    """TensorFlow's name of a data format in `rank` axes of space, as `NHWC`."""
    return "".join(join("N", "DHW"[3 - rank :], "C", data_format))


def with_space(shape, space, data_format, channels=None):
    """`shape` with other sizes in space and, unless None, another number of channels."""
    if channels is None:
        channels = shape[channel_axis(data_format)]
    return join(shape[0], space, channels, data_format)


def channels_of(shape, data_format):
    """The number of channels.

    Raises:
        ValueError: it is not known, so that no weight can be made for it.
    """
    channels = shape[channel_axis(data_format)]
    if channels is None:
        raise ValueError(
            f"The channel dimension of the inputs should be defined. Found `None` in {tuple(shape)}, "
            f"with data_format='{data_format}'."
        )
    return int(channels)
