"""The helpers of a template that pybars3 runs: its own reach attributes, call what they find, and count nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pybars import Scope, strlist

from prompt_cli.handlebars import PROMPT_HELPERS, HelperError
from prompt_cli.handlebars.javascript import MISSING, child, condition, empty
from prompt_cli.handlebars.runtime import Budget
from prompt_cli.templating.pybars_values import RefusedError, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.handlebars import Helper, Limits

    Options = Mapping[str, Any]

TURN = 500
"""The work of a turn of a loop or a partial: pybars3 does not say how much stands in it."""


class Run:
    """One rendering: what it may still use.

    Args:
        limits: What it may use in all.
        budget: The work it may do; one of its own where None.
    """

    def __init__(self, limits: Limits, budget: Budget | None = None) -> None:
        self.limits = limits
        self.budget = budget or Budget(limits.work)

    def helpers(self) -> dict[str, Callable[..., object]]:
        """Return the helpers every template has."""
        own: dict[str, Callable[..., object]] = {
            "if": self._if,
            "unless": self._unless,
            "each": self._each,
            "with": self._with,
            "section": self._section,
            "lookup": self._lookup,
            "log": lambda this, *values: None,  # noqa: ARG005 - nothing is ever printed
        }
        return {**{name: self._adapted(helper) for name, helper in PROMPT_HELPERS.items()}, **own}

    def spend(self, work: int) -> None:
        """Count work, in characters.

        Raises:
            RefusedError: It is too much.
        """
        self.budget.left -= work
        if self.budget.left < 0:
            raise RefusedError(f"rendering takes more work than {self.budget.limit} characters read and written")

    def _if(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - as pybars3 calls it
        zero = raw(value) == 0 and raw(value) is not False and condition(raw(includeZero))
        return options["fn" if zero or condition(raw(value)) else "inverse"](this)

    def _unless(self, this: Any, options: Options, value: object, includeZero: object = None) -> object:  # noqa: ANN401, N803 - the same
        zero = raw(value) == 0 and raw(value) is not False and condition(raw(includeZero))
        return options["inverse" if zero or condition(raw(value)) else "fn"](this)

    def _with(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        if empty(raw(value)):
            return options["inverse"](this)
        return options["fn"](self._scope(value, this))

    def _section(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if plain is None or plain is False:
            return options["inverse"](this)
        if plain is True:
            return options["fn"](this)
        return (
            self._each(this, options, value)
            if isinstance(plain, list | tuple)
            else options["fn"](self._scope(value, this))
        )

    def _each(self, this: Any, options: Options, value: object) -> object:  # noqa: ANN401 - the same
        plain = raw(value)
        if isinstance(plain, dict):
            items = list(plain.items())
        else:
            items = list(enumerate(plain)) if isinstance(plain, list | tuple) else []
        if not items:
            return options["inverse"](this)
        result = strlist()
        for index, (key, item) in enumerate(items):
            self.spend(TURN)
            place = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            inner = Value(item, self.limits.output)
            result.grow(options["fn"](Scope(inner, this, this.root, **place)) or "")
        return result

    def _lookup(self, _this: object, value: object, key: object) -> Value | None:
        found = MISSING if raw(value) is None else child(raw(value), str(raw(key)))
        return None if found is MISSING or found is None else Value(found, self.limits.output)

    def _scope(self, value: object, this: Any) -> Any:  # noqa: ANN401 - a class of pybars3
        inner = Value(raw(value), self.limits.output)
        return Scope(inner, this, this.root, index=this.index, key=this.key, first=this.first, last=this.last)

    def _adapted(self, helper: Helper) -> Callable[..., object]:
        def call(this: object, *values: object, **named: object) -> Value | None:
            options = SimpleNamespace(
                name=helper.spec.name,
                hash={key: raw(value) for key, value in named.items()},
                context=raw(this),
                data={},
                limit=self.limits.output,
                spend=self.spend,
            )
            try:
                result = helper.function(options, *map(raw, values))
            except HelperError as error:
                raise RefusedError(f"{helper.spec.name}: {error}") from error
            return None if result is None else Value(result, self.limits.output)

        return call


def raw(value: object) -> object:
    """Return the JSON value that pybars3 hands over as one of ours, or as a scope of its own."""
    if isinstance(value, Scope):
        return raw(value.context)
    return value.raw if isinstance(value, Value) else value
