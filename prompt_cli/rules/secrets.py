"""Detection of secrets in text, and their redaction.

Sources of the formats: the providers' documentation of secret scanning and the rules of gitleaks and detect-secrets,
which agree; for newer formats https://ai.google.dev/gemini-api/docs/api-key (``AQ.``), GitHub's changelog of 15 May
2026 (``ghs_`` with a JSON web token) and Microsoft's security-utilities (``JQQJ9``). Every pattern takes linear time:
each repetition is of one character class, and none is nested.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from prompt_cli.problems import Region
from prompt_cli.yaml.nodes import Lines


class Secret(NamedTuple):
    """A span of a text that looks like a secret, with the kind of secret."""

    start: int
    end: int
    kind: str


class _Format(NamedTuple):
    """The format of one kind of credential; each contains `marker`, which is faster to find than the pattern."""

    kind: str
    marker: str
    expression: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression. Compiling all of them up front takes longer than checking most prompts."""
        return re.compile(rf"(?<![A-Za-z0-9_])(?:{self.expression})", re.ASCII)


_QUOTED = 12
"""The length of the beginning by which a secret is found in a message, which may shorten it."""
_END = r"(?![A-Za-z0-9_])"
_PRIVATE_KEY = "-----BEGIN"
"""The marker of the one format with spaces."""

