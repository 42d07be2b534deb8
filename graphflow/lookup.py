"""Look-up tables."""

from graphflow._ops.lookup_tables import StaticHashTable as StaticHashTable
from graphflow._ops.table_initializers import KeyValueTensorInitializer as KeyValueTensorInitializer
from graphflow._ops.table_initializers import TextFileIndex as TextFileIndex
from graphflow._ops.table_initializers import TextFileInitializer as TextFileInitializer
from graphflow._ops.vocabulary_tables import StaticVocabularyTable as StaticVocabularyTable
