"""Clauses joined by AND, and orders, as MLflow's clients write them.

metrics.auc > 0.8 AND params."max depth" = '3' AND tags.`mlflow.user` LIKE 'd%' AND attributes.run_id IN ('a', 'b')
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.core.errors import BadInput
from apps.tracking.search.tokens import Token, cut

MOST_CLAUSES = 50
NUMBERS = frozenset({"=", "!=", "<", "<=", ">", ">="})
TEXTS = frozenset({"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"})
THERE = frozenset({"IS NULL", "IS NOT NULL"})
Value = str | float | tuple[str, ...] | None


@dataclass(frozen=True)
class Kind:
    """What may be asked of one kind of thing: "metric", "attribute".

    Attributes:
        names: the words that name it before the dot.
        keys: what is known of it; empty where a key may be anything.
        numbers: those of `keys` that are numbers; where a key may be anything, whether all are.
        may_be_missing: whether IS NULL may be asked of it.
    """

    name: str
    names: Sequence[str]
    keys: Mapping[str, str] = field(default_factory=dict)  # as it may be written -> as it is called
    numbers: frozenset[str] | bool = False
    may_be_missing: bool = True

    def is_number(self, key: str) -> bool:
        return self.numbers if isinstance(self.numbers, bool) else key in self.numbers

    def comparators(self, key: str) -> frozenset[str]:
        """What may stand between this key and a value."""
        return (NUMBERS if self.is_number(key) else TEXTS) | (THERE if self.may_be_missing else frozenset())


@dataclass(frozen=True)
class Vocabulary:
    """The kinds that a search knows; a key without one before it is of the first."""

    kinds: Sequence[Kind]

    def kind(self, word: Token) -> Kind:
        found = next((kind for kind in self.kinds if word.said in kind.names), None)
        if found is None:
            known = ", ".join(kind.names[0] for kind in self.kinds)
            raise BadInput(f"Invalid entity type {word}. Valid values are {known}.")
        return found


@dataclass(frozen=True)
class Clause:
    """One comparison: `value` is None for IS NULL and IS NOT NULL, and several texts for IN and NOT IN."""

    kind: str
    key: str
    comparator: str
    value: Value = None


@dataclass(frozen=True)
class Order:
    """By what a list is sorted, and which way."""

    kind: str
    key: str
    ascending: bool


def read_filter(text: str, vocabulary: Vocabulary) -> list[Clause]:
    """The clauses of a filter; none of them where it is empty.

    Raises:
        BadInput: it can't be read, with the place, or asks what can't be asked.
    """
    reader = _Reader(cut(text), vocabulary)
    return [] if reader.next.kind == "end" else list(reader.clauses())


def read_orders(texts: Sequence[str], vocabulary: Vocabulary) -> list[Order]:
    """What a list is sorted by, the first first. By one thing twice is refused.

    Raises:
        BadInput: one of them can't be read.
    """
    if len(texts) > MOST_CLAUSES:
        raise BadInput(f"Sort by {MOST_CLAUSES} things at most.")
    orders = [_Reader(cut(text), vocabulary).order() for text in texts]
    if len({(order.kind, order.key) for order in orders}) < len(orders):
        raise BadInput(f"`order_by` contains duplicate fields: {list(texts)}")
    return orders


class _Reader:
    """Reads tokens one after another; `next` is the one that is not read yet."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self.tokens, self.vocabulary, self.at = tokens, vocabulary, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def clauses(self) -> Iterator[Clause]:
        for _ in range(MOST_CLAUSES):
            yield self.clause()
            if self.next.kind == "end":
                return
            if not self.take().is_word("AND"):
                self.refuse("AND", self.tokens[self.at - 1])
        raise BadInput(f"A filter may have {MOST_CLAUSES} clauses at most.")

    def clause(self) -> Clause:
        kind, key = self.identifier()
        comparator = self.comparator()
        if comparator not in kind.comparators(key):
            allowed = ", ".join(sorted(kind.comparators(key)))
            raise BadInput(f"Invalid comparator '{comparator}' for {kind.name} '{key}'. Valid ones are {allowed}.")
        return Clause(kind.name, key, comparator, self.value(kind, key, comparator))

    def identifier(self) -> tuple[Kind, str]:
        word = self.take()
        if word.kind not in ("name", "ticked", "text"):
            self.refuse("the name of what is asked for", word)
        if self.next.said != "." or self.next.kind != "mark":
            return self.vocabulary.kinds[0], self.known(self.vocabulary.kinds[0], word)
        kind = self.vocabulary.kind(word)
        return kind, self.known(kind, self.key())

    def key(self) -> Token:
        """What follows the dot: quoted, or names with dots between them."""
        dot = self.take()
        parts = [self.take()]
        while parts[-1].kind in ("name", "digits", "number") and (self.next.kind, self.next.said) == ("mark", "."):
            self.take()
            parts.append(self.take())
        for part in parts:
            if part.kind not in ("name", "digits", "number", "ticked", "text"):
                self.refuse("a key", part)
        return Token("name", ".".join(part.said for part in parts), dot.at + 1)

    def known(self, kind: Kind, key: Token) -> str:
        if not kind.keys:
            return key.said
        if key.said not in kind.keys:
            valid = ", ".join(sorted(set(kind.keys.values())))
            raise BadInput(f"Invalid {kind.name} key {key}. Valid keys are {valid}.")
        return kind.keys[key.said]

    def comparator(self) -> str:
        token = self.take()
        if token.kind == "comparator":
            return "!=" if token.said == "<>" else token.said
        if token.is_word("LIKE", "ILIKE", "IN"):
            return token.said.upper()
        if token.is_word("NOT") and self.take().is_word("IN"):
            return "NOT IN"
        if token.is_word("IS"):
            negated = self.next.is_word("NOT") and bool(self.take())
            if self.take().is_word("NULL"):
                return "IS NOT NULL" if negated else "IS NULL"
        raise self.refusal("a comparator", token)

    def value(self, kind: Kind, key: str, comparator: str) -> Value:
        if comparator in THERE:
            return None
        if comparator in ("IN", "NOT IN"):
            return self.texts()
        token = self.take()
        wanted = ("number",) if kind.is_number(key) else ("text", "ticked")
        if token.kind not in wanted:
            self.refuse("a number" if kind.is_number(key) else "a text in quotes", token)
        return float(token.said) if kind.is_number(key) else token.said

    def texts(self) -> tuple[str, ...]:
        """A list in brackets of texts in quotes."""
        said: list[str] = []
        before = "("
        while True:
            mark = self.take()
            if mark.kind != "mark" or mark.said not in (before, ")" if said else before):
                self.refuse("a list of texts in quotes, such as ('a', 'b')", mark)
            if mark.said == ")":
                return tuple(said)
            text = self.take()
            if text.kind != "text":
                self.refuse("a text in quotes", text)
            said.append(text.said)
            before = ","

    def order(self) -> Order:
        kind, key = self.identifier()
        way = self.take()
        if way.kind != "end" and not way.is_word("ASC", "DESC"):
            self.refuse("ASC or DESC", way)
        if self.next.kind != "end":
            self.refuse("nothing more", self.next)
        return Order(kind.name, key, not way.is_word("DESC"))

    def refuse(self, wanted: str, found: Token) -> None:
        raise self.refusal(wanted, found)

    def refusal(self, wanted: str, found: Token) -> BadInput:
        return BadInput(f"Invalid clause(s) in filter string: expected {wanted}, found {found}.")
