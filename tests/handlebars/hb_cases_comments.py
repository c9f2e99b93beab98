"""Comments and the lines they stand on."""

from __future__ import annotations

from tests.handlebars.hb_case import Case

CASES = (
    Case("a{{! c }}b", {}, "ab"),
    Case("a{{!c}}b", {}, "ab"),
    Case("a{{!-- c --}}b", {}, "ab"),
    Case("a{{!-- {{x}} --}}b", {"x": 1}, "ab"),
    Case("a{{!-- }} --}}b", {}, "ab"),
    Case("a{{! {{x }}b", {}, "ab"),
    Case("a{{!}}b", {}, "ab"),
    Case("a{{!--}}b", {}, "ab"),
    Case("a{{!----}}b", {}, "ab"),
    Case("a{{!-- a -- b --}}c", {}, "ac"),
    Case("a{{!- c }}b", {}, "ab"),
    Case("a{{!-c-}}b", {}, "ab"),
    Case("a{{!-- c -}} d --}}b", {}, "ab"),
    Case("a {{~! c }} b", {}, "a b"),
    Case("a {{! c ~}} b", {}, "a b"),
    Case("a {{~!-- c --~}} b", {}, "ab"),
    Case("a\n{{! c }}\nb", {}, "a\nb"),
    Case("a\n  {{! c }}  \nb", {}, "a\nb"),
    Case("{{! c }}\nb", {}, "b"),
    Case("a\n{{! c }}", {}, "a\n"),
    Case("a\r\n{{! c }}\r\nb", {}, "a\r\nb"),
    Case("a {{! c }}\nb", {}, "a \nb"),
    Case("a\n{{! c }} b", {}, "a\n b"),
    Case("{{! a }}\n{{! b }}\nc", {}, "c"),
    Case("a\n{{!--\n multi\n--}}\nb", {}, "a\nb"),
    Case("a\n\n{{! c }}\n\nb", {}, "a\n\n\nb"),
    Case("  {{! c }}  ", {}, ""),
    Case('{{!"}}b', {}, "b"),
    Case("{{~!--~}} x", {}, "x"),
    Case("a {{!~}} b", {}, "a b"),
)