SECRET_FORMATS = (
    *(_Format("an AWS access key id", one, rf"{one}[A-Z0-9]{{16}}{_END}") for one in ("AKIA", "ASIA", "ABIA", "ACCA")),
    _Format("an Amazon Bedrock key", "ABSK", r"ABSK[A-Za-z0-9+/]{100,280}"),
    _Format("an Amazon Bedrock key", "bedrock-api-key-", r"bedrock-api-key-[A-Za-z0-9+/]{60,4000}"),
    _Format("a GitHub token", "gh", rf"gh[pousr]_[A-Za-z0-9]{{36,255}}{_END}"),
    _Format("a GitHub token", "github_pat_", rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{_END}"),
    _Format("a GitHub token", "ghs_", r"ghs_(?:\d{1,12}_)?eyJ[\w-]{10,2000}\.[\w-]{10,8000}\.[\w-]{10,1000}"),
    _Format("a GitLab token", "gl", r"gl(?:pat|dt|rt|rtr|cbt|ptt|oas|soat|agent|ft|ffct|imt|wt)-[\w.-]{20,300}"),
    _Format("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _Format("a Slack token", "xapp-", r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-z0-9]{32,128}"),
    _Format(
        "a Slack webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/T?\w{6,12}/\w{6,20}/[\w/]{20,64}",
    ),
    _Format("a Stripe key", "k_live_", rf"[rs]k_live_[A-Za-z0-9]{{16,247}}{_END}"),
    _Format("a Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/]{32,64}"),
    _Format("an Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,8}\d{2}-[\w-]{32,200}"),
    _Format("an OpenAI key", "sk-", r"sk-(?:proj|svcacct|admin|None)-[\w-]{32,250}"),
    _Format("an OpenRouter key", "sk-or-", r"sk-or-v1-[0-9a-f]{64}"),
    _Format("an OpenAI key", "sk-", rf"sk-[A-Za-z0-9]{{32,64}}{_END}"),
    _Format("a Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    _Format("a Google API key", "AQ.", r"AQ\.[\w-]{40,100}(?![\w-])"),
    _Format("a Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    _Format("a Google access token", "ya29.", r"ya29\.[\w-]{30,400}"),
    _Format("an Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _Format("an Azure storage key", "+ASt", r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{5}[AQgw]=="),
    _Format("an Azure access key", "SharedAccessKey=", r"SharedAccessKey=[A-Za-z0-9+/]{43}="),
    _Format(
        "an Azure key",
        "JQQJ9",
        rf"[A-Za-z0-9]{{52}}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{{16}}[A-Za-z][A-Za-z0-9]{{7}}{_END}",
    ),
    _Format("an Azure client secret", "Q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    _Format("a Twilio key", "SK", rf"SK[0-9a-f]{{32}}{_END}"),
    _Format("a SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _Format("a Mailgun key", "key-", rf"key-[0-9a-f]{{32}}{_END}"),
    _Format("a Mailchimp key", "-us", rf"[0-9a-f]{{32}}-us\d{{1,2}}{_END}"),
    _Format("a Brevo key", "xkeysib-", rf"xkeysib-[0-9a-f]{{64}}-[A-Za-z0-9]{{16}}{_END}"),
    _Format("an npm token", "npm_", rf"npm_[A-Za-z0-9]{{36}}{_END}"),
    _Format("a RubyGems key", "rubygems_", rf"rubygems_[0-9a-f]{{48}}{_END}"),
    _Format("a PyPI token", "pypi-AgE", r"pypi-AgE[\w-]{50,400}"),
    _Format("a Hugging Face token", "hf_", rf"hf_[A-Za-z0-9]{{34,40}}{_END}"),
    _Format("a Hugging Face token", "api_org_", rf"api_org_[A-Za-z0-9]{{34}}{_END}"),
    _Format("a Groq key", "gsk_", rf"gsk_[A-Za-z0-9]{{48,56}}{_END}"),
    _Format("an xAI key", "xai-", rf"xai-[A-Za-z0-9]{{70,90}}{_END}"),
    _Format("a Perplexity key", "pplx-", rf"pplx-[A-Za-z0-9]{{40,56}}{_END}"),
    _Format("a Replicate token", "r8_", rf"r8_[A-Za-z0-9]{{37}}{_END}"),
    _Format("an NVIDIA key", "nvapi-", r"nvapi-[\w-]{60,70}(?![\w-])"),
    _Format("a Cerebras key", "csk-", rf"csk-[a-z0-9]{{40,56}}{_END}"),
    _Format("a Fireworks key", "fw_", rf"fw_[A-Za-z0-9]{{22,24}}{_END}"),
    _Format("a Together key", "tgp_v1_", r"tgp_v1_[\w-]{43}(?![\w-])"),
    _Format("a Pinecone key", "pcsk_", rf"pcsk_[A-Za-z0-9]{{5,6}}_[A-Za-z0-9]{{63,64}}{_END}"),
    _Format("a LangSmith key", "lsv2_", rf"lsv2_(?:pt|sk)_[0-9a-f]{{32}}_[0-9a-f]{{10}}{_END}"),
    _Format("a Langfuse key", "sk-lf-", rf"sk-lf-[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{_END}"),
    _Format("an ElevenLabs key", "sk_", rf"sk_[0-9a-f]{{48}}{_END}"),
    _Format("a Tavily key", "tvly-", rf"tvly-(?:dev-|prod-)?[A-Za-z0-9]{{32}}{_END}"),
    _Format("a DigitalOcean token", "_v1_", rf"do[opr]_v1_[0-9a-f]{{64}}{_END}"),
    _Format("a Docker token", "dckr_pat_", r"dckr_pat_[\w-]{27}"),
    _Format("a Docker token", "dckr_oat_", r"dckr_oat_[\w-]{32}"),
    _Format("a Databricks token", "dapi", rf"dapi[0-9a-f]{{32}}{_END}"),
    _Format("a Shopify token", "shp", rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    _Format("an Atlassian token", "ATATT3", r"ATATT3[\w=-]{100,250}"),
    _Format("an Atlassian token", "ATCTT3", r"ATCTT3[\w=-]{100,250}"),
    _Format("a Bitbucket password", "ATBB", rf"ATBB[A-Za-z0-9]{{32}}{_END}"),
    _Format("a New Relic key", "NRAK-", rf"NRAK-[A-Z0-9]{{27}}{_END}"),
    _Format("a HashiCorp Vault token", "hvs.", r"hvs\.[\w-]{24,160}(?![\w-])"),
    _Format("a Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),
    _Format("a Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _Format("a Linear key", "lin_api_", rf"lin_api_[A-Za-z0-9]{{40}}{_END}"),
    _Format("a Notion token", "ntn_", rf"ntn_[0-9]{{11}}[A-Za-z0-9]{{35}}{_END}"),
    _Format("an Airtable token", "pat", rf"pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}{_END}"),
    _Format("a Figma token", "figd_", r"figd_[\w-]{38,48}(?![\w-])"),
    _Format("a Postman key", "PMAK-", rf"PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}{_END}"),
    _Format("a Sentry token", "sntry", r"sntry(?:s_eyJ[A-Za-z0-9+/=_]{80,400}|u_[0-9a-f]{64})"),
    _Format("a Grafana token", "gl", rf"glsa_[A-Za-z0-9]{{32}}_[0-9A-Fa-f]{{8}}{_END}"),
    _Format("a Grafana token", "glc_", r"glc_eyJ[A-Za-z0-9+/]{32,400}"),
    _Format("a Supabase key", "sb", rf"sb(?:p_[0-9a-f]{{40}}|_secret_[A-Za-z0-9_-]{{31}}){_END}"),
    _Format("a PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}"),
    _Format("a Heroku key", "HRKU-AA", r"HRKU-AA[\w-]{58}"),
    _Format("a Fly.io token", "fm2_", r"fm2_[A-Za-z0-9+/]{100,2000}"),
    _Format("a 1Password token", "ops_eyJ", r"ops_eyJ[A-Za-z0-9+/]{250,4000}"),
    _Format("an Alibaba Cloud access key id", "LTAI", rf"LTAI[A-Za-z0-9]{{20}}{_END}"),
    _Format("a Square token", "sq0", r"sq0(?:atp|csp|idp)-[\w-]{22,60}(?![\w-])"),
    _Format(
        "a Teams webhook",
        "webhook.office.com",
        r"webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}",
    ),
    _Format("an age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _Format("a JSON web token", "eyJ", r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{10,1000}"),
    # The first line alone is often a search pattern; with text after it, it is a key.
    _Format(
        "a private key",
        _PRIVATE_KEY,
        r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s){1,40}[A-Za-z0-9+/=]{16,100}",
    ),
)

_MARKERS = tuple(dict.fromkeys(one.marker for one in SECRET_FORMATS if one.marker != _PRIVATE_KEY))
_MIN_LENGTH = 15  # of a credential without spaces


def markers_in(text: str) -> list[str]:
    """Return the markers of credentials in a text."""
    # Few words are long enough for a credential, and searching only those, each once, is much faster.
    words = " ".join({word for word in text.split() if len(word) >= _MIN_LENGTH})
    markers = [marker for marker in _MARKERS if marker in words] if words else []
    return [*markers, _PRIVATE_KEY] if _PRIVATE_KEY in text else markers


def find_credentials(text: str) -> list[Secret]:
    """Return the spans with the published format of a credential, the first of those that overlap."""
    markers = markers_in(text)
    matches = sorted(
        Secret(*match.span(), one.kind)
        for one in SECRET_FORMATS
        if one.marker in markers
        for match in one.pattern.finditer(text)
        if not is_placeholder(match[0])
    )
    secrets: list[Secret] = []
    for one in matches:
        if not secrets or one.start >= secrets[-1].end:
            secrets.append(one)
    return secrets


# Expressions as text, compiled on first use: most prompts need none of them.
_ASSIGNMENT = (
    r"(?ia)(?:passw(?:or)?d|passphrase|pwd|secret|"
    # Tokens of pages and of repeated requests are not secret.
    r"(?<!next)(?<!next[_-])(?<!page)(?<!page[_-])(?<!client)(?<!client[_-])token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)"
    r"[\"']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"'`]?([^\s\"'`,;<>{}()\[\]]{10,200})"
)
_REQUEST = r"(?ia)Authorization[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?:Bearer|Basic|Token)[ \t]{1,4}([\w.~+/-]{16,400})"
_ADDRESS = r"://[^\s:/@\"'<>{}]{1,64}:([^\s:/@\"'<>{}]{6,100})@"
_ASSIGNMENTS = (
    (("passw", "passphrase", "pwd", "secret", "token", "key"), _ASSIGNMENT, "a secret"),
    (("authorization",), _REQUEST, "the token of a request"),
    (("@",), _ADDRESS, "a password in an address"),
)
"""Words of which a text must hold one, the expression whose group is the value, and the kind of the value."""
_REFERENCE = r"(?i)[$%/~@]|\d{4}-\d\d-\d\dT|https?:|[\w.]*env\b|[A-Za-z_]+(?:\.[A-Za-z_]+)+$"
# Words and short numbers joined by marks: get_token_v2, settings.API_KEY_2, docs/setup-v2.md, Desktop/Title/H1.
_IDENTIFIER = (
    r"(?a)(?=.*[A-Za-z]{3})(?:[A-Za-z]+\d{0,3}|[Vv]?\d{1,4}[a-z]{0,2})(?:[./-](?:[A-Za-z]+\d{0,3}|[Vv]?\d{1,4}[a-z]{0,2}))+$|"
    r"(?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4})(?:[._/-](?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4}))+$|"
    r"(?:[A-Z]?[a-z]{3,}+\d{0,4}+|[A-Z]{2,6}+\d{0,4}+)++$"
)
# Values that people write for a secret in an example; generators hardly produce them.
_EXAMPLE = (
    r"(?i)abc.?123|123.?abc|xyz.?123|p[a@4]ssw[o0]rd|s[e3]cr[e3]t|hunter2|qwerty|letmein|deadbeef|foobar|demo|test"
)
_MIN_RANDOM_ENTROPY = 3.0


def find_possible_credentials(text: str) -> list[Secret]:
    """Return random-looking values of a password, token or key, without those of a published format."""
    candidates = [one for one in _assigned_values(text) if _is_random(text[one.start : one.end])]
    credentials = find_credentials(text) if candidates else []
    return [one for one in candidates if not any(it.start < one.end and one.start < it.end for it in credentials)]


def assignments_in(text: str) -> list[tuple[str, str]]:
    """Return the expressions, with their kinds of values, one of whose words is in a text."""
    lower = text.lower()
    return [(expression, kind) for words, expression, kind in _ASSIGNMENTS if any(word in lower for word in words)]


def _assigned_values(text: str) -> Iterator[Secret]:
    """Yield values assigned to a name like ``password``, passwords in addresses, and tokens of request headers."""
    for expression, kind in assignments_in(text):
        yield from (Secret(*match.span(1), kind) for match in re.finditer(expression, text))


def _is_random(value: str) -> bool:
    """Return whether a value mixes letters and digits in no order."""
    is_mixed = any(one.isdigit() for one in value) and any(one.isalpha() for one in value)
    if not is_mixed or is_placeholder(value):
        return False
    if re.match(_REFERENCE, value) or re.match(_IDENTIFIER, value) or re.search(_EXAMPLE, value):
        return False
    return _entropy(value) >= _MIN_RANDOM_ENTROPY


# Words of placeholders, and credentials that providers print in their documentation.
_MADE_UP = (
    r"(?i)example|sample|placeholder|dummy|fake|changeme|change[-_]me|redacted|replace|insert|secret[-_]?here|"
    r"your[-_]|my[-_](?:key|secret|token)|xxxx|\*\*\*\*|\.\.\.|"
    # The token of jwt.io and the key of Azure's storage emulator.
    r"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
)
_MIN_RUN = 6  # equal or consecutive characters that are not random
_MIN_ENTROPY = 2.5


def is_placeholder(text: str) -> bool:
    """Return whether a text stands in for a secret.

    >>> is_placeholder("AKIAIOSFODNN7EXAMPLE"), is_placeholder("k3J9xQ2mV7pLw8Rt")
    (True, False)
    """
    letters, digits = (filter(test, text) for test in (str.isalpha, str.isdigit))
    # Two runs may be mixed: a1b2c3d4e5f6.
    longest = max(map(_longest_run, (text, "".join(letters), "".join(digits))))
    return bool(re.search(_MADE_UP, text)) or longest >= _MIN_RUN or _entropy(text) < _MIN_ENTROPY


def _entropy(text: str) -> float:
    """Return Shannon's entropy of a text, in bits per character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _longest_run(text: str) -> int:
    """Return the length of the longest run like ``aaaa``, ``abcd`` or ``1234``."""
    longest = 1
    for step in (0, 1):
        length = 1
        for before, after in pairwise(text):
            length = length + 1 if ord(after) - ord(before) == step else 1
            longest = max(longest, length)
    return longest


def redact(text: str, regions: Iterable[Region]) -> str:
    """Return a text with stars in place of the characters of some regions, for logs that more people can read."""
    lines = Lines(text)
    for region in regions:
        start, end = lines.index(*region[:2]), lines.index(*region[2:])
        stars = "".join(one if one in "\r\n" else "*" for one in text[start:end])
        text = text[:start] + stars + text[end:]
    return text


def beginnings_of(text: str, regions: Iterable[Region]) -> frozenset[str]:
    """Return the beginnings of the secrets in some regions of a text, for `redact_message`."""
    lines = Lines(text)
    starts = [lines.index(one.line, one.column) for one in regions]
    return frozenset(text[start : start + _QUOTED] for start in starts)


def redact_message(message: str, beginnings: Iterable[str]) -> str:
    """Return a message with stars in place of the secrets that it quotes, whole or shortened."""
    for beginning in beginnings:
        if beginning in message:
            message = re.sub(rf"{re.escape(beginning)}[^\s'\"]*", "***", message)
    return message
