"""Convolutional networks for images, as slim builds them: names fit the checkpoints that were published for them."""
