"""Reads PromQL; what Prometheus refuses is refused in its words, and what is left out here is named."""

from __future__ import annotations

import re

from simulators.prometheus.configuration import seconds_of
from simulators.prometheus.promql.tree import (
    Aggregation,
    Call,
    Expression,
    Matcher,
    Negation,
    Number,
    Operation,
    Selector,
    Text,
    kind_of,
)
from simulators.prometheus.promql.words import NotSimulatedError, QueryError, Word, unquoted, words_of

AGGREGATIONS = frozenset({"sum", "count", "avg", "max", "min"})
OTHER_AGGREGATIONS = frozenset({"stddev", "stdvar", "group", "topk", "bottomk", "quantile", "count_values"})
FUNCTIONS = frozenset({"rate"})
OTHER_FUNCTIONS = frozenset(
    """
    abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max
    clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp floor
    histogram_count histogram_fraction histogram_quantile histogram_sum holt_winters hour idelta increase irate
    label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi predict_linear
    present_over_time quantile_over_time rad resets round scalar sgn sin sinh sort sort_desc sqrt stddev_over_time
    stdvar_over_time sum_over_time tan tanh time timestamp vector year
    """.split()  # noqa: SIM905 - a list of them would be a page long
)
SET_OPERATORS = frozenset({"and", "or", "unless", "atan2"})
COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
PRECEDENCE = {**dict.fromkeys(COMPARISONS, 1), "+": 2, "-": 2, "*": 3, "/": 3, "%": 3, "^": 4}
DEPTH = 60
"""Levels of an expression that are followed."""


def parse(text: str) -> Expression:
    """Return the expression that a text is. Raises QueryError, NotSimulatedError."""
    return _Parser(text).whole()


