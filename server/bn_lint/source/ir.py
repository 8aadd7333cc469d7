"""The intermediate representation: what the evaluator and the rules read instead of a syntax tree.

A node is a tuple `(op, number, ...)`. `op` is one of the strings below; `number` counts the nodes of one
fragment from 0 in source order and is the key to its position (`positions.py`). Tuples of plain data are
quick to build, to walk and to store on disk.

Expressions
    const   value                       int, float, complex, str, bytes, bool, None, Ellipsis
    name    identifier
    attr    object, attribute
    sub     object, index               index: any expression; several elements are a `tuple`
    slice   lower, upper, step          each an expression or None
    call    function, args, keywords    args: expressions, `star` for *x
                                        keywords: (name or None for **x, value)
    bin     operator, left, right
    un      operator, operand           operator: + - ~ not
    bool    operator, operands          operator: and, or
    cmp     left, ((operator, right), ...)
    ifexp   test, body, orelse
    lambda  parameters, body
    tuple, list, set   elements
    dict    ((key or None for **x, value), ...)
    comp    kind, element, value, generators    kind: list, set, gen, dict
                                        generators: (target, iterable, conditions)
    fstr    parts                       parts: str, or (expression, conversion, format specification parts)
    star    operand
    walrus  identifier, value
    await, yield, yieldfrom   operand or None
    opaque                              anything newer than this list: its value is unknown

Statements
    expr    value
    assign  targets, value
    ann     target, annotation, value or None
    aug     operator, target, value
    if      test, body, orelse
    for     target, iterable, body, orelse
    while   test, body, orelse
    try     body, handlers, orelse, finalbody     handlers: (type or None, name or None, body)
    with    items, body                 items: (expression, target or None)
    def     name, parameters, body, decorators, returns, whether it yields, names that := binds in it
    class   name, bases, keywords, body, decorators
    return  value or None
    raise   exception or None
    assert  test, message or None
    del     targets
    import  ((dotted name, bound name or None), ...)
    from    level, module or "", ((name, bound name or None), ...) or "*"
    global, nonlocal   identifiers
    match   subject, ((pattern, guard or None, body), ...)
    pass, break, continue

Parameters are tuples `(kind, name, default or None, annotation or None)` with kind one of `posonly`, `arg`,
`vararg`, `kwonly`, `kwarg`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Node: TypeAlias = tuple[Any, ...]
Body: TypeAlias = tuple[Node, ...]

STATEMENTS = frozenset(
    "expr assign ann aug if for while try with def class return raise assert del import from global "
    "nonlocal match pass break continue".split()
)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node, in source order."""
    stack: list[Any] = list(reversed(node[2:]))
    while stack:
        item: Any = stack.pop()
        if item.__class__ is tuple:
            if is_node(item):
                yield item
            else:
                stack.extend(reversed(item))


def walk(body: Body | Node) -> Iterator[Node]:
    """Every node below, parents first, in source order."""
    stack: list[Any] = [body]
    pop, extend = stack.pop, stack.extend
    while stack:
        item: Any = pop()
        if item.__class__ is not tuple:
            continue
        if len(item) > 1 and item[0].__class__ is str and item[1].__class__ is int:
            yield item
            extend(item[:1:-1])
        else:
            extend(item[::-1])


def is_node(item: tuple[Any, ...]) -> bool:
    """Whether a tuple is a node rather than a plain tuple of nodes or parts."""
    return len(item) > 1 and item[0].__class__ is str and item[1].__class__ is int


def dotted_name(node: Node | None) -> str | None:
    """`a.b.c` for a name or attribute chain, else None."""
    parts: list[str] = []
    while node is not None and node[0] == "attr":
        parts.append(node[3])
        node = node[2]
    if node is None or node[0] != "name":
        return None
    parts.append(node[2])
    return ".".join(reversed(parts))
