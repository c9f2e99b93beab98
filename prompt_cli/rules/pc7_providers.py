"""PC7: providers. The facts are in `prompt_cli.providers.facts`; `model.provider` chooses those that apply."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Severity
from prompt_cli.domain.variables import json_schema, object_schema
from prompt_cli.problems import Problem
from prompt_cli.rules.rule import Match, Rule, Subject, prompt_file

if TYPE_CHECKING:
    from prompt_cli.providers.facts import Api


def _apis(subject: Subject) -> tuple[Api, ...]:
    model = subject.prompt.model if subject.prompt else None
    if model is None or not model.provider:
        return ()
    from prompt_cli.providers.facts import apis_of  # many prompts name no provider

    return apis_of(model.provider)


def _parameters(subject: Subject) -> tuple[str, ...]:
    model = subject.prompt.model if subject.prompt else None
    return tuple(model.parameters) if model else ()


def _find_refused_parameters(subject: Subject) -> Iterator[Match]:
    if apis := _apis(subject):
        from prompt_cli.providers.draft import PARAMETERS, refusal  # as above

        for name in _parameters(subject):
            if not any(api.place(name) or name in api.built for api in apis):
                yield _match(refusal(apis[0], name, (*PARAMETERS, name)))


def _find_deprecated_parameters(subject: Subject) -> Iterator[Match]:
    if apis := _apis(subject):
        from prompt_cli.providers.draft import PARAMETERS  # as above

        for name in _parameters(subject):
            facts = ((api, fact) for api in apis for fact in api.deprecated if fact.parameter == name)
            for api, fact in islice(facts, 1):
                yield Match(f"{api.title} {fact.reason}", (*PARAMETERS, name), fact.help, key=True)


def _find_missing_parameters(subject: Subject) -> Iterator[Match]:
    for api in _apis(subject):
        from prompt_cli.providers.draft import missing_parameters  # as above

        yield from map(_match, missing_parameters(api, _parameters(subject)))


def _find_refused_schemas(subject: Subject) -> Iterator[Match]:
    prompt, apis = subject.prompt, _apis(subject)
    if prompt is None or not apis:
        return
    from prompt_cli.providers.draft import output_problems, parameter_problems  # as above

    api = apis[0]  # the APIs of one provider have the same strict mode
    if prompt.output is not None:
        yield from map(_match, output_problems(json_schema(prompt.output.spec), api))
    for n, tool in enumerate(prompt.tools):
        yield from map(_match, parameter_problems(object_schema(tool.parameters), api, n))


def _match(problem: Problem) -> Match:
    return Match(problem.message, problem.path, problem.help, key=True)


_ANTHROPIC = "model: {provider: anthropic, name: any-model, parameters: {max_tokens: 300"
_TEXT = "template: Hello!\n"
_OUTPUT = "output: {name: answer, schema: {type: object, properties: {text: {type: string"
_OPENAI = "}}}}\nmodel: {provider: openai}\n" + _TEXT

PROVIDER_RULES = (
    Rule(
        "PC701",
        "unsupported-parameter",
        "The API of the provider does not have this parameter, so every request fails. Checks only prompts that set "
        "`model.provider`, and only facts that hold for all models of the provider.",
        prompt_file(_ANTHROPIC + ", temperature: 0.2}}\n" + _TEXT),
        prompt_file(_ANTHROPIC + "}}\n" + _TEXT),
        _find_refused_parameters,
    ),
    Rule(
        "PC702",
        "deprecated-parameter",
        "Newer models reject a deprecated parameter, and later all models do.",
        prompt_file("model: {provider: openai, parameters: {max_tokens: 300}}\n" + _TEXT),
        prompt_file("model: {provider: openai, parameters: {max_completion_tokens: 300}}\n" + _TEXT),
        _find_deprecated_parameters,
        Severity.WARNING,
    ),
    Rule(
        "PC703",
        "missing-parameter",
        "Callers can't know to pass a parameter that the API requires and the prompt does not set.",
        prompt_file("model: {provider: anthropic, name: any-model}\n" + _TEXT),
        prompt_file(_ANTHROPIC + "}}\n" + _TEXT),
        _find_missing_parameters,
        Severity.WARNING,
    ),
    Rule(
        "PC704",
        "unsupported-schema",
        "The strict mode of a provider supports a part of JSON Schema, and rejects requests with other keywords.",
        prompt_file(_OUTPUT + ", maxLength: 80" + _OPENAI),
        prompt_file(_OUTPUT + ", description: At most 80 characters." + _OPENAI),
        _find_refused_schemas,
    ),
)