class _Parser:
    """Goes through the words once, from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = words_of(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        if self._words[0].kind == "end":
            raise QueryError("no expression found in input")
        found = self._binary(0)
        if self._word.kind != "end":
            raise self._unexpected()
        return found

    @property
    def _word(self) -> Word:
        return self._words[self._next]

    def _is(self, text: str) -> bool:
        return self._word.kind == "operator" and self._word.text == text

    def _takes(self, text: str) -> bool:
        if self._is(text):
            self._next += 1
            return True
        return False

    def _error(self, message: str, at: int | None = None) -> QueryError:
        return QueryError(message, self._text, self._word.at if at is None else at)

    def _unexpected(self) -> QueryError:
        return self._error(f"unexpected {self._word.shown}")

    def _closed(self) -> None:
        if self._word.kind == "end":
            raise self._error("unclosed left parenthesis")
        if not self._takes(")"):
            raise self._unexpected()

    # Operations

    def _binary(self, above: int) -> Expression:
        """Return operations whose operators bind more strongly than `above`."""
        self._depth += 1
        if self._depth > DEPTH:
            raise NotSimulatedError(f"an expression of more than {DEPTH} levels")
        begin = self._word.at
        left = self._unary()
        while True:
            word = self._word
            if word.kind == "identifier" and word.text.lower() in SET_OPERATORS:
                raise NotSimulatedError(f"the operator {word.text.lower()}")
            strength = PRECEDENCE.get(word.text, 0) if word.kind == "operator" else 0
            if strength <= above:
                self._depth -= 1
                return left
            self._next += 1
            as_bool = self._modifiers(word)
            middle = self._word.at
            # `^` binds to the right: 2 ^ 3 ^ 2 is 2 ^ 9.
            right = self._binary(strength - 1 if word.text == "^" else strength)
            left = self._operation(word, left, right, as_bool, begin, middle)

    def _modifiers(self, operator: Word) -> bool:
        as_bool = False
        while self._word.kind == "identifier":
            modifier = self._word.text.lower()
            if modifier in {"on", "ignoring", "group_left", "group_right"}:
                raise NotSimulatedError(f"the modifier {modifier}")
            if modifier != "bool":
                return as_bool
            if operator.text not in COMPARISONS:
                raise self._error("bool modifier can only be used on comparison operators", operator.at)
            as_bool = True
            self._next += 1
        return as_bool

    def _operation(
        self, word: Word, left: Expression, right: Expression, as_bool: bool, begin: int, middle: int
    ) -> Expression:
        for side, at in ((left, begin), (right, middle)):
            if kind_of(side) not in {"scalar", "instant vector"}:
                raise self._error("binary expression must contain only scalar and instant vector types", at)
        kinds = kind_of(left), kind_of(right)
        if kinds == ("scalar", "scalar") and word.text in COMPARISONS and not as_bool:
            raise self._error("comparisons between scalars must use BOOL modifier", word.at)
        if kinds == ("instant vector", "instant vector"):
            raise NotSimulatedError("operations between two vectors")
        return Operation(word.text, left, right, as_bool)

    def _unary(self) -> Expression:
        sign = self._word
        begin = sign.at
        if not (self._takes("-") or self._takes("+")):
            return self._postfix(self._primary())
        inner = self._binary(PRECEDENCE["*"])
        if kind_of(inner) not in {"scalar", "instant vector"}:
            allowed = "unary expression only allowed on expressions of type scalar or instant vector"
            raise self._error(f'{allowed}, got "{kind_of(inner)}"', begin)
        return Negation(inner) if sign.text == "-" else inner

    # Operands

    def _postfix(self, found: Expression) -> Expression:
        """Return an operand with the range after it."""
        bracket = self._word.at
        if self._takes("["):
            found = self._range(found, bracket)
        if self._is("[") or (self._word.kind == "identifier" and self._word.text.lower() == "offset") or self._is("@"):
            raise NotSimulatedError("subqueries, offset and @")
        return found

    def _range(self, found: Expression, bracket: int) -> Expression:
        word = self._word
        if word.kind == "number":
            raise self._error("missing unit character in duration", word.at + len(word.text) - 1)
        if word.kind != "duration":
            raise self._unexpected()
        self._next += 1
        if self._word.text == ":" or (self._word.kind == "identifier" and self._word.text.startswith(":")):
            raise NotSimulatedError("subqueries, offset and @")
        if self._word.kind == "end":
            raise self._error("unclosed left bracket")
        if not self._takes("]"):
            raise self._unexpected()
        if not isinstance(found, Selector):
            raise self._error("ranges only allowed for vector selectors", bracket)
        return Selector(found.matchers, seconds_of(word.text))

    def _primary(self) -> Expression:
        word = self._word
        if word.kind == "number":
            self._next += 1
            return Number(float(int(word.text, 16)) if word.text[:2].lower() == "0x" else float(word.text))
        if word.kind == "string":
            self._next += 1
            return Text(unquoted(word))
        if self._takes("("):
            found = self._binary(0)
            self._closed()
            return found
        if self._is("{"):
            return self._selector("", word.at)
        if word.kind != "identifier":
            raise self._unexpected()
        self._next += 1
        lower = word.text.lower()
        if lower in {"inf", "nan"}:
            return Number(float(lower))
        if lower in AGGREGATIONS | OTHER_AGGREGATIONS:
            return self._aggregation(word)
        if self._is("("):
            return self._call(word)
        return self._selector(word.text, word.at)

    def _selector(self, name: str, begin: int) -> Selector:
        matchers = [Matcher("__name__", "=", name)] if name else []
        if self._takes("{"):
            while not self._takes("}"):
                matchers.append(self._matcher())
                if not self._takes(",") and not self._is("}"):
                    self._inside(f'unexpected {self._word.shown} in label matching, expected "," or "}}"')
        names = [each.value for each in matchers if each.name == "__name__" and each.operator == "="]
        if name and len(names) > 1:
            raise self._error(f'metric name must not be set twice: "{names[0]}" or "{names[1]}"', begin)
        if all(each.fits("") for each in matchers):
            raise self._error("vector selector must contain at least one non-empty matcher", begin)
        return Selector(tuple(matchers))

    def _matcher(self) -> Matcher:
        label = self._word
        if label.kind != "identifier":
            self._inside(f'unexpected {label.shown} in label matching, expected identifier or "}}"')
        self._next += 1
        operator = self._word
        if operator.kind != "operator" or operator.text not in {"=", "!=", "=~", "!~"}:
            self._inside(f"unexpected {operator.shown} in label matching, expected label matching operator")
        self._next += 1
        value = self._word
        if value.kind != "string":
            self._inside(f"unexpected {value.shown} in label matching, expected string")
        self._next += 1
        text = unquoted(value)
        if operator.text in {"=~", "!~"}:
            try:
                re.compile(text)
            except (re.error, RecursionError, OverflowError) as error:
                raise self._error(f"error parsing regexp: {error}", label.at) from None
        return Matcher(label.text, operator.text, text)  # pyright: ignore[reportArgumentType] - one of the four

    def _inside(self, message: str) -> None:
        """Refuse the word between braces."""
        if self._word.kind == "end":
            raise self._error("unexpected end of input inside braces")
        raise self._error(message)

    def _aggregation(self, word: Word) -> Aggregation:
        operator = word.text.lower()
        if operator in OTHER_AGGREGATIONS:
            raise NotSimulatedError(f"the aggregation {operator}")
        labels, without = self._grouping() or ((), False)
        inner_at = self._word.at + 1
        arguments = self._arguments()
        after = self._grouping()
        if after is not None:
            labels, without = after
        if not arguments:
            raise self._error("no arguments for aggregate expression provided", word.at)
        if len(arguments) > 1:
            raise self._error(
                f"wrong number of arguments for aggregate expression provided, expected 1, got {len(arguments)}",
                word.at,
            )
        kind = kind_of(arguments[0])
        if kind != "instant vector":
            raise self._error(f"expected type instant vector in aggregation expression, got {kind}", inner_at)
        return Aggregation(operator, arguments[0], labels, without)

    def _grouping(self) -> tuple[tuple[str, ...], bool] | None:
        word = self._word
        if word.kind != "identifier" or word.text.lower() not in {"by", "without"}:
            return None
        self._next += 1
        if not self._takes("("):
            raise self._error(f'unexpected {self._word.shown} in grouping opts, expected "("')
        labels: list[str] = []
        while not self._takes(")"):
            if self._word.kind != "identifier":
                raise self._error(f"unexpected {self._word.shown} in grouping opts, expected label")
            labels.append(self._word.text)
            self._next += 1
            if not self._takes(",") and not self._is(")"):
                raise self._error(f'unexpected {self._word.shown} in grouping opts, expected "," or ")"')
        return tuple(labels), word.text.lower() == "without"

    def _arguments(self) -> list[Expression]:
        if not self._takes("("):
            raise self._unexpected()
        found: list[Expression] = []
        if self._takes(")"):
            return found
        while True:
            found.append(self._binary(0))
            if not self._takes(","):
                self._closed()
                return found

    def _call(self, word: Word) -> Call:
        if word.text in OTHER_FUNCTIONS:
            raise NotSimulatedError(f"the function {word.text}")
        if word.text not in FUNCTIONS:
            raise self._error(f'unknown function with name "{word.text}"', word.at)
        inner_at = self._word.at + 1
        arguments = self._arguments()
        if len(arguments) != 1:
            raise self._error(f'expected 1 argument(s) in call to "{word.text}", got {len(arguments)}', word.at)
        kind = kind_of(arguments[0])
        if kind != "range vector":
            raise self._error(f'expected type range vector in call to function "{word.text}", got {kind}', inner_at)
        return Call(word.text, arguments[0])
