"""The command line. Each command of `bn-lint` is one module here, imported when it is run."""
