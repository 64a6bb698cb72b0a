"""Arithmetic for agents: a small parser by hand, exact in decimals, bounded in size.

Grammar (``**`` binds tightest and to the right)::

    sum     = product (("+" | "-") product)*
    product = unary (("*" | "/" | "%") unary)*
    unary   = ("-" | "+") unary | power
    power   = atom ["**" unary]
    atom    = number | "(" sum ")" | name "(" [argument ("," argument)*] ")"
    argument = sum | "'" ISO date or time "'"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import NoReturn

from chartgym.errors import AgentError

MAX_LENGTH = 500
MAX_DEPTH = 32
_CONTEXT = Context(prec=28, Emax=9999, Emin=-9999, rounding=ROUND_HALF_UP)
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+)"  # a number
    r"|([a-z_]+)"  # a name
    r"|(\*\*|[-+*/%(),])"
    r"|'([^']*)'|\"([^\"]*)\")",  # a date or time
    re.ASCII,
)

Value = Decimal | str


def calculate(expression: str) -> str:
    """The value of an expression as text: digits without an exponent, at most 15 significant ones.

    Raises:
        AgentError: it is too long, not understood, or has no value; says where.
    """
    if len(expression) > MAX_LENGTH:
        raise AgentError(f"the expression is longer than {MAX_LENGTH} characters")
    try:
        value = _Parser(_tokens(expression)).parse()
    except DecimalException as error:
        names = {"DivisionByZero": "division by zero", "Overflow": "the number is too large"}
        kind = type(error).__name__
        raise AgentError(names.get(kind, f"the expression has no value ({kind})")) from None
    if isinstance(value, str):
        raise AgentError("a date alone has no value; use days_between or age_on")
    return _text(value)


def _text(value: Decimal) -> str:
    short = Context(prec=15, rounding=ROUND_HALF_UP).plus(value)
    if short and not -30 < short.adjusted() < 30:
        return str(short.normalize())
    text = f"{short:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None:
            raise AgentError(f"not understood at character {at + 1}: {expression[at : at + 12]!r}")
        number, name, sign, single, double = match.groups()
        if number is not None:
            found.append(("number", number))
        elif name is not None:
            found.append(("name", name))
        elif sign is not None:
            found.append(("sign", sign))
        else:
            found.append(("text", single if single is not None else double))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens; evaluates as it goes."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def parse(self) -> Value:
        value = self._sum()
        if self._at < len(self._tokens):
            self._fail()
        return value

    def _sum(self) -> Value:
        value = self._product()
        while (sign := self._take("+", "-")) is not None:
            right = _number(self._product())
            operation = _CONTEXT.add if sign == "+" else _CONTEXT.subtract
            value = operation(_number(value), right)
        return value

    def _product(self) -> Value:
        value = self._unary()
        while (sign := self._take("*", "/", "%")) is not None:
            right = _number(self._unary())
            operation = {"*": _CONTEXT.multiply, "/": _CONTEXT.divide, "%": _CONTEXT.remainder}[sign]
            value = operation(_number(value), right)
        return value

    def _unary(self) -> Value:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise AgentError(f"nested deeper than {MAX_DEPTH} levels")
        sign = self._take("-", "+")
        if sign is None:
            value = self._power()
        else:
            inner = _number(self._unary())
            value = _CONTEXT.minus(inner) if sign == "-" else inner
        self._depth -= 1
        return value

    def _power(self) -> Value:
        base = self._atom()
        if self._take("**") is None:
            return base
        exponent = _number(self._unary())
        if abs(exponent) > 1000:
            raise AgentError("an exponent may be at most 1000")
        return _CONTEXT.power(_number(base), exponent)

    def _atom(self) -> Value:
        if self._at >= len(self._tokens):
            raise AgentError("the expression ends too early")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return _CONTEXT.create_decimal(text)
        if kind == "text":
            return text
        if kind == "name":
            return self._function(text)
        if text == "(":
            value = self._sum()
            self._expect(")")
            return value
        self._at -= 1
        return self._fail()

    def _function(self, name: str) -> Value:
        known = _FUNCTIONS.get(name)
        if known is None:
            raise AgentError(f"unknown function {name!r}; there are {', '.join(_FUNCTIONS)}")
        least, most, function = known
        self._expect("(")
        values: list[Value] = []
        if self._take(")") is None:
            values.append(self._sum())
            while self._take(",") is not None:
                values.append(self._sum())
            self._expect(")")
        if not least <= len(values) <= most:
            raise AgentError(f"{name} takes {least if least == most else f'{least} to {most}'} arguments")
        return function(values)

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "sign" and text in signs:
                self._at += 1
                return text
        return None

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            self._fail(f"expected {sign!r}, got ")

    def _fail(self, lead: str = "unexpected ") -> NoReturn:
        here = repr(self._tokens[self._at][1]) if self._at < len(self._tokens) else "the end"
        raise AgentError(f"{lead}{here}")


def _number(value: Value) -> Decimal:
    if isinstance(value, str):
        raise AgentError(f"{value!r:.40} is a text; only days_between and age_on take dates")
    return value


def _plain(function: Callable[[Sequence[Decimal]], Decimal]) -> Callable[[Sequence[Value]], Decimal]:
    return lambda values: function([_number(v) for v in values])


def _rounded(values: Sequence[Decimal]) -> Decimal:
    digits = int(values[1]) if len(values) == 2 and values[1] == int(values[1]) else 0
    if len(values) == 2 and (values[1] != digits or abs(digits) > 12):
        raise AgentError("round takes a whole number of decimals, at most 12")
    return _CONTEXT.quantize(values[0], Decimal(1).scaleb(-digits))


def _whole(mode: str) -> Callable[[Sequence[Decimal]], Decimal]:
    return lambda values: values[0].to_integral_value(rounding=mode)


def _log(values: Sequence[Decimal]) -> Decimal:
    if len(values) == 1:
        return _CONTEXT.log10(values[0])
    return _CONTEXT.divide(_CONTEXT.ln(values[0]), _CONTEXT.ln(values[1]))


def _days_between(values: Sequence[Value]) -> Decimal:
    first, last = (_moment(v) for v in values)
    if isinstance(first, datetime) and isinstance(last, datetime):
        if (first.tzinfo is None) != (last.tzinfo is None):
            raise AgentError("give both times an offset, or neither")
        span = last - first
        seconds = Decimal(span.days * 86400 + span.seconds)
        return _CONTEXT.divide(seconds, Decimal(86400))
    days = [v.date() if isinstance(v, datetime) else v for v in (first, last)]
    return Decimal((days[1] - days[0]).days)


def _age_on(values: Sequence[Value]) -> Decimal:
    birth, day = (v.date() if isinstance(v, datetime) else v for v in map(_moment, values))
    # A person born on 29 February is a year older on 1 March of a common year, as this comparison has it.
    return Decimal(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))


def _moment(value: Value) -> date | datetime:
    if not isinstance(value, str):
        raise AgentError("give dates in quotes: '2026-03-10' or '2026-03-10T05:40:00-04:00'")
    try:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    except ValueError:
        raise AgentError(f"not a date or time in ISO 8601: {value[:40]!r}") from None


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[[Sequence[Value]], Decimal]]] = {
    "min": (1, 100, _plain(min)),
    "max": (1, 100, _plain(max)),
    "round": (1, 2, _plain(_rounded)),
    "abs": (1, 1, _plain(lambda v: abs(v[0]))),
    "sqrt": (1, 1, _plain(lambda v: _CONTEXT.sqrt(v[0]))),
    "log": (1, 2, _plain(_log)),
    "ln": (1, 1, _plain(lambda v: _CONTEXT.ln(v[0]))),
    "exp": (1, 1, _plain(lambda v: _CONTEXT.exp(v[0]))),
    "floor": (1, 1, _plain(_whole(ROUND_FLOOR))),
    "ceil": (1, 1, _plain(_whole(ROUND_CEILING))),
    "days_between": (2, 2, _days_between),
    "age_on": (2, 2, _age_on),
}
