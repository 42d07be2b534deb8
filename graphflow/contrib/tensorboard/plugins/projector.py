"""`tf.contrib.tensorboard.plugins.projector`: the embedding projector of TensorBoard."""

from graphflow._contrib.projector import visualize_embeddings as visualize_embeddings
from graphflow._graph import protos as _protos

EmbeddingInfo = _protos.EmbeddingInfo
ProjectorConfig = _protos.ProjectorConfig
SpriteMetadata = _protos.SpriteMetadata
