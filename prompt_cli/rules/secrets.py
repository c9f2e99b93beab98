"""The published formats of credentials.

Sources: the providers' own documents on secret scanning and the rules of gitleaks and detect-secrets, which agree on
these; of younger ones https://ai.google.dev/gemini-api/docs/api-key (``AQ.``), GitHub's changelog of 15 May 2026
(``ghs_`` with a JSON web token) and Microsoft's security-utilities (``JQQJ9``). Every pattern is linear: each
repetition is of one class of characters, and nothing that may repeat is nested.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_cli.errors import Region


SHORTEST = 15
"""No credential has fewer characters without a space between them; private keys aside, whose marker has one."""


class SecretFormat(NamedTuple):
    """What credentials of one kind look like.

    Attributes:
        kind: What it is called, with its article.
        marker: A text that stands in each of them: where it is missing, the pattern need not be tried.
        expression: The pattern's text.
    """

    kind: str
    marker: str
    expression: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The whole credential; compiled when a marker is met, which takes longer than to check most prompts."""
        return re.compile(self.expression, re.ASCII)


def _format(kind: str, marker: str, pattern: str) -> SecretFormat:
    return SecretFormat(kind, marker, rf"(?<![A-Za-z0-9_])(?:{pattern})")


_END = r"(?![A-Za-z0-9_])"

