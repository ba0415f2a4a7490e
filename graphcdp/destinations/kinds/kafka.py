"""Kafka: changes of an audience as messages of a topic, in the order in which they happened to each person."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import Field, SecretStr, model_validator

from graphcdp.destinations.errors import DestinationError, DownError
from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options
from graphcdp.destinations.kinds.webhook import line

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

SECONDS = 10.0


class KafkaOptions(Options):
    """Options of a topic."""

    servers: str = Field(min_length=1, description="Where to ask first, `host:port,host:port`.")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="The topic.")
    security: Literal["ssl", "sasl_ssl", "sasl_plaintext", "plaintext"] = Field(
        default="ssl", description="How the connection is kept safe; `plaintext` only on this machine."
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How the user is proven, with SASL."
    )
    user: str | None = Field(default=None, description="Who logs in there, with SASL.")
    password: SecretStr | None = Field(default=None, description="With which password.")
    authority: str | None = Field(default=None, description="File with the certificate that the servers' are made by.")
    compacted: bool = Field(
        default=False,
        description="The topic is compacted: the key names activation and person, and a removal is a message without "
        "content, so that the topic holds who is a member.",
    )

    @model_validator(mode="after")
    def _knows_who(self) -> KafkaOptions:
        if self.security.startswith("sasl") and (self.user is None or self.password is None):
            raise ValueError("SASL needs `user` and `password`")
        return self


class Kafka(Connector):
    """Writes a message a change; the key is the person, so that one person's changes keep their order.

    The producer is idempotent and waits for all replicas. What is sent again after a fault has the same header `id`.
    """

    kind = "kafka"
    title = "Kafka"
    about = "Writes additions, changes and removals as JSON messages to a topic (needs the extra `kafka`)."
    options = KafkaOptions
    tells = True
    batch_size = 1_000
    fields = ("identities=identities",)

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer: AIOKafkaProducer | None = None

    async def send(self, load: Load) -> Sequence[Answer]:
        """Hand all messages over, and wait until the topic has them."""
        errors = _aiokafka().errors
        producer = await self._open()
        answers: list[Answer] = []
        try:
            async with asyncio.timeout(SECONDS):
                waiting = [await self._hand_over(producer, item, load) for item in load.items]
                for one in waiting:
                    answers.append(one if isinstance(one, Answer) else Answer("done", f"offset {(await one).offset}"))
        except TimeoutError:
            await self.close()
            raise DownError(f"The topic did not take it within {SECONDS:g} seconds.") from None
        except errors.KafkaError as error:
            await self.close()
            raise DownError(f"Kafka says {type(error).__name__}.") from None
        return answers

    async def _hand_over(self, producer: AIOKafkaProducer, item: Item, load: Load) -> Any:
        compacted = self._options.compacted
        about = {"activation": load.activation, "segment": load.segment}
        told = {**({"trigger": load.activation} if load.trigger else about), **line(item)}
        value = None if compacted and item.action == "remove" else orjson.dumps(told)
        key = f"{load.activation}|{item.subject}" if compacted else item.subject
        try:
            return await producer.send(
                self._options.topic, value, key=key.encode(),
                headers=[("id", item.id.encode()), ("action", item.action.encode())],
                timestamp_ms=int((item.at or load.now).timestamp() * 1_000),
            )  # fmt: skip
        except _aiokafka().errors.MessageSizeTooLargeError:
            return Answer("refused", "The message is larger than the topic takes.")

    async def probe(self) -> str:
        """Ask for the topic."""
        producer = await self._open()
        try:
            async with asyncio.timeout(SECONDS):
                found = await producer.partitions_for(self._options.topic)
        except (TimeoutError, _aiokafka().errors.KafkaError) as error:
            await self.close()
            raise DownError(f"Kafka says {type(error).__name__}.") from None
        return f"{self._options.topic} has {len(found)} partition{'' if len(found) == 1 else 's'}."

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        library, options = _aiokafka(), self._options
        safe = options.security in ("ssl", "sasl_ssl")
        try:
            producer = library.AIOKafkaProducer(
                bootstrap_servers=options.servers.split(","), client_id="graphcdp", acks="all",
                enable_idempotence=True, request_timeout_ms=int(SECONDS * 1_000),
                security_protocol=options.security.upper(),
                ssl_context=ssl.create_default_context(cafile=options.authority) if safe else None,
                sasl_mechanism=options.mechanism, sasl_plain_username=options.user,
                sasl_plain_password=None if options.password is None else options.password.get_secret_value(),
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise DownError(f"The options cannot be used ({type(error).__name__}).") from None
        try:
            async with asyncio.timeout(SECONDS):
                await producer.start()
        except (library.errors.KafkaError, OSError, TimeoutError) as error:
            with suppress(Exception):  # what never began cannot always be stopped
                await producer.stop()
            login = ", or does not take the login" if options.security.startswith("sasl") else ""
            raise DownError(f"Kafka cannot be reached{login} ({type(error).__name__}).") from None
        self._producer = producer
        return producer

    async def close(self) -> None:
        """Close the connections; what waits to be sent is given up, it is sent again with its delivery."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(1.0):
                    await producer.stop()
            except TimeoutError:  # nothing of it may arrive after what follows, and nothing else drops its messages
                await producer._sender.close()
                await producer.client.close()


def _aiokafka() -> Any:
    try:
        import aiokafka
        import aiokafka.errors
    except ImportError:
        raise DestinationError(
            "A destination of the kind kafka needs the package aiokafka; install graphcdp with the extra `kafka`.",
            field="kind",
        ) from None
    return aiokafka
