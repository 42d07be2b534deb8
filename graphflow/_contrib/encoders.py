"""Sequences of ids as vectors."""

from __future__ import annotations

from graphflow._contrib import model_variables
from graphflow._graph import build, sparse_tensor
from graphflow._ops import array, embedding, embedding_sparse, gather, reduce, sets, sparse, variable_scope


def bow_encoder(
    ids, vocab_size, embed_dim, sparse_lookup=True, initializer=None, regularizer=None, trainable=True, scope=None, reuse=None
):  # fmt: skip
    """The mean of the embeddings of each row of ids, `[batch, embed_dim]`."""
    if not vocab_size or not embed_dim:
        raise ValueError(f"Must specify vocab size and embedding dimension, got {vocab_size} and {embed_dim}")
    is_sparse = isinstance(ids, sparse_tensor.SparseTensor)
    with variable_scope.variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        table = model_variables.model_variable(
            "embeddings", [vocab_size, embed_dim], initializer=initializer, regularizer=regularizer, trainable=trainable
        )
        if not sparse_lookup:
            if is_sparse:
                raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
            return reduce.reduce_mean(embedding.embedding_lookup(table, ids), axis=1)
        rows = ids if is_sparse else sparse.from_dense(ids)
        return embedding_sparse.safe_embedding_lookup_sparse([table], rows, combiner="mean", default_id=0)


def embed_sequence(
    ids, vocab_size=None, embed_dim=None, unique=False, initializer=None, regularizer=None, trainable=True, scope=None,
    reuse=None,
):  # fmt: skip
    """The embeddings of ids `[batch, steps]`: `[batch, steps, embed_dim]`.

    Args:
        unique: looks each id up only once.

    Raises:
        ValueError: the sizes are missing, and the table is not shared.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. "
            f"Got vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope.variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = None if vocab_size is None or embed_dim is None else [vocab_size, embed_dim]
        table = model_variables.model_variable(
            "embeddings", shape, initializer=initializer, regularizer=regularizer, trainable=trainable
        )
        return (embedding_lookup_unique if unique else embedding.embedding_lookup)(table, ids)


def embedding_lookup_unique(params, ids, partition_strategy="mod", name=None):
    """`embedding_lookup` that looks each id up only once."""
    with build.name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = build.convert_to_tensor(ids)
        sizes = array.shape(ids)
        flat = array.reshape(ids, reduce.reduce_prod(sizes, keepdims=True))
        unique, places = sets.unique(flat)
        table = embedding.embedding_lookup(params, unique, partition_strategy)
        rows = gather.gather(table, places)
        outputs = array.reshape(rows, array.concat([sizes, array.shape(table)[1:]], 0))
        if ids._dims is not None and table._dims is not None:
            outputs.set_shape([*ids._dims, *table._dims[1:]])
        return outputs
