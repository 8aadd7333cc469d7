"""BN3xx: are the running statistics present, loaded, finite, representable?"""
