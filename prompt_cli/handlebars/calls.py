"""Closures that call helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import HelperError
from .helpers import HelperOptions
from .javascript import LIST_KEY, MISSING, ValueRefusedError, child, property_key, truthy

if TYPE_CHECKING:
    from .helpers import HelperFunction
    from .options import Options
    from .partials import Blocks
    from .runtime import Getter, Scope, Site


def call(
    function: HelperFunction,
    arguments: tuple[Getter, ...],
    pairs: tuple[tuple[str, Getter], ...],
    blocks: Blocks | None,
    site: Site,
) -> Getter:
    """Call a helper."""

    def read(context: object, scope: Scope) -> object:
        values = [_given(argument(context, scope)) for argument in arguments]
        hash_ = {key: _given(value(context, scope)) for key, value in pairs}
        options = HelperOptions(site, hash_, context, scope, blocks)
        try:
            return function(options, *values)
        except (HelperError, ValueRefusedError) as error:
            raise site.error(f"{site.label}: {error}") from None

    return read


def _given(value: object) -> object:
    return None if value is MISSING else value


def failing(message: str, site: Site) -> Getter:
    """A call that cannot work, if it is ever reached."""

    def read(_context: object, _scope: Scope) -> object:
        raise site.error(message)

    return read


def unless_true(read_value: Getter, message: str, site: Site) -> Getter:
    """A value that must not be true."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        try:
            is_true = truthy(value)
        except ValueRefusedError as error:
            raise site.error(f"{site.label!r}: {error}") from None
        if is_true:
            raise site.error(message)
        return value

    return read


def lookup(value: Getter, key: Getter, site: Site) -> Getter:
    """`lookup value key`: what a value has under a computed key."""

    def read(context: object, scope: Scope) -> object:
        parent = value(context, scope)
        name = key(context, scope)
        if isinstance(name, list | tuple):  # as text it is a key of some length
            scope.unit.run.spend(LIST_KEY, site)
        try:
            return child(parent, property_key(name)) if truthy(parent) else parent
        except ValueRefusedError as error:
            raise site.error(f"lookup: {error}") from None

    return read


def log(arguments: tuple[Getter, ...], options: Options) -> Getter:
    """`log`: hands its arguments to `Options.log`; there is nothing to print."""

    def read(context: object, scope: Scope) -> object:
        values = [argument(context, scope) for argument in arguments]
        if options.log:
            options.log(*values)
        return MISSING

    return read


def required(read_value: Getter, site: Site) -> Getter:
    """What a helper finds, which must be there."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        if value is MISSING:
            raise site.error(f"{site.label}: there is nothing under this key")
        return value

    return read


def after(named: tuple[tuple[str, Getter], ...], read_value: Getter) -> Getter:
    """A value, once `key=value` arguments nothing is done with are read; an error in them is an error."""
    if not named:
        return read_value

    def read(context: object, scope: Scope) -> object:
        for _, value in named:
            value(context, scope)
        return read_value(context, scope)

    return read


def nothing(read_value: Getter) -> Getter:
    """Nothing, once the value is read."""

    def read(context: object, scope: Scope) -> object:
        read_value(context, scope)
        return MISSING

    return read


def otherwise(read: Getter, fallback: Getter) -> Getter:
    """A value, or another where it is null or missing."""

    def read_either(context: object, scope: Scope) -> object:
        value = read(context, scope)
        return fallback(context, scope) if value is None or value is MISSING else value

    return read_either
