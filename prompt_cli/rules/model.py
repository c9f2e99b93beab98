"""PC1: the prompt's data."""

from __future__ import annotations

from prompt_cli.rules.fixing import fix_id
from prompt_cli.rules.rule import Rule, problems_of, prompt_file

_GOOD = prompt_file("template: Hello!\n")

MODEL_RULES = (
    Rule(
        "PC101",
        "missing-field",
        "Every prompt has an id, a version and a format, a variable has a type, a message a role and a content.",
        {"example": "id: example\nformat: text\ntemplate: Hello!\n"},
        _GOOD,
        problems_of("missing_field"),
    ),
    Rule(
        "PC102",
        "unknown-field",
        "A key that is not read is most often one that is misspelt, and what it says is lost without a word. Free data "
        "goes under metadata.",
        prompt_file("descripton: Greets.\ntemplate: Hello!\n"),
        prompt_file("description: Greets.\ntemplate: Hello!\n"),
        problems_of("unknown_field"),
    ),
    Rule(
        "PC103",
        "wrong-value",
        "A value of another type or outside what the field allows cannot mean what was meant.",
        prompt_file("tags: production\ntemplate: Hello!\n"),
        prompt_file("tags: [production]\ntemplate: Hello!\n"),
        problems_of("wrong_value"),
    ),
    Rule(
        "PC104",
        "id-and-path",
        "The path of a file is the address of its prompt; an id that says otherwise sends its readers elsewhere.",
        {"example": "id: another\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n"},
        _GOOD,
        problems_of("wrong_id", "id_mismatch", fix=fix_id),
        fixable="safe",
    ),
    Rule(
        "PC105",
        "template-and-format",
        "A chat has messages, every other format has a template; with both, or neither, there is nothing to render.",
        {"example": "id: example\nversion: 1.0.0\nformat: chat\ntemplate: Hello!\n"},
        {"example": "id: example\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: Hello!}]\n"},
        problems_of("format_mismatch", "template_and_messages"),
    ),
    Rule(
        "PC106",
        "malformed-name",
        "Names are written in templates and on command lines: one that Handlebars or a shell reads as something else "
        "cannot be used, and of two equal ones only one can.",
        prompt_file("variables: {first name: {type: string}}\ntemplate: Hello {{first name}}!\n"),
        prompt_file("variables: {first_name: {type: string}}\ntemplate: Hello {{first_name}}!\n"),
        problems_of("wrong_tag", "variable_name", "duplicate_name"),
    ),
)
