"""What PyTorch's layers and functions do to shapes, modes and structure. One module a kind."""
