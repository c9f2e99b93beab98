"""A FastAPI service whose requests and responses are prompts; it needs no code but the routes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Body, FastAPI, HTTPException

from prompt_cli import (
    InMemoryStorage,
    Message,
    Prompt,
    PromptExistsError,
    PromptManager,
    PromptNotFoundError,
    PromptRegistry,
    SemanticVersion,
    VariableError,
)

GREETING: dict[str, Any] = {
    "id": "greeting",
    "version": "1.0.0",
    "format": "text",
    "variables": {
        "name": {"type": "string", "minLength": 1},
        "title": {"type": "string", "nullable": True, "default": None},
        "tone": {"type": "string", "required": False},
    },
    "template": "Hello {{#if title}}{{title}} {{/if}}{{name}}!",
    "metadata": {"owner": {"team": ["a"], "since": 2.0}},
}
TRIAGE: dict[str, Any] = {
    "id": "support/triage",
    "version": "0.1.0",
    "format": "chat",
    "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "name": "ada", "content": "{{ticket}}"}],
    "variables": {"ticket": {"type": "string"}},
    "examples": [{"name": "mail", "variables": {"ticket": "No mail"}, "expect": {"contains": ["No mail"]}}],
}


def service(manager: PromptManager) -> FastAPI:
    app = FastAPI()

    @app.post("/prompts", status_code=201)
    async def create(prompt: Prompt) -> Prompt:
        try:
            return await manager.create_prompt(prompt)
        except PromptExistsError as error:
            raise HTTPException(409, str(error)) from error

    @app.get("/prompts")
    async def list_prompts() -> list[Prompt]:
        return [prompt async for prompt in manager.list_prompts()]

    @app.get("/prompts/{prompt_id:path}")
    async def get(prompt_id: str) -> Prompt:
        try:
            return await manager.get(prompt_id)
        except PromptNotFoundError as error:
            raise HTTPException(404, str(error)) from error

    @app.put("/prompts/{prompt_id:path}/version")
    async def set_version(prompt_id: str, version: Annotated[SemanticVersion, Body(embed=True)]) -> Prompt:
        return await manager.save((await manager.get(prompt_id)).clone(version=version))

    @app.post("/render/{prompt_id:path}")
    async def render(prompt_id: str, variables: dict[str, Any]) -> list[Message]:
        try:
            return list(await manager.render_messages(prompt_id, variables))
        except VariableError as error:
            raise HTTPException(422, [problem.message for problem in error.problems]) from error

    @app.post("/echo")
    async def echo(message: Message) -> Message:
        return message

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with PromptManager(PromptRegistry(InMemoryStorage())) as manager:
        transport = httpx2.ASGITransport(app=service(manager))
        async with httpx2.AsyncClient(transport=transport, base_url="http://prompts") as client:
            yield client


@pytest.mark.parametrize("data", [GREETING, TRIAGE], ids=lambda data: data["format"])
async def test_a_prompt_is_a_request_and_a_response(client: httpx2.AsyncClient, data: dict[str, Any]) -> None:
    created = await client.post("/prompts", json=data)
    assert (created.status_code, created.json()) == (201, data)
    assert (await client.get(f"/prompts/{data['id']}")).json() == data
    assert (await client.get("/prompts")).json() == [data]
    assert (await client.post("/prompts", json=data)).status_code == 409
    assert (await client.get("/prompts/other")).status_code == 404


async def test_a_response_is_a_request(client: httpx2.AsyncClient) -> None:
    first = await client.post("/prompts", json=GREETING)
    again = await client.post("/prompts", json=first.json() | {"id": "again"})
    assert again.json() == GREETING | {"id": "again"}
    saved = await client.put("/prompts/again/version", json={"version": "1.1.0"})
    assert saved.json() == GREETING | {"id": "again", "version": "1.1.0"}


async def test_messages_are_rendered(client: httpx2.AsyncClient) -> None:
    for data in (GREETING, TRIAGE):
        await client.post("/prompts", json=data)
    rendered = await client.post("/render/support/triage", json={"ticket": "No mail"})
    assert rendered.json() == [
        {"role": "system", "content": "Sort."},
        {"role": "user", "name": "ada", "content": "No mail"},
    ]
    assert (await client.post("/render/greeting", json={"name": "Ada"})).json() == [
        {"role": "user", "content": "Hello Ada!"}
    ]
    wrong = await client.post("/render/greeting", json={"name": 5})
    assert (wrong.status_code, wrong.json()) == (422, {"detail": ["name must be a string, not an integer"]})
    assert (await client.post("/echo", json={"role": "user", "content": "x"})).json()["role"] == "user"


@pytest.mark.parametrize(
    ("change", "location", "message"),
    [
        ({"version": "1.0"}, ["body", "version"], "invalid version"),
        ({"variables": {"a": {"type": "strng"}}}, ["body", "variables", "a", "type"], "Input should be 'string'"),
        ({"format": "chat"}, ["body"], "format chat needs messages"),
        ({"metadata": {"a": 10**400}}, ["body", "metadata", "a"], "a number beyond"),
    ],
)
async def test_error_of_an_invalid_prompt_has_its_place(
    client: httpx2.AsyncClient, change: dict[str, Any], location: list[str], message: str
) -> None:
    response = await client.post("/prompts", json=GREETING | change)
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == location
    assert message in problem["msg"]


async def test_openapi_holds_the_schema_of_the_file(client: httpx2.AsyncClient) -> None:
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    file = Prompt.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in ({"Prompt": file} | file.pop("$defs")).items():
        served = [schemas[key] for key in (name, f"{name}-Input", f"{name}-Output") if key in schemas]
        assert served
        for one in served:
            # A schema that refers to itself, as that of a variable does, is served once for each direction.
            assert json.loads(json.dumps(one).replace("-Input", "").replace("-Output", "")) == schema
