from dataclasses import dataclass
from html import escape
from uuid import UUID

from BE.core.mail import Mail


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of a mail, for its plain text and its HTML.

    It repeats no text from an untrusted source, such as a name given at registration: an attacker
    who registers with another person's mailbox must not choose what that person reads.
    """

    subject: str
    paragraphs: tuple[str, ...]
    action: str | None = None
    link: str | None = None

    @property
    def text(self) -> str:
        return "\n\n".join([*self.paragraphs, *([self.link] if self.link else [])]) + "\n"

    @property
    def html(self) -> str:
        body = [f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs]
        if self.link and self.action:
            link = escape(self.link)
            body.append(f'<p><a href="{link}">{escape(self.action)}</a></p>')
            body.append(f"<p>{link}</p>")
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(self.subject)}</title></head><body>{''.join(body)}</body></html>\n"
        )

    def to(self, mailbox: str, event_id: UUID) -> Mail:
        return Mail(event_id, mailbox, self.subject, self.text, self.html)
