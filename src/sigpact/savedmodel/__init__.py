"""Exports without TensorFlow: the signatures in `saved_model.pb`, the versions under a base path."""
