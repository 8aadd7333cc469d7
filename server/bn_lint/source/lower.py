"""Lower Python's own syntax tree to the IR, once.

`Lowering.nodes[number]` is the tree's node of IR node `number`; positions are computed from it on demand.
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
        return tuple([_VISIT.get(node.__class__, Lowering._newer)(self, node) for node in statements])

    def _newer(self, node: ast.stmt) -> Node:
        return ("expr", self._number(node), ("opaque", self._number(node)))

    def visit_Expr(self, node: ast.Expr) -> Node:
        return ("expr", self._number(node), self._value(node.value))

    def visit_Assign(self, node: ast.Assign) -> Node:
        number = self._number(node)
        targets = self._values(node.targets)
        return ("assign", number, targets, self._value(node.value))

    def visit_TypeAlias(self, node: Any) -> Node:  # ast.TypeAlias, since Python 3.12
        number = self._number(node)
        return ("assign", number, (self._value(node.name),), ("opaque", self._number(node.value)))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("ann", number, target, self._value(node.annotation), self._optional(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("aug", number, _OPERATOR[node.op.__class__], target, self._value(node.value))

    def visit_Return(self, node: ast.Return) -> Node:
        return ("return", self._number(node), self._optional(node.value))

    def visit_Raise(self, node: ast.Raise) -> Node:
        return ("raise", self._number(node), self._optional(node.exc))

    def visit_Assert(self, node: ast.Assert) -> Node:
        number = self._number(node)
        return ("assert", number, self._value(node.test), self._optional(node.msg))

    def visit_Delete(self, node: ast.Delete) -> Node:
        number = self._number(node)
        targets = self._values(node.targets)
        return ("del", number, targets[0][2] if len(targets) == 1 and targets[0][0] == "tuple" else targets)

    def visit_Import(self, node: ast.Import) -> Node:
        return ("import", self._number(node), tuple([(alias.name, alias.asname) for alias in node.names]))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Node:
        names: Any = tuple([(alias.name, alias.asname) for alias in node.names])
        return ("from", self._number(node), node.level, node.module or "", "*" if names[0][0] == "*" else names)

    def visit_Global(self, node: ast.Global) -> Node:
        return ("global", self._number(node), tuple(node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> Node:
        return ("nonlocal", self._number(node), tuple(node.names))

    def visit_Pass(self, node: ast.Pass) -> Node:
        return ("pass", self._number(node))

    def visit_Break(self, node: ast.Break) -> Node:
        return ("break", self._number(node))

    def visit_Continue(self, node: ast.Continue) -> Node:
        return ("continue", self._number(node))

    def visit_If(self, node: ast.If) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        return ("if", number, test, self._block(node.body), self._block(node.orelse))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        iterable = self._value(node.iter)
        return ("for", number, target, iterable, self._block(node.body), self._block(node.orelse))

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        return ("while", number, test, self._block(node.body), self._block(node.orelse))

    def visit_Try(self, node: ast.Try) -> Node:  # and ast.TryStar, since Python 3.11
        number = self._number(node)
        body = self._block(node.body)
        handlers = tuple([(self._optional(h.type), h.name, self._block(h.body)) for h in node.handlers])
        return ("try", number, body, handlers, self._block(node.orelse), self._block(node.finalbody))

    visit_TryStar = visit_Try

    def visit_With(self, node: ast.With | ast.AsyncWith) -> Node:
        number = self._number(node)
        items = tuple([(self._value(item.context_expr), self._optional(item.optional_vars)) for item in node.items])
        return ("with", number, items, self._block(node.body))

    visit_AsyncWith = visit_With

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Node:
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

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> Node:
        number = self._number(node)
        decorators = self._values(node.decorator_list)
        bases, keywords = self._values(node.bases), self._keywords(node.keywords)
        return ("class", number, node.name, bases, keywords, self._block(node.body), decorators)

    def visit_Match(self, node: ast.Match) -> Node:
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
        return _VISIT.get(node.__class__, Lowering._opaque)(self, node)

    def _values(self, nodes: Sequence[ast.expr]) -> Body:
        return tuple([_VISIT.get(node.__class__, Lowering._opaque)(self, node) for node in nodes])

    def _optional(self, node: ast.expr | None) -> Node | None:
        return None if node is None else self._value(node)

    def _opaque(self, node: ast.expr) -> Node:
        return ("opaque", self._number(node))

    def visit_Name(self, node: ast.Name) -> Node:
        return ("name", self._number(node), node.id)

    def visit_Constant(self, node: ast.Constant) -> Node:
        return ("const", self._number(node), node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Node:
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

    def visit_Attribute(self, node: ast.Attribute) -> Node:
        number = self._number(node)
        return ("attr", number, self._value(node.value), node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> Node:
        number = self._number(node)
        obj = self._value(node.value)
        return ("sub", number, obj, self._value(node.slice))

    def visit_Slice(self, node: ast.Slice) -> Node:
        number = self._number(node)
        lower, upper = self._optional(node.lower), self._optional(node.upper)
        return ("slice", number, lower, upper, self._optional(node.step))

    def visit_Call(self, node: ast.Call) -> Node:
        number = self._number(node)
        func = self._value(node.func)
        args = self._values(node.args)
        return ("call", number, func, args, self._keywords(node.keywords))

    def _keywords(self, keywords: Sequence[ast.keyword]) -> tuple[Any, ...]:
        return tuple([(keyword.arg, self._value(keyword.value)) for keyword in keywords])

    def visit_Starred(self, node: ast.Starred) -> Node:
        number = self._number(node)
        return ("star", number, self._value(node.value))

    def visit_BinOp(self, node: ast.BinOp) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        return ("bin", number, _OPERATOR[node.op.__class__], left, self._value(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Node:
        number = self._number(node)
        operator = _OPERATOR[node.op.__class__]
        operand = self._value(node.operand)
        if operator == "-" and operand[0] == "const" and isinstance(operand[2], int | float):
            return ("const", number, -operand[2])
        return ("un", number, operator, operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> Node:
        number = self._number(node)
        return ("bool", number, _OPERATOR[node.op.__class__], self._values(node.values))

    def visit_Compare(self, node: ast.Compare) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        operators = [_OPERATOR[operator.__class__] for operator in node.ops]
        return ("cmp", number, left, tuple(zip(operators, self._values(node.comparators), strict=True)))

    def visit_IfExp(self, node: ast.IfExp) -> Node:
        number = self._number(node)
        body, test = self._value(node.body), self._value(node.test)
        return ("ifexp", number, test, body, self._value(node.orelse))

    def visit_Lambda(self, node: ast.Lambda) -> Node:
        number = self._number(node)
        parameters = self._parameters(node.args)
        outer = self._yields, self._walrus
        self._walrus = set()
        body = self._value(node.body)
        self._yields, self._walrus = outer
        return ("lambda", number, parameters, body)

    def visit_Tuple(self, node: ast.Tuple) -> Node:
        return ("tuple", self._number(node), self._values(node.elts))

    def visit_List(self, node: ast.List) -> Node:
        return ("list", self._number(node), self._values(node.elts))

    def visit_Set(self, node: ast.Set) -> Node:
        return ("set", self._number(node), self._values(node.elts))

    def visit_Dict(self, node: ast.Dict) -> Node:
        number = self._number(node)
        items = zip(node.keys, node.values, strict=True)
        return ("dict", number, tuple([(self._optional(key), self._value(value)) for key, value in items]))

    def _comprehension(self, kind: str, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Node:
        number = self._number(node)
        element = self._value(node.elt)
        return ("comp", number, kind, element, None, self._generators(node.generators))

    def visit_ListComp(self, node: ast.ListComp) -> Node:
        return self._comprehension("list", node)

    def visit_SetComp(self, node: ast.SetComp) -> Node:
        return self._comprehension("set", node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Node:
        return self._comprehension("gen", node)

    def visit_DictComp(self, node: ast.DictComp) -> Node:
        number = self._number(node)
        key, value = self._value(node.key), self._value(node.value)
        return ("comp", number, "dict", key, value, self._generators(node.generators))

    def _generators(self, generators: Sequence[ast.comprehension]) -> tuple[Any, ...]:
        return tuple(
            [(self._value(each.target), self._value(each.iter), self._values(each.ifs)) for each in generators]
        )

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Node:
        number = self._number(node)
        name = node.target.id
        self._walrus.add(name)
        return ("walrus", number, name, self._value(node.value))

    def visit_Await(self, node: ast.Await) -> Node:
        number = self._number(node)
        return ("await", number, self._value(node.value))

    def visit_Yield(self, node: ast.Yield) -> Node:
        self._yields = True
        return ("yield", self._number(node), self._optional(node.value))

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Node:
        number = self._number(node)
        self._yields = True
        return ("yieldfrom", number, self._value(node.value))


# The running Python may be too old to have them all.
_VISIT: dict[type[ast.AST], Callable[[Lowering, Any], Node]] = {
    getattr(ast, name[6:]): method
    for name, method in vars(Lowering).items()
    if name.startswith("visit_") and hasattr(ast, name[6:])
}
