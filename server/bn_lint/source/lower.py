"""Lower Python's own syntax tree to the IR, once.

Dispatch is by node type through a table. `Lowering.nodes[number]` is the tree's node of IR node `number`;
positions are computed from it on demand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, cast

from bn_lint.source.ir import Body, Node

_OPERATOR: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.UAdd: "+", ast.USub: "-", ast.Invert: "~", ast.Not: "not", ast.And: "and", ast.Or: "or",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


class Lowering:
    """One fragment's lowering: `body` is the IR, `nodes` the syntax tree's node of each number."""

    def __init__(self, module: ast.Module) -> None:
        self.nodes: list[ast.AST] = []
        self._yields = False
        self._walrus: set[str] = set()
        self.body: Body = self._block(module.body)

    def _number(self, node: ast.AST) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    # ---- statements

    def _block(self, statements: Sequence[ast.stmt]) -> Body:
        return tuple([_STATEMENT.get(node.__class__, Lowering._newer)(self, node) for node in statements])

    def _newer(self, node: ast.stmt) -> Node:
        return ("expr", self._number(node), ("opaque", self._number(node)))

    def _expr(self, node: ast.Expr) -> Node:
        return ("expr", self._number(node), self._value(node.value))

    def _assign(self, node: ast.Assign) -> Node:
        number = self._number(node)
        targets = self._values(node.targets)
        return ("assign", number, targets, self._value(node.value))

    def _type_alias(self, node: Any) -> Node:  # ast.TypeAlias, since Python 3.12
        number = self._number(node)
        return ("assign", number, (self._value(node.name),), ("opaque", self._number(node.value)))

    def _ann_assign(self, node: ast.AnnAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("ann", number, target, self._value(node.annotation), self._optional(node.value))

    def _aug_assign(self, node: ast.AugAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("aug", number, _OPERATOR[node.op.__class__], target, self._value(node.value))

    def _return(self, node: ast.Return) -> Node:
        return ("return", self._number(node), self._optional(node.value))

    def _raise(self, node: ast.Raise) -> Node:
        return ("raise", self._number(node), self._optional(node.exc))

    def _assert(self, node: ast.Assert) -> Node:
        number = self._number(node)
        return ("assert", number, self._value(node.test), self._optional(node.msg))

    def _del(self, node: ast.Delete) -> Node:
        number = self._number(node)
        targets = self._values(node.targets)
        return ("del", number, targets[0][2] if len(targets) == 1 and targets[0][0] == "tuple" else targets)

    def _import(self, node: ast.Import) -> Node:
        return ("import", self._number(node), tuple([(alias.name, alias.asname) for alias in node.names]))

    def _import_from(self, node: ast.ImportFrom) -> Node:
        names: Any = tuple([(alias.name, alias.asname) for alias in node.names])
        return ("from", self._number(node), node.level, node.module or "", "*" if names[0][0] == "*" else names)

    def _global(self, node: ast.Global) -> Node:
        return ("global", self._number(node), tuple(node.names))

    def _nonlocal(self, node: ast.Nonlocal) -> Node:
        return ("nonlocal", self._number(node), tuple(node.names))

    def _pass(self, node: ast.Pass) -> Node:
        return ("pass", self._number(node))

    def _break(self, node: ast.Break) -> Node:
        return ("break", self._number(node))

    def _continue(self, node: ast.Continue) -> Node:
        return ("continue", self._number(node))

    def _if(self, node: ast.If) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        return ("if", number, test, self._block(node.body), self._block(node.orelse))

    def _for(self, node: ast.For | ast.AsyncFor) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        iterable = self._value(node.iter)
        return ("for", number, target, iterable, self._block(node.body), self._block(node.orelse))

    def _while(self, node: ast.While) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        return ("while", number, test, self._block(node.body), self._block(node.orelse))

    def _try(self, node: ast.Try) -> Node:  # and ast.TryStar, since Python 3.11
        number = self._number(node)
        body = self._block(node.body)
        handlers = tuple([(self._optional(h.type), h.name, self._block(h.body)) for h in node.handlers])
        return ("try", number, body, handlers, self._block(node.orelse), self._block(node.finalbody))

    def _with(self, node: ast.With | ast.AsyncWith) -> Node:
        number = self._number(node)
        items = tuple([(self._value(item.context_expr), self._optional(item.optional_vars)) for item in node.items])
        return ("with", number, items, self._block(node.body))

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Node:
        number = self._number(node)
        decorators = self._values(node.decorator_list)
        parameters = self._parameters(node.args)
        returns = self._optional(node.returns)
        outer = self._yields, self._walrus
        self._yields, self._walrus = False, set()
        body = self._block(node.body)
        yields, walrus = self._yields, tuple(sorted(self._walrus))
        self._yields, self._walrus = outer
        return ("def", number, node.name, parameters, body, decorators, returns, yields, walrus)

    def _class(self, node: ast.ClassDef) -> Node:
        number = self._number(node)
        decorators = self._values(node.decorator_list)
        bases, keywords = self._values(node.bases), self._keywords(node.keywords)
        return ("class", number, node.name, bases, keywords, self._block(node.body), decorators)

    def _match(self, node: ast.Match) -> Node:
        number = self._number(node)
        subject = self._value(node.subject)
        cases = tuple([(self._pattern(c.pattern), self._optional(c.guard), self._block(c.body)) for c in node.cases])
        return ("match", number, subject, cases)

    def _pattern(self, node: ast.pattern) -> Node:
        """Patterns: pvalue, pseq, por, pas (pattern or None, name or None), else popaque."""
        number = self._number(node)
        if isinstance(node, ast.MatchValue):
            return ("pvalue", number, self._value(node.value))
        if isinstance(node, ast.MatchSingleton):
            return ("pvalue", number, ("const", self._number(node), node.value))
        if isinstance(node, ast.MatchOr):
            return ("por", number, tuple([self._pattern(each) for each in node.patterns]))
        if isinstance(node, ast.MatchAs):
            return ("pas", number, None if node.pattern is None else self._pattern(node.pattern), node.name)
        if isinstance(node, ast.MatchSequence) and not any(isinstance(each, ast.MatchStar) for each in node.patterns):
            return ("pseq", number, tuple([self._pattern(each) for each in node.patterns]))
        return ("popaque", number)

    def _parameters(self, args: ast.arguments) -> tuple[Any, ...]:
        positional = [("posonly", arg) for arg in args.posonlyargs] + [("arg", arg) for arg in args.args]
        required: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        defaults = required + args.defaults
        out = [self._parameter(kind, arg, default) for (kind, arg), default in zip(positional, defaults, strict=True)]
        if args.vararg is not None:
            out.append(self._parameter("vararg", args.vararg))
        out += [self._parameter("kwonly", *each) for each in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg is not None:
            out.append(self._parameter("kwarg", args.kwarg))
        return tuple(out)

    def _parameter(self, kind: str, arg: ast.arg, default: ast.expr | None = None) -> tuple[Any, ...]:
        annotation = self._optional(arg.annotation)
        return kind, arg.arg, self._optional(default), annotation

    # ---- expressions

    def _value(self, node: ast.expr) -> Node:
        return _EXPRESSION.get(node.__class__, Lowering._opaque)(self, node)

    def _values(self, nodes: Sequence[ast.expr]) -> Body:
        return tuple([_EXPRESSION.get(node.__class__, Lowering._opaque)(self, node) for node in nodes])

    def _optional(self, node: ast.expr | None) -> Node | None:
        return None if node is None else self._value(node)

    def _opaque(self, node: ast.expr) -> Node:
        return ("opaque", self._number(node))

    def _name(self, node: ast.Name) -> Node:
        return ("name", self._number(node), node.id)

    def _constant(self, node: ast.Constant) -> Node:
        return ("const", self._number(node), node.value)

    def _formatted(self, node: ast.JoinedStr) -> Node:
        return ("fstr", self._number(node), self._format_parts(node))

    def _format_parts(self, node: ast.JoinedStr) -> tuple[Any, ...]:
        out: list[Any] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                conversion = None if part.conversion < 0 else chr(part.conversion)
                value, spec = self._value(part.value), cast("ast.JoinedStr | None", part.format_spec)
                out.append((value, conversion, () if spec is None else self._format_parts(spec)))
            else:
                out.append(cast(ast.Constant, part).value)
        return tuple(out)

    def _attribute(self, node: ast.Attribute) -> Node:
        number = self._number(node)
        return ("attr", number, self._value(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> Node:
        number = self._number(node)
        obj = self._value(node.value)
        return ("sub", number, obj, self._value(node.slice))

    def _slice(self, node: ast.Slice) -> Node:
        number = self._number(node)
        lower, upper = self._optional(node.lower), self._optional(node.upper)
        return ("slice", number, lower, upper, self._optional(node.step))

    def _call(self, node: ast.Call) -> Node:
        number = self._number(node)
        func = self._value(node.func)
        args = self._values(node.args)
        return ("call", number, func, args, self._keywords(node.keywords))

    def _keywords(self, keywords: Sequence[ast.keyword]) -> tuple[Any, ...]:
        return tuple([(keyword.arg, self._value(keyword.value)) for keyword in keywords])

    def _starred(self, node: ast.Starred) -> Node:
        number = self._number(node)
        return ("star", number, self._value(node.value))

    def _binary(self, node: ast.BinOp) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        return ("bin", number, _OPERATOR[node.op.__class__], left, self._value(node.right))

    def _unary(self, node: ast.UnaryOp) -> Node:
        number = self._number(node)
        operator = _OPERATOR[node.op.__class__]
        operand = self._value(node.operand)
        if operator == "-" and operand[0] == "const" and isinstance(operand[2], int | float):
            return ("const", number, -operand[2])
        return ("un", number, operator, operand)

    def _boolean(self, node: ast.BoolOp) -> Node:
        number = self._number(node)
        return ("bool", number, _OPERATOR[node.op.__class__], self._values(node.values))

    def _comparison(self, node: ast.Compare) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        operators = [_OPERATOR[operator.__class__] for operator in node.ops]
        return ("cmp", number, left, tuple(zip(operators, self._values(node.comparators), strict=True)))

    def _ifexp(self, node: ast.IfExp) -> Node:
        number = self._number(node)
        body, test = self._value(node.body), self._value(node.test)
        return ("ifexp", number, test, body, self._value(node.orelse))

    def _lambda(self, node: ast.Lambda) -> Node:
        number = self._number(node)
        parameters = self._parameters(node.args)
        outer = self._yields, self._walrus
        self._walrus = set()
        body = self._value(node.body)
        self._yields, self._walrus = outer
        return ("lambda", number, parameters, body)

    def _tuple(self, node: ast.Tuple) -> Node:
        return ("tuple", self._number(node), self._values(node.elts))

    def _list(self, node: ast.List) -> Node:
        return ("list", self._number(node), self._values(node.elts))

    def _set(self, node: ast.Set) -> Node:
        return ("set", self._number(node), self._values(node.elts))

    def _dict(self, node: ast.Dict) -> Node:
        number = self._number(node)
        items = zip(node.keys, node.values, strict=True)
        return ("dict", number, tuple([(self._optional(key), self._value(value)) for key, value in items]))

    def _comprehension(self, kind: str, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Node:
        number = self._number(node)
        element = self._value(node.elt)
        return ("comp", number, kind, element, None, self._generators(node.generators))

    def _list_comp(self, node: ast.ListComp) -> Node:
        return self._comprehension("list", node)

    def _set_comp(self, node: ast.SetComp) -> Node:
        return self._comprehension("set", node)

    def _generator(self, node: ast.GeneratorExp) -> Node:
        return self._comprehension("gen", node)

    def _dict_comp(self, node: ast.DictComp) -> Node:
        number = self._number(node)
        key, value = self._value(node.key), self._value(node.value)
        return ("comp", number, "dict", key, value, self._generators(node.generators))

    def _generators(self, generators: Sequence[ast.comprehension]) -> tuple[Any, ...]:
        return tuple(
            [(self._value(each.target), self._value(each.iter), self._values(each.ifs)) for each in generators]
        )

    def _named(self, node: ast.NamedExpr) -> Node:
        number = self._number(node)
        name = node.target.id
        self._walrus.add(name)
        return ("walrus", number, name, self._value(node.value))

    def _await(self, node: ast.Await) -> Node:
        number = self._number(node)
        return ("await", number, self._value(node.value))

    def _yield(self, node: ast.Yield) -> Node:
        self._yields = True
        return ("yield", self._number(node), self._optional(node.value))

    def _yield_from(self, node: ast.YieldFrom) -> Node:
        number = self._number(node)
        self._yields = True
        return ("yieldfrom", number, self._value(node.value))


_Handler = Callable[[Lowering, Any], Node]


def _table(handlers: dict[str, Any]) -> dict[type[ast.AST], _Handler]:
    """By node type; the running Python may be too old to have them all."""
    return {getattr(ast, name): handler for name, handler in handlers.items() if hasattr(ast, name)}


# The tables are the class's own dispatch, kept outside it so that each look-up is one dictionary read.
# pyright: reportPrivateUsage=false
_STATEMENT = _table({
    "Expr": Lowering._expr, "Assign": Lowering._assign, "AnnAssign": Lowering._ann_assign,
    "AugAssign": Lowering._aug_assign, "Return": Lowering._return, "Raise": Lowering._raise,
    "Assert": Lowering._assert, "Delete": Lowering._del, "Import": Lowering._import,
    "ImportFrom": Lowering._import_from, "Global": Lowering._global, "Nonlocal": Lowering._nonlocal,
    "Pass": Lowering._pass, "Break": Lowering._break, "Continue": Lowering._continue,
    "If": Lowering._if, "For": Lowering._for, "AsyncFor": Lowering._for, "While": Lowering._while,
    "Try": Lowering._try, "TryStar": Lowering._try, "With": Lowering._with, "AsyncWith": Lowering._with,
    "FunctionDef": Lowering._def, "AsyncFunctionDef": Lowering._def, "ClassDef": Lowering._class,
    "Match": Lowering._match, "TypeAlias": Lowering._type_alias,
})  # fmt: skip
_EXPRESSION = _table({
    "Name": Lowering._name, "Constant": Lowering._constant, "JoinedStr": Lowering._formatted,
    "Attribute": Lowering._attribute, "Subscript": Lowering._subscript, "Slice": Lowering._slice,
    "Call": Lowering._call, "BinOp": Lowering._binary, "UnaryOp": Lowering._unary,
    "BoolOp": Lowering._boolean, "Compare": Lowering._comparison, "IfExp": Lowering._ifexp,
    "Lambda": Lowering._lambda, "Tuple": Lowering._tuple, "List": Lowering._list, "Set": Lowering._set,
    "Dict": Lowering._dict, "ListComp": Lowering._list_comp, "SetComp": Lowering._set_comp,
    "GeneratorExp": Lowering._generator, "DictComp": Lowering._dict_comp, "NamedExpr": Lowering._named,
    "Await": Lowering._await, "Yield": Lowering._yield, "YieldFrom": Lowering._yield_from,
    "Starred": Lowering._starred,
})  # fmt: skip