SECRET_FORMATS = (
    _format("an AWS access key id", "AKIA", rf"AKIA[A-Z0-9]{{16}}{_END}"),
    _format("an AWS access key id", "ASIA", rf"ASIA[A-Z0-9]{{16}}{_END}"),
    _format("an AWS access key id", "ABIA", rf"ABIA[A-Z0-9]{{16}}{_END}"),
    _format("an AWS access key id", "ACCA", rf"ACCA[A-Z0-9]{{16}}{_END}"),
    _format("an Amazon Bedrock key", "ABSK", r"ABSK[A-Za-z0-9+/]{100,280}"),
    _format("an Amazon Bedrock key", "bedrock-api-key-", r"bedrock-api-key-[A-Za-z0-9+/]{60,4000}"),
    _format("a GitHub token", "gh", rf"gh[pousr]_[A-Za-z0-9]{{36,255}}{_END}"),
    _format("a GitHub token", "github_pat_", rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{_END}"),
    _format("a GitHub token", "ghs_", r"ghs_(?:\d{1,12}_)?eyJ[\w-]{10,2000}\.[\w-]{10,8000}\.[\w-]{10,1000}"),
    _format("a GitLab token", "gl", r"gl(?:pat|dt|rt|rtr|cbt|ptt|oas|soat|agent|ft|ffct|imt|wt)-[\w.-]{20,300}"),
    _format("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _format("a Slack token", "xapp-", r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-z0-9]{32,128}"),
    _format(
        "a Slack webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/T?\w{6,12}/\w{6,20}/[\w/]{20,64}",
    ),
    _format("a Stripe key", "k_live_", rf"[rs]k_live_[A-Za-z0-9]{{16,247}}{_END}"),
    _format("a Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/]{32,64}"),
    _format("an Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,8}\d{2}-[\w-]{32,200}"),
    _format("an OpenAI key", "sk-", r"sk-(?:proj|svcacct|admin|None)-[\w-]{32,250}"),
    _format("an OpenRouter key", "sk-or-", r"sk-or-v1-[0-9a-f]{64}"),
    _format("an OpenAI key", "sk-", rf"sk-[A-Za-z0-9]{{32,64}}{_END}"),
    _format("a Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    _format("a Google API key", "AQ.", r"AQ\.[\w-]{40,100}(?![\w-])"),
    _format("a Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    _format("a Google access token", "ya29.", r"ya29\.[\w-]{30,400}"),
    _format("an Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _format("an Azure storage key", "+ASt", r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{5}[AQgw]=="),
    _format("an Azure access key", "SharedAccessKey=", r"SharedAccessKey=[A-Za-z0-9+/]{43}="),
    _format(
        "an Azure key",
        "JQQJ9",
        rf"[A-Za-z0-9]{{52}}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{{16}}[A-Za-z][A-Za-z0-9]{{7}}{_END}",
    ),
    _format("an Azure client secret", "Q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    _format("a Twilio key", "SK", rf"SK[0-9a-f]{{32}}{_END}"),
    _format("a SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _format("a Mailgun key", "key-", rf"key-[0-9a-f]{{32}}{_END}"),
    _format("a Mailchimp key", "-us", rf"[0-9a-f]{{32}}-us\d{{1,2}}{_END}"),
    _format("a Brevo key", "xkeysib-", rf"xkeysib-[0-9a-f]{{64}}-[A-Za-z0-9]{{16}}{_END}"),
    _format("an npm token", "npm_", rf"npm_[A-Za-z0-9]{{36}}{_END}"),
    _format("a RubyGems key", "rubygems_", rf"rubygems_[0-9a-f]{{48}}{_END}"),
    _format("a PyPI token", "pypi-AgE", r"pypi-AgE[\w-]{50,400}"),
    _format("a Hugging Face token", "hf_", rf"hf_[A-Za-z0-9]{{34,40}}{_END}"),
    _format("a Hugging Face token", "api_org_", rf"api_org_[A-Za-z0-9]{{34}}{_END}"),
    _format("a Groq key", "gsk_", rf"gsk_[A-Za-z0-9]{{48,56}}{_END}"),
    _format("an xAI key", "xai-", rf"xai-[A-Za-z0-9]{{70,90}}{_END}"),
    _format("a Perplexity key", "pplx-", rf"pplx-[A-Za-z0-9]{{40,56}}{_END}"),
    _format("a Replicate token", "r8_", rf"r8_[A-Za-z0-9]{{37}}{_END}"),
    _format("an NVIDIA key", "nvapi-", r"nvapi-[\w-]{60,70}(?![\w-])"),
    _format("a Cerebras key", "csk-", rf"csk-[a-z0-9]{{40,56}}{_END}"),
    _format("a Fireworks key", "fw_", rf"fw_[A-Za-z0-9]{{22,24}}{_END}"),
    _format("a Together key", "tgp_v1_", r"tgp_v1_[\w-]{43}(?![\w-])"),
    _format("a Pinecone key", "pcsk_", rf"pcsk_[A-Za-z0-9]{{5,6}}_[A-Za-z0-9]{{63,64}}{_END}"),
    _format("a LangSmith key", "lsv2_", rf"lsv2_(?:pt|sk)_[0-9a-f]{{32}}_[0-9a-f]{{10}}{_END}"),
    _format("a Langfuse key", "sk-lf-", rf"sk-lf-[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{_END}"),
    _format("an ElevenLabs key", "sk_", rf"sk_[0-9a-f]{{48}}{_END}"),
    _format("a Tavily key", "tvly-", rf"tvly-(?:dev-|prod-)?[A-Za-z0-9]{{32}}{_END}"),
    _format("a DigitalOcean token", "_v1_", rf"do[opr]_v1_[0-9a-f]{{64}}{_END}"),
    _format("a Docker token", "dckr_pat_", r"dckr_pat_[\w-]{27}"),
    _format("a Docker token", "dckr_oat_", r"dckr_oat_[\w-]{32}"),
    _format("a Databricks token", "dapi", rf"dapi[0-9a-f]{{32}}{_END}"),
    _format("a Shopify token", "shp", rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    _format("an Atlassian token", "ATATT3", r"ATATT3[\w=-]{100,250}"),
    _format("an Atlassian token", "ATCTT3", r"ATCTT3[\w=-]{100,250}"),
    _format("a Bitbucket password", "ATBB", rf"ATBB[A-Za-z0-9]{{32}}{_END}"),
    _format("a New Relic key", "NRAK-", rf"NRAK-[A-Z0-9]{{27}}{_END}"),
    _format("a HashiCorp Vault token", "hvs.", r"hvs\.[\w-]{24,160}(?![\w-])"),
    _format("a Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),
    _format("a Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _format("a Linear key", "lin_api_", rf"lin_api_[A-Za-z0-9]{{40}}{_END}"),
    _format("a Notion token", "ntn_", rf"ntn_[0-9]{{11}}[A-Za-z0-9]{{35}}{_END}"),
    _format("an Airtable token", "pat", rf"pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}{_END}"),
    _format("a Figma token", "figd_", r"figd_[\w-]{38,48}(?![\w-])"),
    _format("a Postman key", "PMAK-", rf"PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}{_END}"),
    _format("a Sentry token", "sntry", r"sntry(?:s_eyJ[A-Za-z0-9+/=_]{80,400}|u_[0-9a-f]{64})"),
    _format("a Grafana token", "gl", rf"glsa_[A-Za-z0-9]{{32}}_[0-9A-Fa-f]{{8}}{_END}"),
    _format("a Grafana token", "glc_", r"glc_eyJ[A-Za-z0-9+/]{32,400}"),
    _format("a Supabase key", "sb", rf"sb(?:p_[0-9a-f]{{40}}|_secret_[A-Za-z0-9_-]{{31}}){_END}"),
    _format("a PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}"),
    _format("a Heroku key", "HRKU-AA", r"HRKU-AA[\w-]{58}"),
    _format("a Fly.io token", "fm2_", r"fm2_[A-Za-z0-9+/]{100,2000}"),
    _format("a 1Password token", "ops_eyJ", r"ops_eyJ[A-Za-z0-9+/]{250,4000}"),
    _format("an Alibaba Cloud access key id", "LTAI", rf"LTAI[A-Za-z0-9]{{20}}{_END}"),
    _format("a Square token", "sq0", r"sq0(?:atp|csp|idp)-[\w-]{22,60}(?![\w-])"),
    _format(
        "a Teams webhook",
        "webhook.office.com",
        r"webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}",
    ),
    _format("an age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _format("a JSON web token", "eyJ", r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{10,1000}"),
    # Its first line alone is a pattern somebody looks for; with what follows, in YAML or in a string, it is a key.
    _format(
        "a private key",
        "PRIVATE KEY",
        r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s){1,40}[A-Za-z0-9+/=]{16,100}",
    ),
)

# Words of placeholders, and the credentials that providers print in their documents.
_MADE_UP = (
    r"(?i)example|sample|placeholder|dummy|fake|changeme|change[-_]me|redacted|replace|insert|secret[-_]?here|"
    r"your[-_]|my[-_](?:key|secret|token)|xxxx|\*\*\*\*|\.\.\.|"
    # The token of jwt.io and the key of Azure's storage emulator, which stand in every tutorial.
    r"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
)
_RUN = 6
"""So many equal or consecutive characters are no chance."""


def is_placeholder(text: str) -> bool:
    """Tell whether a text stands for a secret and is none.

    >>> is_placeholder("AKIAIOSFODNN7EXAMPLE"), is_placeholder("k3J9xQ2mV7pLw8Rt")
    (True, False)
    """
    return bool(re.search(_MADE_UP, text)) or _longest_run(text) >= _RUN or entropy(text) < _LEAST


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of a text, in bits a character."""
    if not text:
        return 0.0
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _longest_run(text: str) -> int:
    """Return the length of the longest stretch like ``aaaa``, ``abcd`` or ``1234``."""
    longest = {0: 1, 1: 1}
    current = dict(longest)
    for before, after in pairwise(text):
        for step in (0, 1):
            current[step] = current[step] + 1 if ord(after) - ord(before) == step else 1
            longest[step] = max(longest[step], current[step])
    return max(longest.values())


_LEAST = 2.5


def masked(text: str, hidden: Iterable[Region]) -> str:
    """Return a text with stars for every character that may not be shown.

    A log of CI is often readable to more people than the repository: what `validate` warns of, it shall not repeat.
    """
    lines = Lines(text)
    for region in hidden:
        start = lines.index(region.line, region.column)
        end = lines.index(region.end_line, region.end_column)
        stars = "".join(sign if sign in "\r\n" else "*" for sign in text[start:end])
        text = text[:start] + stars + text[end:]
    return text
