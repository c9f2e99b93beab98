"""with."""

from __future__ import annotations

from tests.handlebars.hb_case import ERROR, Case
from tests.handlebars.hb_data import MIXED

CASES = (
    Case("{{#with o}}{{a}}{{/with}}", MIXED, "1"),
    Case("{{#with o}}{{../x}}{{/with}}", MIXED, "X"),
    Case("{{#with missing}}a{{else}}b{{/with}}", MIXED, "b"),
    Case("{{#with n}}a{{else}}b{{/with}}", MIXED, "b"),
    Case("{{#with z}}[{{this}}]{{else}}b{{/with}}", MIXED, "[0]"),
    Case("{{#with e}}a{{else}}b{{/with}}", MIXED, "b"),
    Case("{{#with el}}a{{else}}b{{/with}}", MIXED, "b"),
    Case("{{#with eo}}a{{else}}b{{/with}}", MIXED, "a"),
    Case("{{#with f}}a{{else}}b{{/with}}", MIXED, "b"),
    Case("{{#with t}}{{this}}{{else}}b{{/with}}", MIXED, "true"),
    Case("{{#with s}}{{this}}{{length}}{{/with}}", MIXED, "str3"),
    Case("{{#with l}}{{length}}{{/with}}", MIXED, "2"),
    Case("{{#with o as |q|}}{{q.a}}{{/with}}", MIXED, "1"),
    Case("{{#with o as |q r|}}{{q.a}}[{{r}}]{{/with}}", MIXED, "1[]"),
    Case("{{#with o.a as |q|}}{{q}}{{/with}}", MIXED, "1"),
    Case("{{#with this}}{{x}}{{../x}}{{/with}}|", MIXED, "X|"),
    Case("{{#with o}}{{#with ../o}}{{../x}}{{/with}}{{/with}}|", MIXED, "X|"),
    Case("{{#with o}}{{#with ../p.[0]}}{{../../x}}{{a}}{{/with}}{{/with}}", MIXED, "X1"),
    Case("{{#with}}a{{/with}}", MIXED, ERROR),
    Case("{{#with o t}}a{{/with}}", MIXED, ERROR),
    Case("{{with o}}", MIXED, ERROR),
    Case("{{^with n}}a{{/with}}", MIXED, "a"),
    Case("{{^with o}}a{{else}}{{a}}{{/with}}", MIXED, "1"),
    Case("{{#with o}}{{#with missing}}a{{else}}{{a}}{{../x}}{{/with}}{{/with}}", MIXED, "1X"),
    Case("{{#with (lookup p 0)}}{{a}}{{/with}}", MIXED, "1"),
    Case("{{#with o}}{{.}}{{/with}}", MIXED, "[object Object]"),
    Case('{{#with "text"}}{{.}}{{/with}}', MIXED, "text"),
    Case("{{#with 5}}{{.}}{{/with}}", MIXED, "5"),
    Case("{{#with s}}{{#if true}}{{this}}{{/if}}{{/with}}", MIXED, "str"),
)
