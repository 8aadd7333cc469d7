"""Text to tree: decoding, splitting, parsing with libcst, lowering to the IR, positions, suppressions.

Nothing here knows what a BatchNorm is.
"""
