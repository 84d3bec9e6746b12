"""Pages that ask a visitor to prove to be a person: artgan recognises them and goes away."""

import re
from urllib.parse import urlsplit

from artgan.errors import NetworkError
from artgan.io.failures import FetchError, Reason

_MARKS = re.compile(
    r"/\.within\.website/x/(?:cmd/anubis|xess)|id=[\"']anubis_(?:challenge|version)|"
    # Cloudflare's /cdn-cgi/challenge-platform/ alone is no mark: ordinary pages load a script from there, too.
    r"/cdn-cgi/challenge-platform/h/[a-z]/orchestrate/|window\._cf_chl_opt|id=[\"']challenge-form|"
    r"<title>\s*(?:Making sure you(?:'|&#39;|&#x27;|’)re not a bot!|Just a moment\.\.\.|"
    r"Attention Required! \| Cloudflare)",
    re.IGNORECASE,
)
_HEAD = 200_000


class ChallengeError(FetchError):
    """A site wants its visitors to be people. It is believed, never got around."""

    def __init__(self, message: str) -> None:
        NetworkError.__init__(self, message)
        self.reason, self.cause = Reason.CHALLENGE, message
        self.status, self.passing, self.retry_after = None, False, None


def is_challenge(body: str) -> bool:
    """Whether a page is a challenge of Anubis or Cloudflare, by the marks that those pages need to work."""
    return bool(_MARKS.search(body[:_HEAD]))


def challenge_message(url: str, alternatives: str = "") -> str:
    """One line: who wants what, and what to do instead."""
    instead = f": {alternatives}" if alternatives else ""
    return f"{urlsplit(url).hostname} asks visitors to prove to be people, so artgan stops{instead}"
