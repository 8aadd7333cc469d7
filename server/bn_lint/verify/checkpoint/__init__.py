"""The BatchNorm layers of a checkpoint: what their statistics are, and what is wrong with them.

Nothing in a checkpoint is ever executed: safetensors is read here, byte by byte; what only torch can read is read by
the user's torch with `weights_only=True`.
"""
