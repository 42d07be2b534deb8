"""What estimators were before they moved into the core: `tf.contrib.learn`, over the estimators of today."""
