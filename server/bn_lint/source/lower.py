"""Lower a libcst tree to the IR, once, touching only the fields that mean something.

Dispatch is by node type through a table: visitors and metadata providers cost ten times the parse.
`Lowering.nodes[number]` is the libcst node of IR node `number`; positions are computed from it on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import libcst as cst

from bn_lint.source.ir import Body, Node
from bn_lint.source.python import literal

_BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//",
    cst.Modulo: "%", cst.Power: "**", cst.MatrixMultiply: "@", cst.LeftShift: "<<", cst.RightShift: ">>",
    cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^",
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//", cst.ModuloAssign: "%", cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@", cst.LeftShiftAssign: "<<", cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^",
}  # fmt: skip
_UNARY: dict[type[cst.CSTNode], str] = {
    cst.Plus: "+", cst.Minus: "-", cst.BitInvert: "~", cst.Not: "not",
}  # fmt: skip
_COMPARE: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==", cst.NotEqual: "!=", cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=", cst.In: "in", cst.NotIn: "not in", cst.Is: "is", cst.IsNot: "is not",
}  # fmt: skip
_SINGLETON: dict[str, Any] = {"None": None, "True": True, "False": False}


class Lowering:
    """One fragment's lowering: `body` is the IR, `nodes` the libcst node of each number."""

    def __init__(self, module: cst.Module) -> None:
        self.nodes: list[cst.CSTNode] = []
        self._yields = False
        self._walrus: set[str] = set()
        self.body: Body = self._statements(module.body)

    def _number(self, node: cst.CSTNode) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    # ---- statements

    def _statements(self, lines: Sequence[cst.CSTNode]) -> Body:
        out: list[Node] = []
        for line in lines:
            if line.__class__ is cst.SimpleStatementLine:
                for small in cast(cst.SimpleStatementLine, line).body:
                    out.append(_SMALL[small.__class__](self, small))
            else:
                out.append(_COMPOUND[line.__class__](self, line))
        return tuple(out)

    def _block(self, suite: cst.BaseSuite) -> Body:
        if isinstance(suite, cst.SimpleStatementSuite):
            return tuple(_SMALL[small.__class__](self, small) for small in suite.body)
        return self._statements(cast(cst.IndentedBlock, suite).body)

    def _expr(self, node: cst.Expr) -> Node:
        return ("expr", self._number(node), self._value(node.value))

    def _assign(self, node: cst.Assign) -> Node:
        number = self._number(node)
        targets = tuple(self._value(target.target) for target in node.targets)
        return ("assign", number, targets, self._value(node.value))

    def _ann_assign(self, node: cst.AnnAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("ann", number, target, self._value(node.annotation.annotation), self._optional(node.value))

    def _aug_assign(self, node: cst.AugAssign) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("aug", number, _BINARY[node.operator.__class__], target, self._value(node.value))

    def _return(self, node: cst.Return) -> Node:
        return ("return", self._number(node), self._optional(node.value))

    def _raise(self, node: cst.Raise) -> Node:
        return ("raise", self._number(node), self._optional(node.exc))

    def _assert(self, node: cst.Assert) -> Node:
        number = self._number(node)
        return ("assert", number, self._value(node.test), self._optional(node.msg))

    def _del(self, node: cst.Del) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        return ("del", number, target[2] if target[0] == "tuple" else (target,))

    def _import(self, node: cst.Import) -> Node:
        return ("import", self._number(node), tuple(_alias(alias) for alias in node.names))

    def _import_from(self, node: cst.ImportFrom) -> Node:
        module = "" if node.module is None else _dotted(node.module)
        names: Any = "*" if isinstance(node.names, cst.ImportStar) else tuple(_alias(a) for a in node.names)
        return ("from", self._number(node), len(node.relative), module, names)

    def _global(self, node: cst.Global) -> Node:
        return ("global", self._number(node), tuple(item.name.value for item in node.names))

    def _nonlocal(self, node: cst.Nonlocal) -> Node:
        return ("nonlocal", self._number(node), tuple(item.name.value for item in node.names))

    def _pass(self, node: cst.Pass) -> Node:
        return ("pass", self._number(node))

    def _break(self, node: cst.Break) -> Node:
        return ("break", self._number(node))

    def _continue(self, node: cst.Continue) -> Node:
        return ("continue", self._number(node))

    def _if(self, node: cst.If) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        body = self._block(node.body)
        orelse: Body = ()
        if isinstance(node.orelse, cst.If):
            orelse = (self._if(node.orelse),)
        elif node.orelse is not None:
            orelse = self._block(node.orelse.body)
        return ("if", number, test, body, orelse)

    def _orelse(self, node: cst.Else | None) -> Body:
        return () if node is None else self._block(node.body)

    def _for(self, node: cst.For) -> Node:
        number = self._number(node)
        target = self._value(node.target)
        iterable = self._value(node.iter)
        return ("for", number, target, iterable, self._block(node.body), self._orelse(node.orelse))

    def _while(self, node: cst.While) -> Node:
        number = self._number(node)
        test = self._value(node.test)
        return ("while", number, test, self._block(node.body), self._orelse(node.orelse))

    def _try(self, node: cst.Try | cst.TryStar) -> Node:
        number = self._number(node)
        body = self._block(node.body)
        handlers: list[tuple[Node | None, str | None, Body]] = []
        for handler in node.handlers:
            name = None if handler.name is None else _text(handler.name.name)
            handlers.append((self._optional(handler.type), name, self._block(handler.body)))
        orelse = self._orelse(node.orelse)
        final = () if node.finalbody is None else self._block(node.finalbody.body)
        return ("try", number, body, tuple(handlers), orelse, final)

    def _with(self, node: cst.With) -> Node:
        number = self._number(node)
        items = tuple(
            (self._value(item.item), None if item.asname is None else self._value(item.asname.name))
            for item in node.items
        )
        return ("with", number, items, self._block(node.body))

    def _def(self, node: cst.FunctionDef) -> Node:
        number = self._number(node)
        decorators = tuple(self._value(d.decorator) for d in node.decorators)
        parameters = self._parameters(node.params)
        returns = None if node.returns is None else self._value(node.returns.annotation)
        outer = self._yields, self._walrus
        self._yields, self._walrus = False, set()
        body = self._block(node.body)
        yields, walrus = self._yields, tuple(sorted(self._walrus))
        self._yields, self._walrus = outer
        return ("def", number, node.name.value, parameters, body, decorators, returns, yields, walrus)

    def _class(self, node: cst.ClassDef) -> Node:
        number = self._number(node)
        decorators = tuple(self._value(d.decorator) for d in node.decorators)
        bases, _ = self._arguments(node.bases)
        _, keywords = self._arguments(node.keywords)
        return ("class", number, node.name.value, bases, keywords, self._block(node.body), decorators)

    def _match(self, node: cst.Match) -> Node:
        number = self._number(node)
        subject = self._value(node.subject)
        cases = tuple(
            (self._pattern(case.pattern), self._optional(case.guard), self._block(case.body)) for case in node.cases
        )
        return ("match", number, subject, cases)

    def _pattern(self, node: cst.CSTNode) -> Node:
        """Patterns: pvalue, pseq, por, pas (pattern or None, name or None), else popaque."""
        number = self._number(node)
        if isinstance(node, cst.MatchValue | cst.MatchSingleton):
            return ("pvalue", number, self._value(node.value))
        if isinstance(node, cst.MatchOr):
            return ("por", number, tuple(self._pattern(element.pattern) for element in node.patterns))
        if isinstance(node, cst.MatchAs):
            inner = None if node.pattern is None else self._pattern(node.pattern)
            return ("pas", number, inner, None if node.name is None else node.name.value)
        if isinstance(node, cst.MatchList | cst.MatchTuple) and not any(
            isinstance(element, cst.MatchStar) for element in node.patterns
        ):
            elements = cast("Sequence[cst.MatchSequenceElement]", node.patterns)
            return ("pseq", number, tuple(self._pattern(element.value) for element in elements))
        return ("popaque", number)

    def _parameters(self, params: cst.Parameters) -> tuple[Any, ...]:
        out: list[Any] = [self._parameter("posonly", p) for p in params.posonly_params]
        out += [self._parameter("arg", p) for p in params.params]
        if isinstance(params.star_arg, cst.Param):
            out.append(self._parameter("vararg", params.star_arg))
        out += [self._parameter("kwonly", p) for p in params.kwonly_params]
        if params.star_kwarg is not None:
            out.append(self._parameter("kwarg", params.star_kwarg))
        return tuple(out)

    def _parameter(self, kind: str, param: cst.Param) -> tuple[str, str, Node | None, Node | None]:
        annotation = None if param.annotation is None else self._value(param.annotation.annotation)
        return kind, param.name.value, self._optional(param.default), annotation

    # ---- expressions

    def _value(self, node: cst.CSTNode) -> Node:
        return _EXPRESSION.get(node.__class__, Lowering._opaque)(self, node)

    def _optional(self, node: cst.CSTNode | None) -> Node | None:
        return None if node is None else self._value(node)

    def _opaque(self, node: cst.CSTNode) -> Node:
        return ("opaque", self._number(node))

    def _name(self, node: cst.Name) -> Node:
        value = node.value
        if value in _SINGLETON:
            return ("const", self._number(node), _SINGLETON[value])
        return ("name", self._number(node), value)

    def _number_literal(self, node: cst.Integer | cst.Float | cst.Imaginary) -> Node:
        # literal_eval, because 0x_ff, 1_000 and 1e3 are Python's to read, not ours.
        text = node.value
        try:
            value = int(text) if text.isdigit() and (text[0] != "0" or text == "0") else literal(text)
        except (ValueError, SyntaxError):  # more digits than Python reads
            return ("name", self._number(node), text)
        return ("const", self._number(node), value)

    def _ellipsis(self, node: cst.Ellipsis) -> Node:
        return ("const", self._number(node), ...)

    def _string(self, node: cst.SimpleString) -> Node:
        return ("const", self._number(node), _literal(node.value))

    def _concatenated(self, node: cst.ConcatenatedString) -> Node:
        number = self._number(node)
        left, right = self._value(node.left), self._value(node.right)
        if left[0] == right[0] == "const" and type(left[2]) is type(right[2]):
            return ("const", number, left[2] + right[2])
        return ("fstr", number, (*_parts(left), *_parts(right)))

    def _formatted(self, node: cst.FormattedString) -> Node:
        number = self._number(node)
        return ("fstr", number, self._format_parts(node.parts, "r" in node.start.lower()))

    def _format_parts(self, parts: Iterable[cst.CSTNode], raw: bool) -> tuple[Any, ...]:
        out: list[Any] = []
        for part in parts:
            if isinstance(part, cst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                out.append(text if raw or "\\" not in text else _literal(f'"""{text}"""'))
            else:
                part = cast(cst.FormattedStringExpression, part)
                spec = () if part.format_spec is None else self._format_parts(part.format_spec, raw)
                out.append((self._value(part.expression), part.conversion, spec))
        return tuple(out)

    def _attribute(self, node: cst.Attribute) -> Node:
        number = self._number(node)
        return ("attr", number, self._value(node.value), node.attr.value)

    def _subscript(self, node: cst.Subscript) -> Node:
        number = self._number(node)
        obj = self._value(node.value)
        indices = tuple(self._index(element.slice) for element in node.slice)
        single = len(indices) == 1 and not isinstance(node.slice[0].comma, cst.Comma)
        # A written tuple has no node of its own here: it takes the number of the subscript.
        return ("sub", number, obj, indices[0] if single else ("tuple", number, indices))

    def _index(self, node: cst.BaseSlice) -> Node:
        if isinstance(node, cst.Index):
            if node.star is not None:
                return ("star", self._number(node), self._value(node.value))
            return self._value(node.value)
        node = cast(cst.Slice, node)
        number = self._number(node)
        lower, upper = self._optional(node.lower), self._optional(node.upper)
        return ("slice", number, lower, upper, self._optional(node.step))

    def _call(self, node: cst.Call) -> Node:
        number = self._number(node)
        func = self._value(node.func)
        args, keywords = self._arguments(node.args)
        return ("call", number, func, args, keywords)

    def _arguments(self, arguments: Sequence[cst.Arg]) -> tuple[tuple[Node, ...], tuple[Any, ...]]:
        args: list[Node] = []
        keywords: list[tuple[str | None, Node]] = []
        for arg in arguments:
            value = self._value(arg.value)
            if arg.keyword is not None:
                keywords.append((arg.keyword.value, value))
            elif arg.star == "**":
                keywords.append((None, value))
            elif arg.star == "*":
                args.append(("star", self._number(arg), value))
            else:
                args.append(value)
        return tuple(args), tuple(keywords)

    def _binary(self, node: cst.BinaryOperation) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        return ("bin", number, _BINARY[node.operator.__class__], left, self._value(node.right))

    def _unary(self, node: cst.UnaryOperation) -> Node:
        number = self._number(node)
        operator = _UNARY[node.operator.__class__]
        operand = self._value(node.expression)
        if operator == "-" and operand[0] == "const" and isinstance(operand[2], int | float):
            return ("const", number, -operand[2])
        return ("un", number, operator, operand)

    def _boolean(self, node: cst.BooleanOperation) -> Node:
        number = self._number(node)
        operator = "and" if isinstance(node.operator, cst.And) else "or"
        left, right = self._value(node.left), self._value(node.right)
        # `a or b or c` nests to the left; one flat node keeps evaluation shallow.
        if left[0] == "bool" and left[2] == operator and not node.left.lpar:
            return ("bool", number, operator, (*left[3], right))
        return ("bool", number, operator, (left, right))

    def _comparison(self, node: cst.Comparison) -> Node:
        number = self._number(node)
        left = self._value(node.left)
        rest = tuple((_COMPARE[t.operator.__class__], self._value(t.comparator)) for t in node.comparisons)
        return ("cmp", number, left, rest)

    def _ifexp(self, node: cst.IfExp) -> Node:
        number = self._number(node)
        body, test = self._value(node.body), self._value(node.test)
        return ("ifexp", number, test, body, self._value(node.orelse))

    def _lambda(self, node: cst.Lambda) -> Node:
        number = self._number(node)
        parameters = self._parameters(node.params)
        outer = self._yields, self._walrus
        self._walrus = set()
        body = self._value(node.body)
        self._yields, self._walrus = outer
        return ("lambda", number, parameters, body)

    def _elements(self, kind: str, node: cst.Tuple | cst.List | cst.Set) -> Node:
        number = self._number(node)
        return (kind, number, tuple(self._element(element) for element in node.elements))

    def _element(self, element: cst.BaseElement) -> Node:
        if isinstance(element, cst.StarredElement):
            return ("star", self._number(element), self._value(element.value))
        return self._value(element.value)

    def _tuple(self, node: cst.Tuple) -> Node:
        return self._elements("tuple", node)

    def _list(self, node: cst.List) -> Node:
        return self._elements("list", node)

    def _set(self, node: cst.Set) -> Node:
        return self._elements("set", node)

    def _dict(self, node: cst.Dict) -> Node:
        number = self._number(node)
        items: list[tuple[Node | None, Node]] = []
        for element in node.elements:
            key = self._value(element.key) if isinstance(element, cst.DictElement) else None
            items.append((key, self._value(element.value)))
        return ("dict", number, tuple(items))

    def _comprehension(self, kind: str, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Node:
        number = self._number(node)
        element = self._value(node.elt)
        return ("comp", number, kind, element, None, self._generators(node.for_in))

    def _list_comp(self, node: cst.ListComp) -> Node:
        return self._comprehension("list", node)

    def _set_comp(self, node: cst.SetComp) -> Node:
        return self._comprehension("set", node)

    def _generator(self, node: cst.GeneratorExp) -> Node:
        return self._comprehension("gen", node)

    def _dict_comp(self, node: cst.DictComp) -> Node:
        number = self._number(node)
        key, value = self._value(node.key), self._value(node.value)
        return ("comp", number, "dict", key, value, self._generators(node.for_in))

    def _generators(self, node: cst.CompFor | None) -> tuple[Any, ...]:
        out: list[Any] = []
        while node is not None:
            target, iterable = self._value(node.target), self._value(node.iter)
            out.append((target, iterable, tuple(self._value(condition.test) for condition in node.ifs)))
            node = node.inner_for_in
        return tuple(out)

    def _named(self, node: cst.NamedExpr) -> Node:
        number = self._number(node)
        name = _text(node.target)
        self._walrus.add(name)
        return ("walrus", number, name, self._value(node.value))

    def _await(self, node: cst.Await) -> Node:
        number = self._number(node)
        return ("await", number, self._value(node.expression))

    def _yield(self, node: cst.Yield) -> Node:
        number = self._number(node)
        self._yields = True
        if isinstance(node.value, cst.From):
            return ("yieldfrom", number, self._value(node.value.item))
        return ("yield", number, self._optional(node.value))


def _alias(alias: cst.ImportAlias) -> tuple[str, str | None]:
    return _dotted(alias.name), None if alias.asname is None else _text(alias.asname.name)


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return _text(node)


def _text(node: cst.CSTNode) -> str:
    return cast(cst.Name, node).value


def _literal(text: str) -> Any:
    try:
        return literal(text)
    except (ValueError, SyntaxError):
        return text


def _parts(node: Node) -> tuple[Any, ...]:
    return node[2] if node[0] == "fstr" else (node[2],)


_Handler = Callable[[Lowering, Any], Node]


def _table(handlers: dict[type[cst.CSTNode], Any]) -> dict[type[cst.CSTNode], _Handler]:
    return handlers


# The table is the class's own dispatch, kept outside it so that each look-up is one dictionary read.
# pyright: reportPrivateUsage=false
_SMALL = _table({
    cst.Expr: Lowering._expr, cst.Assign: Lowering._assign, cst.AnnAssign: Lowering._ann_assign,
    cst.AugAssign: Lowering._aug_assign, cst.Return: Lowering._return, cst.Raise: Lowering._raise,
    cst.Assert: Lowering._assert, cst.Del: Lowering._del, cst.Import: Lowering._import,
    cst.ImportFrom: Lowering._import_from, cst.Global: Lowering._global, cst.Nonlocal: Lowering._nonlocal,
    cst.Pass: Lowering._pass, cst.Break: Lowering._break, cst.Continue: Lowering._continue,
})  # fmt: skip
_COMPOUND = _table({
    cst.If: Lowering._if, cst.For: Lowering._for, cst.While: Lowering._while, cst.Try: Lowering._try,
    cst.TryStar: Lowering._try, cst.With: Lowering._with, cst.FunctionDef: Lowering._def,
    cst.ClassDef: Lowering._class, cst.Match: Lowering._match,
})  # fmt: skip
_EXPRESSION = _table({
    cst.Name: Lowering._name, cst.Integer: Lowering._number_literal, cst.Float: Lowering._number_literal,
    cst.Imaginary: Lowering._number_literal, cst.Ellipsis: Lowering._ellipsis,
    cst.SimpleString: Lowering._string, cst.ConcatenatedString: Lowering._concatenated,
    cst.FormattedString: Lowering._formatted,
    cst.Attribute: Lowering._attribute, cst.Subscript: Lowering._subscript, cst.Call: Lowering._call,
    cst.BinaryOperation: Lowering._binary, cst.UnaryOperation: Lowering._unary,
    cst.BooleanOperation: Lowering._boolean, cst.Comparison: Lowering._comparison,
    cst.IfExp: Lowering._ifexp, cst.Lambda: Lowering._lambda, cst.Tuple: Lowering._tuple,
    cst.List: Lowering._list, cst.Set: Lowering._set, cst.Dict: Lowering._dict,
    cst.ListComp: Lowering._list_comp, cst.SetComp: Lowering._set_comp,
    cst.GeneratorExp: Lowering._generator, cst.DictComp: Lowering._dict_comp,
    cst.NamedExpr: Lowering._named, cst.Await: Lowering._await, cst.Yield: Lowering._yield,
})  # fmt: skip
