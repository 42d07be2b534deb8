"""Ready-made models: heads turn logits into losses, metrics and predictions; estimators put networks under them."""
