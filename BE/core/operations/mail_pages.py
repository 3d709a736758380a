"""``/dev/mail``: the mails that were written, for developers on this machine."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import HTMLResponse

from BE.core.exceptions import NotFoundError
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.routes import ModuleRouter, StrictRoute
from BE.core.http.this_machine import THIS_MACHINE
from BE.core.operations.kept_mails import KeptMail, KeptMails

router = ModuleRouter(
    prefix="/dev/mail",
    tags=["operations"],
    route_class=StrictRoute,
    dependencies=[THIS_MACHINE],
    include_in_schema=False,
)

_SHOWN = 100
_LINK = re.compile(r"""(https?://[^\s<>"']*[^\s<>"'.,;:!?)\]])""")
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; line-height: 1.3 }
ul { list-style: none; padding: 0 }
li { border-top: 1px solid light-dark(#ddd, #444) }
li a { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .6rem .25rem }
li a { justify-content: space-between }
li a:not(:hover, :focus-visible) { text-decoration: none }
li b { flex-basis: 100% }
a { color: light-dark(#1a5fb4, #8ab4f8) }
small, dl { color: light-dark(#555, #b0b0b0) }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem }
dd { margin: 0 }
pre { font: inherit; white-space: pre-wrap; border-top: 1px solid light-dark(#ddd, #444) }
pre { padding-top: 1rem }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""
_REFRESH = '<meta http-equiv="refresh" content="3">\n'
_SENT = "<p>Mails leave through the server of <code>SMTP_URL</code>, so none is kept here.</p>"
_NONE = "<p>There is no mail yet. Sign up, and the first one appears here.</p>"


class MailNotFound(NotFoundError):
    """There is no such mail"""


@router.get("", response_class=HTMLResponse)
async def list_kept_mails(mails: Provided[KeptMails]) -> Response:
    newest = await mails.newest(_SHOWN)
    notice = _SENT if mails.are_sent else "" if newest else _NONE
    items = "\n".join(map(_item, newest))
    rest = f"<p><small>The {_SHOWN} newest.</small></p>" if len(newest) == _SHOWN else ""
    content = f"<h1>Mails</h1>\n{notice}\n<ul>\n{items}\n</ul>\n{rest}"
    return _page("Mails", content, refresh=_REFRESH)


@router.get("/{name}", response_class=HTMLResponse, responses=raises(404))
async def read_kept_mail(name: str, mails: Provided[KeptMails]) -> Response:
    mail = await mails.find(name)
    if mail is None:
        raise MailNotFound
    content = (
        # relative, so that it is right below any prefix of a proxy
        f'<p><a href="../mail">All mails</a></p>\n<h1>{_subject(mail)}</h1>\n'
        f"<dl><dt>To</dt><dd>{escape(mail.to)}</dd><dt>Sent</dt><dd>{_time(mail)}</dd></dl>\n"
        f"<pre>{_linked(mail.text)}</pre>"
    )
    return _page(mail.subject, content)


def _page(title: str, content: str, *, refresh: str = "") -> Response:
    page = _PAGE.format(title=escape(title), content=content, style=_STYLE, refresh=refresh)
    return HTMLResponse(page, headers=_HEADERS)


def _item(mail: KeptMail) -> str:
    return (
        f'<li><a href="mail/{quote(mail.name)}"><b>{_subject(mail)}</b>'
        f"<small>{escape(mail.to)}</small><small>{_time(mail)}</small></a></li>"
    )


def _subject(mail: KeptMail) -> str:
    return escape(mail.subject) or "(no subject)"


def _time(mail: KeptMail) -> str:
    """By the clock of this machine, which is the reader's."""
    if mail.sent_at is None:
        return ""
    here = mail.sent_at.astimezone()
    return f'<time datetime="{here.isoformat()}">{here:%Y-%m-%d %H:%M:%S}</time>'


def _linked(text: str) -> str:
    """The text as HTML, in which addresses are links."""
    pieces = _LINK.split(text)  # every second one is an address
    return "".join(
        f'<a href="{escape(piece)}">{escape(piece)}</a>' if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )
