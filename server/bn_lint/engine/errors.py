"""Errors that the user can mend."""


class UserError(Exception):
    """One line that names the file, the place and the remedy. Ends the command with exit status 2."""
