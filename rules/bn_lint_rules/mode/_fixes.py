"""Put a model in eval mode before the call that takes it out of Python."""

from __future__ import annotations

from bn_lint.model.torch_.exports import model_argument
from bn_lint.rule import Edit, Fix
from bn_lint.source import ir
from bn_lint.source.tree import Node

# Statements before which, on the same line, another simple one may stand.
_SIMPLE = frozenset({"expr", "assign", "ann", "aug", "return", "assert", "raise", "del"})
_DEFINITIONS = frozenset({"def", "class"})
# Inside these an expression may run later, often or never: no statement before them is sure to do the same.
_OWN_TIME = frozenset({"lambda", "comp"})


def put_in_eval_mode(call: Node, name: str) -> Fix | None:
    """Call `model.eval()` before an export call with a qualified name, or chain it; None where neither is possible.

    Unsafe in a loop, which may go on to train.
    """
    found = call.ir
    model = model_argument(found, name)
    if found is None or model is None:
        return None
    node = call.piece.node(model[1])
    statements, looped = _around(call)
    statement = statements[-1]
    text = node.text
    uncalled = _uncalled_eval(call, statements, text)
    if uncalled is not None:
        _, end = uncalled.span
        return Fix(f"Call `{uncalled.text}()`", (Edit(end, end, "()"),), safe=not looped)
    if ir.dotted_name(model) is not None and _may_precede(call, statement):
        return _insert(call.piece.node(statement[1]), f"{text}.eval()", simple=statement[0] in _SIMPLE, safe=not looped)
    _, end = node.span
    if model[0] in ("name", "attr", "call", "sub"):
        return Fix("Put the model in eval mode: `.eval()`", (Edit(end, end, ".eval()"),), safe=not looped)
    return None


def _uncalled_eval(call: Node, statements: list[ir.Node], model: str) -> Node | None:
    """`model.eval` as a statement before the call, in the same function: what was meant to switch the mode."""
    function = next((s for s in reversed(statements) if s[0] == "def"), None)
    file = call.piece.file
    bodies = [(p, s) for p in file.pieces[: call.piece.index + 1] for s in p.fragment.body if s[0] not in _DEFINITIONS]
    for piece, body in reversed(bodies) if function is None else [(call.piece, function)]:
        for node in ir.walk(body):
            if node[0] != "expr" or node[2][0] != "attr" or node[2][3] != "eval":
                continue
            if (piece is not call.piece or node[1] < call.number) and piece.node(node[2][2][1]).text == model:
                return piece.node(node[2][1])
    return None


def _around(call: Node) -> tuple[list[ir.Node], bool]:
    """The statements around a call, outermost first, and whether it stands in a loop of its function."""
    statements: list[ir.Node] = []
    looped = False
    for candidate in ir.walk(call.piece.fragment.body):
        if candidate[1] > call.number:
            break
        if candidate[0] in ir.STATEMENTS and any(inner[1] == call.number for inner in ir.walk(candidate)):
            statements.append(candidate)
            if candidate[0] in ("for", "while"):
                looped = True
            elif candidate[0] in ("def", "class"):
                looped = False
    return statements, looped


def _may_precede(call: Node, statement: ir.Node) -> bool:
    """Whether what runs before a statement certainly runs right before the call in it."""
    if statement[0] in ("while", "class", "def") or any(
        inner[0] in _OWN_TIME and any(below[1] == call.number for below in ir.walk(inner))
        for inner in ir.walk(statement)
    ):
        return False
    # `elif` is an `if` of its own for the evaluator, not for who reads the text.
    return call.piece.node(statement[1]).text[:4] != "elif"


def _insert(statement: Node, line: str, *, simple: bool, safe: bool) -> Fix | None:
    start, _ = statement.span
    source = statement.piece.file.source
    line_start, _ = source.line_span(source.position(start).line)
    before = source.text[line_start:start]
    title = f"Call `{line}` before the export"
    if not before.strip():
        return Fix(title, (Edit(start, start, f"{line}{source.newline}{before}"),), safe=safe)
    return Fix(title, (Edit(start, start, f"{line}; "),), safe=safe) if simple else None
