"""BN2xx: is the module in eval mode, all of it, where it is exported or compiled?"""
