"""Clusters, mixtures and factors of matrices."""

from graphflow._estimator.clustering import COSINE_DISTANCE as COSINE_DISTANCE
from graphflow._estimator.clustering import KMEANS_PLUS_PLUS_INIT as KMEANS_PLUS_PLUS_INIT
from graphflow._estimator.clustering import RANDOM_INIT as RANDOM_INIT
from graphflow._estimator.clustering import SQUARED_EUCLIDEAN_DISTANCE as SQUARED_EUCLIDEAN_DISTANCE
from graphflow._estimator.clustering import KMeans as KMeans
from graphflow._estimator.kmeans import KMeansClustering as KMeansClustering
from graphflow._estimator.learn.gmm import GMM as GMM
from graphflow._estimator.learn.wals import WALSMatrixFactorization as WALSMatrixFactorization
from graphflow._estimator.mixtures import GmmAlgorithm as GmmAlgorithm
from graphflow._estimator.mixtures import gmm as gmm
from graphflow._estimator.wals import WALSModel as WALSModel
