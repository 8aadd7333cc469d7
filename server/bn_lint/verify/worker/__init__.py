"""The process that runs the user's model.

It runs under the user's own interpreter, which needs no bn-lint: `python FOLDER_OF_THIS_FILE` starts it. So this
package imports the standard library, torch and what belongs to torch, and nothing else of bn-lint.
"""
