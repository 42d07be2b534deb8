"""`tf.contrib.learn.preprocessing`: texts as rows of ids."""

from graphflow._contrib.vocabulary import TOKENIZER_RE as TOKENIZER_RE
from graphflow._contrib.vocabulary import ByteProcessor as ByteProcessor
from graphflow._contrib.vocabulary import CategoricalVocabulary as CategoricalVocabulary
from graphflow._contrib.vocabulary import VocabularyProcessor as VocabularyProcessor
from graphflow._contrib.vocabulary import tokenizer as tokenizer
