"""TensorArray."""


class TensorArray:
    pass
