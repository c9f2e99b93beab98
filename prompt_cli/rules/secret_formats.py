"""The published formats of credentials.

Sources: the providers' own documents on secret scanning and the rules of gitleaks and detect-secrets, which agree on
these. Every pattern is linear: each repetition is of one class of characters, and nothing that may repeat is nested.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class SecretFormat(NamedTuple):
    """What credentials of one kind look like.

    Attributes:
        kind: What it is called, with its article.
        marker: A text that stands in each of them: where it is missing, the pattern need not be tried.
        pattern: The whole credential.
    """

    kind: str
    marker: str
    pattern: re.Pattern[str]


def _format(kind: str, marker: str, pattern: str) -> SecretFormat:
    return SecretFormat(kind, marker, re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})", re.ASCII))


_END = r"(?![A-Za-z0-9_])"

SECRET_FORMATS = (
    _format("an AWS access key id", "AKIA", rf"AKIA[A-Z0-9]{{16}}{_END}"),
    _format("an AWS access key id", "ASIA", rf"ASIA[A-Z0-9]{{16}}{_END}"),
    _format("a GitHub token", "gh", rf"gh[pousr]_[A-Za-z0-9]{{36,255}}{_END}"),
    _format("a GitHub token", "github_pat_", rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{_END}"),
    _format("a GitLab token", "gl", r"gl(?:pat|dt|rt|cbt|ptt|oas|soat|agent)-[\w.-]{20,300}"),
    _format("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _format("a Slack token", "xapp-", r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-z0-9]{32,128}"),
    _format("a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/T\w{6,12}/B\w{6,12}/\w{20,32}"),
    _format("a Stripe key", "k_live_", rf"[rs]k_live_[A-Za-z0-9]{{16,247}}{_END}"),
    _format("a Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/]{32,64}"),
    _format("an Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,8}\d{2}-[\w-]{32,200}"),
    _format("an OpenAI key", "sk-", r"sk-(?:proj|svcacct|admin|None)-[\w-]{32,250}"),
    _format("an OpenRouter key", "sk-or-", r"sk-or-v1-[0-9a-f]{64}"),
    _format("an OpenAI key", "sk-", rf"sk-[A-Za-z0-9]{{32,64}}{_END}"),
    _format("a Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    _format("a Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    _format("a Google access token", "ya29.", r"ya29\.[\w-]{30,400}"),
    _format("an Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _format("an Azure client secret", "Q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    _format("a Twilio key", "SK", rf"SK[0-9a-f]{{32}}{_END}"),
    _format("a SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _format("a Mailgun key", "key-", rf"key-[0-9a-f]{{32}}{_END}"),
    _format("an npm token", "npm_", rf"npm_[A-Za-z0-9]{{36}}{_END}"),
    _format("a PyPI token", "pypi-AgE", r"pypi-AgE[\w-]{50,400}"),
    _format("a Hugging Face token", "hf_", rf"hf_[A-Za-z0-9]{{34,40}}{_END}"),
    _format("a Groq key", "gsk_", rf"gsk_[A-Za-z0-9]{{48,56}}{_END}"),
    _format("an xAI key", "xai-", rf"xai-[A-Za-z0-9]{{70,90}}{_END}"),
    _format("a Perplexity key", "pplx-", rf"pplx-[A-Za-z0-9]{{40,56}}{_END}"),
    _format("a Replicate token", "r8_", rf"r8_[A-Za-z0-9]{{37}}{_END}"),
    _format("a DigitalOcean token", "_v1_", rf"do[opr]_v1_[0-9a-f]{{64}}{_END}"),
    _format("a Docker token", "dckr_pat_", r"dckr_pat_[\w-]{27}"),
    _format("a Databricks token", "dapi", rf"dapi[0-9a-f]{{32}}{_END}"),
    _format("a Shopify token", "shp", rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    _format("an Atlassian token", "ATATT3", r"ATATT3[\w=-]{100,250}"),
    _format("a New Relic key", "NRAK-", rf"NRAK-[A-Z0-9]{{27}}{_END}"),
    _format("a HashiCorp Vault token", "hvs.", r"hvs\.[\w-]{80,160}"),
    _format("a Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _format("a Linear key", "lin_api_", rf"lin_api_[A-Za-z0-9]{{40}}{_END}"),
    _format("an age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _format("a JSON web token", "eyJ", r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{10,1000}"),
    # Its first line alone is a pattern somebody looks for; with what follows, in YAML or in a string, it is a key.
    _format(
        "a private key",
        "PRIVATE KEY",
        r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s){1,40}[A-Za-z0-9+/=]{16,100}",
    ),
)
