"""lookup and log."""

from __future__ import annotations

from tests.handlebars.hb_case import ERROR, Case
from tests.handlebars.hb_data import MIXED

CASES = (
    Case('{{lookup o "a"}}', MIXED, "1"),
    Case("{{lookup l 1}}", MIXED, "2"),
    Case('{{lookup l "1"}}', MIXED, "2"),
    Case("{{lookup l 5}}|", MIXED, "|"),
    Case('{{lookup missing "a"}}|', MIXED, "|"),
    Case('{{lookup n "a"}}|', MIXED, "|"),
    Case('{{lookup z "a"}}', MIXED, "0"),
    Case('{{lookup e "a"}}|', MIXED, "|"),
    Case('{{lookup f "a"}}', MIXED, "false"),
    Case("{{lookup s 0}}", MIXED, "s"),
    Case('{{lookup s "length"}}', MIXED, "3"),
    Case("{{lookup o missing}}|", MIXED, "|"),
    Case("{{lookup o n}}|", {"o": {"null": 1}, "n": None}, "1|"),
    Case("{{lookup o n}}", {"o": {"undefined": 1}}, "1"),
    Case("{{lookup o true}}", {"o": {"true": 1}}, "1"),
    Case("{{lookup o 1.5}}", {"o": {"1.5": 1}}, "1"),
    Case("{{lookup o l}}", {"o": {"1,2": 1}, "l": [1, 2]}, "1"),
    Case("{{lookup o o}}", {"o": {"[object Object]": 1}}, "1"),
    Case("{{lookup o}}", MIXED, ERROR),
    Case("{{lookup}}", MIXED, ERROR),
    Case('{{lookup o "a" 1}}', MIXED, ERROR),
    Case("{{lookup z}}", MIXED, "0"),
    Case('{{lookup (lookup p 0) "a"}}', MIXED, "1"),
    Case("{{#each l}}{{lookup ../p @index}}{{/each}}", MIXED, "[object Object][object Object]"),
    Case("{{#each p}}{{lookup ../l @index}}{{/each}}", MIXED, "12"),
    Case('{{#lookup o "a"}}x{{/lookup}}', MIXED, "1"),
    Case("{{#with (lookup p 1)}}{{a}}{{/with}}", MIXED, "2"),
    Case('{{lookup this "x"}}', MIXED, "X"),
    Case('{{lookup . "x"}}', MIXED, "X"),
    Case('{{lookup "abc" 1}}', MIXED, "b"),
    Case('{{lookup 5 "a"}}|', MIXED, "|"),
    Case('{{lookup t "a"}}|', MIXED, "|"),
    Case('{{lookup o "constructor"}}|', MIXED, "|"),
    Case("{{#each p}}{{#each b}}{{lookup ../b @index}}{{/each}}{{/each}}", MIXED, "78"),
    Case('{{lookup o "a" x=1}}', MIXED, "1"),
    Case("a{{log x}}b", MIXED, "ab"),
    Case('a{{log "m" level="error"}}b', MIXED, "ab"),
    Case("a{{log}}b", MIXED, "ab"),
    Case("{{#log x}}a{{/log}}|", MIXED, "|"),
    Case("{{#if (log x)}}a{{else}}b{{/if}}", MIXED, "b"),
)
