"""Clusters."""

from graphflow._estimator.clustering import COSINE_DISTANCE as COSINE_DISTANCE
from graphflow._estimator.clustering import KMEANS_PLUS_PLUS_INIT as KMEANS_PLUS_PLUS_INIT
from graphflow._estimator.clustering import RANDOM_INIT as RANDOM_INIT
from graphflow._estimator.clustering import SQUARED_EUCLIDEAN_DISTANCE as SQUARED_EUCLIDEAN_DISTANCE
from graphflow._estimator.clustering import KMeans as KMeans
from graphflow._estimator.kmeans import KMeansClustering as KMeansClustering
