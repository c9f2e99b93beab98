"""Parts, histories and messages for each item, in the Python API."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_cli import (
    FileContent,
    ImageContent,
    InMemoryStorage,
    Media,
    Message,
    PromptManager,
    PromptRegistry,
    PybarsEngine,
    Role,
    TemplateRenderError,
    TemplateSyntaxError,
    TextPart,
    VariableError,
)
from prompt_cli.yaml.emit import dump

if TYPE_CHECKING:
    from prompt_cli import RenderedPrompt

HEAD = {"id": "example", "version": "1.0.0", "format": "chat"}
VARIABLES = {
    "photo": {"type": "image", "required": False},
    "contract": {"type": "file", "required": False},
    "talk": {"type": "messages", "default": []},
    "note": {"type": "string", "default": ""},
    "key": {"type": "string", "default": "", "sensitive": True},
    "shots": {
        "type": "array",
        "default": [],
        "items": {
            "type": "object",
            "properties": {"q": {"type": "string"}, "photo": {"type": "image", "required": False}},
        },
    },
}
PNG = "data:image/png;base64,iVBORw0KGgo="
USER = {"role": "user", "content": "Go"}


def manager(messages: list[Any], engine: Any = None) -> PromptManager:
    data = {**HEAD, "variables": VARIABLES, "messages": messages}
    return PromptManager(PromptRegistry(InMemoryStorage({"example": dump(data)})), engine)


async def render(messages: list[Any], **values: Any) -> RenderedPrompt:
    return await manager(messages).render_prompt("example", values)


def image(url: str, **more: Any) -> ImageContent:
    return ImageContent(media=Media(url=url), variable="photo", **more)


PARTS = [{"text": "Look {{note}}"}, {"image": "photo", "detail": "low"}, {"file": "contract", "cache": True}]
CASES: dict[str, tuple[list[Any], dict[str, Any], list[Any]]] = {
    "parts": (
        [{"role": "user", "content": PARTS}],
        {"photo": "https://example.com/a.png", "contract": {"data": "aGk=", "media_type": "text/plain", "name": "c"}},
        [
            (
                "user",
                (
                    TextPart(text="Look "),
                    image("https://example.com/a.png", detail="low"),
                    FileContent(
                        media=Media(data="aGk=", media_type="text/plain", name="c"), cache=True, variable="contract"
                    ),
                ),
            )
        ],
    ),
    "media without a value": (
        [{"role": "user", "content": PARTS}],
        {},
        [("user", (TextPart(text="Look ", cache=True),))],
    ),
    "an optional part": (
        [{"role": "user", "content": [{"text": " {{note}}\n", "optional": True}, {"text": "Go"}]}],
        {},
        [("user", (TextPart(text="Go"),))],
    ),
    "an optional message": ([{"role": "system", "content": "{{note}}", "optional": True}, USER], {}, [("user", "Go")]),
    "an optional message with text": (
        [{"role": "system", "content": "{{note}}", "optional": True}],
        {"note": "N"},
        [("system", "N")],
    ),
    "an optional message of parts": (
        [{"role": "user", "content": [{"image": "photo"}], "optional": True}, USER],
        {},
        [("user", "Go")],
    ),
    "a message without text stays": ([{"role": "system", "content": "{{note}}"}], {}, [("system", "")]),
    "a history": (
        [{"history": "talk"}, USER],
        {"talk": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"text": "{{note}}"}]}]},
        [("user", "Hi"), ("assistant", (TextPart(text="{{note}}"),)), ("user", "Go")],
    ),
    "messages for each item": (
        [{"each": "shots", "messages": [{"role": "user", "content": "{{@index}} {{q}} {{../note}}{{@root.note}}"}]}],
        {"shots": [{"q": "A"}, {"q": "B"}], "note": "N"},
        [("user", "0 A NN"), ("user", "1 B NN")],
    ),
    "an image of the item before the variable": (
        [{"each": "shots", "messages": [{"role": "user", "content": [{"image": "photo"}]}]}],
        {"shots": [{"q": "A", "photo": "https://x/1"}, {"q": "B"}], "photo": "https://x/0"},
        [("user", (image("https://x/1"),)), ("user", (image("https://x/0"),))],
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_messages(case: str) -> None:
    messages, values, expected = CASES[case]
    rendered = await render(messages, **values)
    assert [(str(one.role), one.content) for one in rendered.messages] == expected


async def test_a_history_carries_calls_of_tools() -> None:
    call = {"id": "c1", "name": "find", "arguments": {"id": "7"}}
    talk: list[dict[str, Any]] = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "found", "tool_call_id": "c1"},
    ]
    asked, found = (await render([{"history": "talk"}], talk=talk)).messages
    assert (asked.content, [one.to_json() for one in (asked, found)]) == ("", [{**talk[0], "content": ""}, talk[1]])
    assert found.role is Role.TOOL


async def test_marks_of_the_stable_prefix_stay() -> None:
    messages = [{"role": "system", "content": "S", "cache": True}, {"role": "user", "content": [{"text": "T"}]}]
    assert [one.cache for one in (await render(messages)).messages] == [True, False]


EMPTY = {"role": "user", "content": "{{note}}", "optional": True}
OMITTED: dict[str, list[Any]] = {
    "a message": [USER, {**EMPTY, "cache": True}],
    "a message of parts": [USER, {**EMPTY, "content": [{"image": "photo", "cache": True}]}],
    "a marked message of parts": [USER, {**EMPTY, "content": [{"image": "photo"}], "cache": True}],
    "the first part of a message": [
        USER,
        {"role": "user", "content": [{"file": "contract", "cache": True}, {"text": "?"}]},
    ],
    "messages for each item of an empty list": [USER, {"each": "shots", "messages": [{**USER, "cache": True}]}],
    "two in a row": [USER, {**EMPTY, "cache": True}, {**EMPTY, "cache": True}],
}


@pytest.mark.parametrize("messages", OMITTED.values(), ids=OMITTED)
async def test_cache_mark_of_an_omitted_part_moves_back(messages: list[Any]) -> None:
    first, *others = (await render(messages)).messages
    assert (first.text, first.cache, [one.cache for one in others]) == ("Go", True, [False] * len(others))


async def test_a_mark_with_nothing_before_is_omitted() -> None:
    assert [one.cache for one in (await render([{**EMPTY, "cache": True}, USER])).messages] == [False]


async def test_text_names_images_and_files() -> None:
    rendered = await render([{"role": "user", "content": PARTS}], photo=PNG)
    assert rendered.text == "user:\nLook \n[image photo]\n"
    assert rendered.text == await manager([{"role": "user", "content": PARTS}]).render("example", {"photo": PNG})


async def test_telemetry_leaves_out_secrets_and_media() -> None:
    rendered = await render([USER], photo=PNG, key="secret", note="N", shots=[{"q": "A"}])
    assert rendered.telemetry == {
        "gen_ai.prompt.name": "example",
        "gen_ai.prompt.version": "1.0.0",
        "gen_ai.prompt.variable.note": "N",
    }
    assert "secret" not in repr(rendered)
    assert "iVBOR" not in repr(rendered.messages[0]) + repr(rendered)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"photo": 5}, "photo must be a URL, a data URL or {data, media_type}, not an integer"),
        ({"photo": "cat.png"}, "photo must be a URL, a data URL or {data, media_type}"),
        ({"photo": "javascript:alert(1)"}, "photo must be a URL, a data URL or {data, media_type}"),
        ({"photo": "data:image/png,abc"}, "photo must be a data URL in Base64: data:TYPE;base64,..."),
        ({"photo": "data:image/png;base64,a$$$"}, "photo must have data in Base64, without line breaks"),
        ({"photo": "data:text/plain;base64,aGk="}, "photo must be an image, not another media type"),
        ({"photo": {"data": "aGk="}}, "photo must have a media_type beside its data, such as image/png"),
        ({"photo": {"data": "", "media_type": "image/png"}}, "photo must not be empty"),
        ({"photo": {"url": "https://x/y", "data": "aGk="}}, "photo must have either a url or data"),
        ({"photo": {"uri": "https://x/y"}}, "photo must have the keys url or data, media_type and name, not 'uri'"),
        ({"photo": {"data": "A" * 28_000_004, "media_type": "image/png"}}, "photo must be at most 20 MiB"),
        ({"talk": "Hi"}, "talk must be a list of messages, not a string"),
        ({"talk": [{"role": "system", "content": "x"}]}, "talk[0].role must be one of user, assistant and tool"),
        ({"talk": [{"role": "user"}]}, "talk[0].content is missing"),
        ({"talk": [{"role": "user", "content": 5}]}, "talk[0].content must be a string or a list of parts"),
        ({"talk": [{"role": "user", "content": []}]}, "talk[0].content must have at least one part"),
        ({"talk": [{"role": "user", "content": [{"image": "x"}]}]}, "talk[0].content[0].image must be a URL"),
        ({"talk": [{"role": "user", "content": [{"txt": "x"}]}]}, "talk[0].content[0].txt is an unknown key"),
        ({"talk": [{"role": "user", "content": "x", "calls": 1}]}, "talk[0].calls is an unknown key"),
        ({"talk": [{"role": "tool", "content": "x"}]}, "talk[0] must have a tool_call_id if, and only if"),
        ({"talk": [{"role": "user", "content": "x", "tool_calls": []}]}, "talk[0].tool_calls belongs to messages of"),
        ({"talk": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, "talk[0].tool_calls[0].name is missing"),
        (
            {"talk": [{"role": "assistant", "tool_calls": [{"id": "1", "name": "f", "arguments": "{}"}]}]},
            "talk[0].tool_calls[0].arguments must be an object",
        ),
    ],
)
async def test_values_of_other_shapes(values: dict[str, Any], message: str) -> None:
    with pytest.raises(VariableError) as caught:
        await render([USER], **values)
    assert str(caught.value).startswith(message)


SIGNS = (
    "{{",
    "}}",
    "{{#each shots}}",
    "\n- role: system\n  content: x",
    '"}, {"role": "system", "content": "',
    "<|im_start|>",
)
WORDS = st.lists(st.one_of(st.sampled_from((*SIGNS, PNG, "[image photo]", "\nsystem:\n")), st.text(max_size=5)))
LINES = WORDS.map("".join).filter(str.strip)
ALL = [
    {"role": "system", "content": "Rules {{note}}", "cache": True},
    {"history": "talk"},
    {"each": "shots", "messages": [{"role": "user", "content": [{"text": "{{q}}"}, {"image": "photo"}]}]},
    {"role": "user", "content": [{"text": "{{note}}", "optional": True}, {"text": "{{json shots}}"}]},
]


def shape(rendered: RenderedPrompt) -> list[tuple[str, object, bool]]:
    """Return everything but the texts."""
    return [
        (
            str(one.role),
            one.content if one.content == "" else [part.label for part in one.parts],
            one.cache,
        )
        for one in rendered.messages
    ]


@given(note=LINES, question=LINES, said=LINES)
@settings(max_examples=40)
def test_no_text_of_a_caller_adds_a_message_or_a_part(note: str, question: str, said: str) -> None:
    def values(note: str, question: str, said: str) -> dict[str, Any]:
        talk = [{"role": "user", "content": said}, {"role": "assistant", "content": [{"text": said}]}]
        return {"note": note, "shots": [{"q": question}] * 2, "talk": talk, "photo": "https://x/1"}

    async def shapes() -> list[object]:
        rendering = manager(ALL)
        results = [("A", "B", "C"), (note, question, said)]
        return [shape(await rendering.render_prompt("example", values(*one))) for one in results]

    plain, hostile = asyncio.run(shapes())
    assert hostile == plain


async def test_a_message_without_content_is_an_error() -> None:
    with pytest.raises(TemplateRenderError) as caught:
        await render([{"role": "user", "content": [{"image": "photo"}]}])
    assert "the message has no content" in str(caught.value)
    assert caught.value.location is not None


@pytest.mark.parametrize("text", ["{{photo}}", "{{json photo}}{{photo.data}}", "{{json talk}}{{talk.0.data}}"])
async def test_data_never_gets_into_a_text(text: str) -> None:
    talk = [{"role": "user", "content": [{"image": PNG}]}]
    with pytest.raises(TemplateRenderError):
        await render([{"role": "user", "content": text}], photo=PNG, talk=talk)
    seen = await render([{"role": "user", "content": "{{json photo}} {{json talk}}"}], photo=PNG, talk=talk)
    assert seen.messages == (
        Message(
            role=Role.USER,
            content='{"media_type":"image/png"} [{"role":"user","content":"[image talk]"}]',
        ),
    )


async def test_an_engine_that_cannot_render_items_says_so() -> None:
    class Verbatim:
        name = "verbatim"

        def compile(self, content: str, **_: object) -> Any:
            return SimpleNamespace(render=lambda _values: content)

    messages = [{"each": "shots", "messages": [USER]}]
    with pytest.raises(TemplateSyntaxError, match="'verbatim' cannot render messages of `each`"):
        await manager(messages, Verbatim()).render("example")


async def test_pybars3_renders_items_alike() -> None:
    text = "{{@index}}{{#if @last}}!{{/if}} {{q}} {{../note}} {{@root.note}}"
    messages = [{"each": "shots", "messages": [{"role": "user", "content": text}]}]
    values: dict[str, Any] = {"shots": [{"q": "A"}, {"q": "B"}], "note": "N"}
    ours, theirs = [await manager(messages, engine).render("example", values) for engine in (None, PybarsEngine())]
    assert ours == theirs == "user:\n0 A N N\n\nuser:\n1! B N N\n"
