"""Text to tree: decoding, splitting, parsing, lowering to the IR, positions, suppressions.

Nothing here knows what a BatchNorm is.
"""
