"""The abstract evaluator: what the code under check computes, without running it."""
