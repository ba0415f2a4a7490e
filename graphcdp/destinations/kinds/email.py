"""Email campaigns over SMTP: one message to a person, from templates, never two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Annotated, Any, Literal

import aiosmtplib
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, SecretStr, field_validator

from graphcdp.destinations.errors import DownError
from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options

SECONDS = 10.0
MOST_TEMPLATE, MOST_MESSAGE = 100_000, 500_000
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLAIN = ImmutableSandboxedEnvironment(autoescape=False)
_HTML = ImmutableSandboxedEnvironment(autoescape=True)


class EmailOptions(Options):
    """Options of an email campaign."""

    host: str = Field(min_length=1, description="The SMTP server.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(default=587, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`starttls`, `tls` from the beginning, or `none` (only to this machine)."
    )
    authority: str | None = Field(
        default=None, description="File with the certificate of the server's own authority; else the machine's."
    )
    user: str | None = Field(default=None, description="Who logs in there.")
    password: SecretStr | None = Field(default=None, description="With which password.")
    sender: str = Field(description="Who the message is from, `Luma <hello@luma.example>`.")
    reply_to: str | None = Field(default=None, description="Where answers go, if elsewhere.")
    subject: str = Field(min_length=1, max_length=1_000, description="Template of the subject.")
    text: str = Field(min_length=1, max_length=MOST_TEMPLATE, description="Template of the message as text.")
    html: str | None = Field(default=None, max_length=MOST_TEMPLATE, description="Template of the same as HTML.")
    unsubscribe: str | None = Field(default=None, description="Template of the address where a person unsubscribes.")

    @field_validator("subject", "text", "html", "unsubscribe")
    @classmethod
    def _reads(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                _PLAIN.parse(value)
        except TemplateError as error:
            raise ValueError(f"the template cannot be read: {error.message}") from None
        return value

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError("it is no address such as `Luma <hello@luma.example>`")
        return value


class Email(Connector):
    """Sends each member one message by a template; who leaves the segment before is not written to."""

    kind = "email"
    title = "Email campaign"
    about = "Sends each person who becomes a member one message over SMTP, by templates."
    options = EmailOptions
    subject = "identity"
    namespaces = ("email",)
    one_each = True
    batch_size = 1
    message_channel = "email"
    fields = ("profile.first_name=first_name", "profile.last_name=last_name", "segment_name")

    def __init__(self, options: EmailOptions) -> None:
        self._options = options
        self._client: aiosmtplib.SMTP | None = None

    def name_of(self, namespace: str, value: str) -> str | None:
        """Return the address; None if no message can go there."""
        return value if namespace == "email" and _ADDRESS.fullmatch(value) else None

    def compose(self, item: Item, load: Load) -> EmailMessage:
        """Return the message to a person.

        Raises:
            TemplateError: a template fails with what is known of the person.
        """
        told: dict[str, Any] = dict(item.fields)
        options = self._options
        message = EmailMessage()
        message["From"] = options.sender
        message["To"] = item.subject
        message["Subject"] = " ".join(_PLAIN.from_string(options.subject).render(told).split())
        message["Date"] = format_datetime(load.now)
        message["Message-ID"] = f"<{item.id}@{parseaddr(options.sender)[1].rpartition('@')[2]}>"
        if options.reply_to is not None:
            message["Reply-To"] = options.reply_to
        if options.unsubscribe is not None:
            where = "".join(_PLAIN.from_string(options.unsubscribe).render(told).split())
            message["List-Unsubscribe"] = f"<{where}>"
        text = _PLAIN.from_string(options.text).render(told)
        html = None if options.html is None else _HTML.from_string(options.html).render(told)
        if len(text) + len(html or "") > MOST_MESSAGE:
            raise TemplateError(f"The message would be longer than {MOST_MESSAGE:,} characters.")
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        return message

    async def send(self, load: Load) -> Sequence[Answer]:
        """Send the messages one by one. After the text went over and no answer came back, nobody knows."""
        return [await self._one(item, load) for item in load.items]

    async def _one(self, item: Item, load: Load) -> Answer:
        try:
            message = self.compose(item, load)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            return Answer("refused", f"The template fails ({type(error).__name__}).")
        client = await self._open()
        try:
            await client.mail(parseaddr(self._options.sender)[1])
            await client.rcpt(item.subject)
        except aiosmtplib.SMTPResponseException as error:
            await self.close()
            return Answer("later" if 400 <= error.code < 500 else "refused", f"SMTP {error.code}")
        except (aiosmtplib.SMTPException, OSError) as error:
            await self.close()
            raise DownError(f"The SMTP server went away ({type(error).__name__}).") from None
        try:
            await client.data(message.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            await self.close()
            return Answer("later" if 400 <= error.code < 500 else "refused", f"SMTP {error.code}")
        except (aiosmtplib.SMTPException, OSError) as error:
            await self.close()
            return Answer("unsure", f"The SMTP server went away while it took the message ({type(error).__name__}).")
        return Answer("done", "SMTP 250")

    async def probe(self) -> str:
        """Log in, and say hello."""
        await (await self._open()).noop()
        return f"{self._options.host} answers."

    async def _open(self) -> aiosmtplib.SMTP:
        client = self._client
        if client is not None and client.is_connected:
            try:
                await client.rset()
            except (aiosmtplib.SMTPException, OSError):
                await self.close()
            else:
                return client
        options = self._options
        client = aiosmtplib.SMTP(
            hostname=options.host, port=options.port, timeout=SECONDS, use_tls=options.security == "tls",
            start_tls=options.security == "starttls",
            cert_bundle=options.authority if options.security != "none" else None,
        )  # fmt: skip
        try:
            await client.connect()
            if options.user is not None:
                await client.login(options.user, options.password.get_secret_value() if options.password else "")
        except aiosmtplib.SMTPAuthenticationError:
            client.close()
            raise DownError("The SMTP server refuses user or password.") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise DownError(f"The SMTP server cannot be reached ({type(error).__name__}).") from None
        self._client = client
        return client

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None
