"""E-mail, as text and HTML; the messages of one alert are one thread."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING

from monitor.notify.channels.channel import read_secret
from monitor.notify.errors import NotDelivered
from monitor.notify.notice import cut
from monitor.notify.pace import Limit

if TYPE_CHECKING:
    from monitor.notify.channels.channel import Outgoing
    from monitor.notify.settings import MailChannel

__all__ = ["Mail"]

#: How long the server may take for one step, s.
PATIENCE_S = 20.0


class Mail:
    """One server and its addressees."""

    #: Ours: more than that nobody reads, and servers take it for spam.
    limits = (Limit(20, 61.0),)
    text_bytes = 60_000
    batch = 1

    def __init__(self, settings: MailChannel) -> None:
        self._settings = settings

    async def send(self, message: Outgoing) -> None:
        """One mail to all addressees. The standard library's client blocks: it has a thread."""
        await asyncio.to_thread(self._send, self.compose(message))

    def compose(self, message: Outgoing) -> EmailMessage:
        """The mail."""
        settings = self._settings
        domain = settings.sender.rpartition("@")[2].rstrip(">") or "livewatch"
        mail = EmailMessage()
        first, _, rest = message.text.partition("\n")
        mail["Subject"] = cut(first, 180)
        mail["From"] = settings.sender
        mail["To"] = ", ".join(settings.to)
        mail["Date"] = formatdate(localtime=True)
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if len(message.notices) == 1 and message.notices[0].alert:
            # All messages about one alert answer the same one, which need not have been sent.
            thread = f"<alert.{message.notices[0].alert}@{domain}>"
            mail["In-Reply-To"] = thread
            mail["References"] = thread
        mail.set_content(message.text)
        link = next((one.link for one in message.notices), "")
        shown = "<br>".join(escape(line) for line in rest.split("\n"))
        mail.add_alternative(
            f"<p><b>{escape(first)}</b></p><p>{shown}</p>"
            f'<p><a href="{escape(link, quote=True)}">{escape(link)}</a></p>',
            subtype="html",
        )
        return mail

    def _send(self, mail: EmailMessage) -> None:
        settings = self._settings
        password = read_secret(settings.password_file) if settings.password_file else None
        context = ssl.create_default_context()
        try:
            server: smtplib.SMTP
            if settings.security == "tls":
                server = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=PATIENCE_S, context=context
                )
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE_S)
            with server:
                if settings.security == "starttls":
                    server.starttls(context=context)
                if settings.username is not None and password is not None:
                    server.login(settings.username, password)
                refused = server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            raise NotDelivered(f"SMTP {error.smtp_code}: {words[:200]}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"no answer: {type(error).__name__}") from None
        if refused:
            # The others have it: sending again would tell them twice.
            raise_for = ", ".join(sorted(refused))[:200]
            if len(refused) == len(settings.to):
                raise NotDelivered(f"refused for {raise_for}")
