"""`python -m bn_lint` is the same as `bn-lint`."""

from bn_lint.cli.app import main

if __name__ == "__main__":
    main()
