"""Conditions on tags, as users write them: "hair=red and eyes=blue,green". A small grammar of its own, nothing is run.

condition: all ("or" all)*
all:       one ("and" one)*
one:       "not" one | "(" condition ")" | GROUP ("=" | "!=") VALUE ("," VALUE)*
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from artgan.data.vocabulary import ANIME, Tags, Vocabulary, spelled
from artgan.errors import UsageError, did_you_mean

_TOKEN = re.compile(r"\s*(?P<token>[(),]|!=|==|=|\"[^\"]*\"|'[^']*'|[^\s(),=!\"']+|.)", re.DOTALL)
_WORDS = frozenset({"and", "or", "not"})
_SIGNS = frozenset({"(", ")", ",", "=", "!=", "=="})
_DEEPEST = 50
_LONGEST_SHOWN = 200

_Test = Callable[[Tags], bool]


@dataclass(frozen=True)
class Condition:
    """A condition that has been checked against a vocabulary; two of the same text and vocabulary are equal.

    Attributes:
        text: as it was written.
        vocabulary: what its groups and values are from.
    """

    text: str
    vocabulary: Vocabulary = ANIME
    _test: _Test = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse the text. Raises UsageError, with position and nearest word, when it is no condition."""
        object.__setattr__(self, "_test", _Parser(self.text, self.vocabulary).parse())

    def __reduce__(self) -> tuple[type["Condition"], tuple[str, Vocabulary]]:
        """Another process parses the text again: functions cannot be pickled."""
        return Condition, (self.text, self.vocabulary)

    def matches(self, tags: Tags | None) -> bool:
        """Whether a picture with these tags is meant.

        GROUP=A,B: it has one of the values. GROUP!=A,B: it has a value of the group, and none of these; a picture
        of which the group is unknown is in neither. `not` reverses what is behind it.
        """
        return self._test(tags or {})

    def __str__(self) -> str:
        """The text."""
        return self.text


def parse_condition(text: str, vocabulary: Vocabulary = ANIME) -> Condition:
    """The condition in words. Raises UsageError, with position and nearest word, for what is none."""
    return Condition(text, vocabulary)


class _Parser:
    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._groups = {group.name: group.values for group in vocabulary.groups}
        self._tokens = [(found["token"], found.start("token")) for found in _TOKEN.finditer(text.rstrip())]
        self._next = 0
        self._depth = 0

    def parse(self) -> _Test:
        test = self._any()
        if self._next < len(self._tokens):
            raise self._error(f"'and' or 'or' is missing before '{self._token}'")
        return test

    @property
    def _token(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._token
        self._next += 1
        return token

    def _word(self, word: str) -> bool:
        """Take the token if it is this one of and, or, not."""
        if self._token.lower() != word:
            return False
        self._next += 1
        return True

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._word("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda tags: any(test(tags) for test in tests)

    def _all(self) -> _Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda tags: all(test(tags) for test in tests)

    def _one(self) -> _Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} conditions inside of each other")
        try:
            if self._word("not"):
                reversed_test = self._one()
                return lambda tags: not reversed_test(tags)
            if self._token == "(":
                self._next += 1
                test = self._any()
                if self._token != ")":
                    raise self._error("')' is missing")
                self._next += 1
                return test
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> _Test:
        place = self._next
        group = self._phrase()
        if group not in self._groups:
            known = ", ".join(self._groups)
            if not group:
                raise self._error(f"a group is missing here ({known}); write {self._example()}", place)
            raise self._error(f"no group '{group}' ({known}).{did_you_mean(group, self._groups)}", place)
        sign = self._take()
        if sign not in ("=", "!="):
            raise self._error(f"= or != is missing behind '{group}'; write {self._example()}", self._next - 1)
        wanted = frozenset(self._values(group))
        if sign == "=":
            return lambda tags: not wanted.isdisjoint(tags.get(group, ()))
        return lambda tags: bool(tags.get(group)) and wanted.isdisjoint(tags[group])

    def _values(self, group: str) -> list[str]:
        known = self._groups[group]
        values = []
        while True:
            place = self._next
            value = self._phrase()
            if value not in known:
                if not value:
                    raise self._error(f"a value is missing; {group} is one of {', '.join(known)}", place)
                if self._token in ("=", "!="):  # "hair=red eyes=blue"
                    missing = self._tokens[self._next - 1][0]
                    raise self._error(f"'and' or 'or' is missing before '{missing}'", self._next - 1)
                hint = did_you_mean(value, known)
                raise self._error(f"no {group} '{value}'.{hint} Known: {', '.join(known)}", place)
            values.append(value)
            if self._token != ",":
                return values
            self._next += 1

    def _phrase(self) -> str:
        """Words up to the next sign, or and, or the end, spelled as the vocabulary has them."""
        words = []
        while self._token and self._token not in _SIGNS and self._token.lower() not in _WORDS:
            words.append(self._take().strip("\"'"))
        return spelled(" ".join(words))

    def _example(self) -> str:
        group, values = next(iter(self._groups.items()))
        return f"{group}={values[0]}"

    def _error(self, what: str, token: int | None = None) -> UsageError:
        number = self._next if token is None else token
        start = self._tokens[number][1] if number < len(self._tokens) else len(self._text.rstrip())
        shown = " ".join(self._text[:_LONGEST_SHOWN].split()) + "..." * (len(self._text) > _LONGEST_SHOWN)
        return UsageError(f"in the condition '{shown}', at character {start + 1}: {what}")
