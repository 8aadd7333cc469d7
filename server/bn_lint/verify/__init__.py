"""The real compile: builds the user's model with TensorRT in a process of its own."""
