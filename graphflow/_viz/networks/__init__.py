"""Pictures of layers as a lecture draws them."""
