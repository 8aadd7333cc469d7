"""BN1xx: does each normalisation layer get the channels and rank it was built for?"""
