"""Destinations on real servers: PostgreSQL, Kafka, S3, SFTP, and HTTP over TLS."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from graphcdp.base import Settings
from graphcdp.destinations import DestinationError, DownError
from graphcdp.destinations.kinds.connector import Item, Load
from graphcdp.destinations.kinds.hashing import hashed
from graphcdp.destinations.kinds.kafka import Kafka as Topic
from graphcdp.destinations.kinds.kafka import KafkaOptions
from graphcdp.destinations.kinds.postgres import Postgres as Table
from graphcdp.destinations.kinds.postgres import PostgresOptions
from graphcdp.graph import Graph
from tests.make import NOON, record
from tests.outgoing import CARTS, World, buys, carts
from tests.receivers import mailbox, receiving
from tests.services import Postgres, certificate, kafka, over_tls, postgres, s3, sftp

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
FIELDS = ["identity.email", "profile.first_name=name"]


@pytest.fixture
async def world(graph: Graph, settings: Settings) -> AsyncIterator[World]:
    made = World(graph, settings)
    await made.live("carts", CARTS)
    yield made
    await made.destinations.close()


@pytest.fixture(scope="module")
def base() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


async def people(base: Postgres, table: str = "graphcdp_members") -> dict[str, dict[str, Any]]:
    """What a table holds: the mapped fields by profile."""
    connection = await asyncpg.connect(host="127.0.0.1", port=base.port, user="postgres", database="postgres")
    try:
        rows = await connection.fetch(f"SELECT profile_id, fields FROM {table}")
        return {row["profile_id"]: orjson.loads(row["fields"]) for row in rows}
    finally:
        await connection.close()


async def test_a_table_holds_who_is_a_member(world: World, base: Postgres) -> None:
    options = {
        "host": "127.0.0.1",
        "port": base.port,
        "database": "postgres",
        "user": "postgres",
        "security": "disable",
    }
    await world.destinations.create("crm", "postgres", options, actions=["measurement"])
    assert await world.destinations.probe("crm") == "PostgreSQL 18.6 answers; the table graphcdp_members is there."
    assert await people(base) == {}
    await world.destinations.activate("carts", "crm", fields=FIELDS)
    await world.happens(carts("sarah"), carts("ana"), record("email|sarah@example.com", id="r1", first_name="Sarah"))
    await world.deliver()
    sarah, ana = [await world.person(f"email|{one}@example.com") for one in ("sarah", "ana")]
    assert await people(base) == {
        sarah: {"email": "sarah@example.com", "name": "Sarah"},
        ana: {"email": "ana@example.com"},
    }
    await world.happens(record("email|sarah@example.com", id="r2", first_name="Sally"), buys("ana"))
    await world.deliver()
    assert await people(base) == {sarah: {"email": "sarah@example.com", "name": "Sally"}}
    # one that does not prove itself over TLS is not believed, unless it is told otherwise
    here = {"host": "127.0.0.1", "port": base.port, "database": "postgres", "user": "postgres"}
    await world.destinations.create("doubted", "postgres", here, actions=["measurement"])
    with pytest.raises(DownError, match="PostgreSQL says ConnectionError"):
        await world.destinations.probe("doubted")
    # the server is killed, and comes back: what happened meanwhile is there, once
    base.crash()
    await world.happens(carts("eve"))
    assert await world.deliver() == 0
    assert (await world.destinations.get("crm")).queued == 1
    base.start()
    assert await world.deliver(seconds=40) == 1
    eve = await world.person("email|eve@example.com")
    assert (await people(base)).keys() == {sarah, eve}
    # what the table does not take is refused alone
    connection = await asyncpg.connect(host="127.0.0.1", port=base.port, user="postgres", database="postgres")
    await connection.execute("ALTER TABLE graphcdp_members ADD CHECK (fields->>'name' IS DISTINCT FROM 'Noa')")
    await world.happens(carts("kim"), carts("noa"), record("email|noa@example.com", id="r3", first_name="Noa"))
    await world.deliver()
    kim, noa = [await world.person(f"email|{one}@example.com") for one in ("kim", "noa")]
    assert (await people(base)).keys() == {sarah, eve, kim}
    (dead,) = await world.destinations.deliveries(state="dead")
    assert (dead.profile, dead.answer) == (noa, "PostgreSQL says CheckViolationError (23514).")
    # somebody drops the table: it is made again
    await connection.execute("DROP TABLE graphcdp_members")
    await connection.close()
    await world.happens(carts("lee"))
    assert await world.deliver() == 0
    await world.deliver(seconds=40)
    lee = await world.person("email|lee@example.com")
    assert (await people(base)).keys() == {lee}
    # to reconcile: what the table lost is sent again, what somebody put there is taken out
    connection = await asyncpg.connect(host="127.0.0.1", port=base.port, user="postgres", database="postgres")
    await connection.execute(
        "INSERT INTO graphcdp_members SELECT activation, 'prf_forged', segment, fields, changed_at, by_event, 'x' "
        "FROM graphcdp_members"
    )
    await connection.close()
    lost = tuple(sorted([sarah, eve, kim]))
    looked = await world.destinations.reconcile("carts-crm", preview=True)
    assert looked == ("carts-crm", 2, lost, ("prf_forged",), False, ())
    assert await world.deliver() == 0
    assert (await world.destinations.reconcile("carts-crm", author="ana")).missing == lost
    await world.deliver()
    assert (await people(base)).keys() == {sarah, eve, kim, lee}
    assert await world.destinations.reconcile("carts-crm") == ("carts-crm", 4, (), (), True, ())


async def test_an_older_change_never_wins_and_the_same_one_changes_nothing(base: Postgres) -> None:
    table = Table(
        PostgresOptions(
            host="127.0.0.1", port=base.port, database="postgres", user="postgres", security="disable", table="late"
        )
    )

    async def send(id: str, action: Any, minute: int, **fields: str) -> None:
        at = NOON + timedelta(minutes=minute)
        await table.send(Load("one", "carts", "Carts", [Item(id, action, "p1", None, "p1", fields, at)], NOON))

    await send("b", "update", 2, name="new")
    await send("a", "add", 1, name="old")
    assert await people(base, "late") == {"p1": {"name": "new"}}
    await send("b", "update", 2, name="forged")
    assert await people(base, "late") == {"p1": {"name": "new"}}
    await send("c", "remove", 1)
    assert await people(base, "late") == {"p1": {"name": "new"}}
    await send("d", "remove", 3)
    assert await people(base, "late") == {}
    await table.close()
    with pytest.raises(ValueError, match="no name such as"):
        PostgresOptions(host="x", database="x", user="x", table='members"; DROP TABLE late; --')


async def test_a_table_behind_tls_is_written_to_where_the_certificate_is_believed(
    base: Postgres, tmp_path: Path
) -> None:
    *proof, known = certificate(tmp_path)
    async with over_tls(base.port, (proof[0], proof[1])) as port:
        at = {"host": "127.0.0.1", "port": port, "database": "postgres", "user": "postgres", "table": "safe"}
        for more, refused in (
            ({"authority": str(known)}, None),
            ({"security": "require"}, None),
            ({}, "SSLCertVerificationError"),
            ({"security": "disable"}, "ConnectionDoesNotExistError"),
        ):
            table = Table(PostgresOptions.model_validate({**at, **more}))
            load = Load("one", "carts", "Carts", [Item("a", "add", "p1", None, "p1", {}, NOON)], NOON)
            try:
                if refused is None:
                    assert [one.verdict for one in await table.send(load)] == ["done"]
                    assert await table.held("one") == {"p1"}
                else:
                    with pytest.raises(DownError, match=refused):
                        await table.send(load)
            finally:
                await table.close()


async def test_a_topic_has_every_change_in_its_order(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with kafka(settings, tmp_path) as broker:
        safe = {"authority": str(broker.authority)}
        login = {**safe, "servers": broker.login, "security": "sasl_ssl", "user": "luma", "password": "secret"}
        for id, options in (("stream", login), ("table", {**safe, "servers": broker.tls, "compacted": True})):
            await world.destinations.create(id, "kafka", {"topic": id, **options}, actions=["measurement"])
            await world.destinations.activate("carts", id, fields=FIELDS)
        assert (await world.destinations.probe("stream")).endswith("1 partition.")
        # the other ways to log in, and without TLS; who has the wrong password or does not know the authority stays out
        plain = {"servers": broker.plain, "security": "plaintext"}
        for given in ({**login, "mechanism": "PLAIN"}, {**login, "mechanism": "SCRAM-SHA-256"}, plain):
            one = Topic(KafkaOptions.model_validate({"topic": "stream", **given}))
            assert (await one.probe()).endswith("1 partition.")
            await one.close()
        for given in ({**login, "password": "wrong"}, {**login, "authority": None}, {"servers": broker.tls}):
            one = Topic(KafkaOptions.model_validate({"topic": "stream", **given}))
            with pytest.raises(DownError, match="cannot be reached") as told:
                await one.probe()
            assert ("login" in told.value.message, "wrong" in told.value.message) == ("user" in given, False)
        await world.happens(carts("sarah"))
        await world.deliver()
        await world.happens(record("email|sarah@example.com", id="r1", first_name="Sarah"))
        await world.deliver()
        await world.happens(buys("sarah"))
        await world.deliver()
        sarah = await world.person("email|sarah@example.com")
        found = {}
        for topic in ("stream", "table"):
            consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.plain, auto_offset_reset="earliest")
            await consumer.start()
            try:
                found[topic] = [await asyncio.wait_for(consumer.getone(), 10) for _ in range(3)]
            finally:
                await consumer.stop()
        told = [orjson.loads(one.value) for one in found["stream"]]
        assert [(one["action"], one.get("fields")) for one in told] == [
            ("add", {"email": "sarah@example.com"}),
            ("update", {"email": "sarah@example.com", "name": "Sarah"}),
            ("remove", None),
        ]
        assert {one.key for one in found["stream"]} == {sarah.encode()}
        assert [dict(one.headers)["id"].decode() for one in found["stream"]] == [one["id"] for one in told]
        assert {one.key for one in found["table"]} == {f"carts-table|{sarah}".encode()}
        assert found["table"][-1].value is None
        await world.happens(carts("ana"))
    # the broker is gone
    monkeypatch.setattr("graphcdp.destinations.kinds.kafka.SECONDS", 1.5)
    await world.deliver()
    down = await world.destinations.get("stream")
    assert (down.queued, down.failures) == (1, 1)
    assert down.last_error == "The topic did not take it within 1.5 seconds."
    with pytest.raises(DownError, match="cannot be reached"):
        await world.destinations.probe("stream")
    with pytest.raises(DestinationError, match="SASL needs"):
        await world.destinations.create(
            "k", "kafka", {"servers": "x", "topic": "x", "security": "sasl_ssl"}, actions=["measurement"]
        )


async def test_files_in_s3_and_over_sftp(world: World, tmp_path: Path) -> None:
    with s3() as address:
        async with sftp(tmp_path) as server:
            login = {"key": "luma", "secret": "secret", "client_kwargs": {"region_name": "eu-west-1"}}
            client = boto3.client(
                "s3",
                endpoint_url=address,
                aws_access_key_id="luma",
                aws_secret_access_key="secret",
                region_name="eu-west-1",
            )
            client.create_bucket(Bucket="out", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            safe = {"username": "luma", "password": "secret", "known_hosts": str(server.known_hosts)}
            for id, url, storage in (
                ("bucket", "s3://out/people", {**login, "endpoint_url": address}),
                ("drop", f"sftp://127.0.0.1:{server.port}/people", safe),
                ("stranger", f"sftp://127.0.0.1:{server.port}/people", {**safe, "known_hosts": os.devnull}),
                ("nowhere", "s3://missing/people", {**login, "endpoint_url": address}),
            ):
                options = {"url": url, "storage": orjson.dumps(storage).decode()}
                await world.destinations.create(id, "files", options, actions=["measurement"])
                await world.destinations.activate("carts", id, fields=FIELDS)
            listed = {"url": "s3://out/lists", "storage": orjson.dumps({**login, "endpoint_url": address}).decode()}
            await world.destinations.create("list", "customer_match", listed, actions=["measurement"])
            await world.destinations.activate("carts", "list")
            await world.happens(carts("sarah"))
            assert await world.deliver() == 3
            sarah = await world.person("email|sarah@example.com")
            (object,) = client.list_objects_v2(Bucket="out", Prefix="lists/")["Contents"]
            hashes = client.get_object(Bucket="out", Key=object["Key"])["Body"].read().decode()
            assert hashes.splitlines() == ["Email,Phone", f"{hashed('email', 'sarah@example.com')},"]
            (object,) = client.list_objects_v2(Bucket="out", Prefix="people/")["Contents"]
            written = client.get_object(Bucket="out", Key=object["Key"])["Body"].read()
            (file,) = (server.folder / "people" / "carts-drop").iterdir()
            for content in (written, file.read_bytes()):
                (row,) = csv.DictReader(io.StringIO(content.decode()))
                assert (row["action"], row["profile_id"], row["email"]) == ("add", sarah, "sarah@example.com")
            for id in ("stranger", "nowhere"):
                state = await world.destinations.get(id)
                assert (state.queued, state.last_error is None) == (1, False), id


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mails_go_only_to_a_server_that_proves_who_it_is(world: World, tmp_path: Path, security: str) -> None:
    chain, key, known = certificate(tmp_path)
    with mailbox((chain, key), at_once=security == "tls") as box:
        told: list[tuple[str, dict[str, str]]] = [("mails", {}), ("careful", {"authority": str(known)})]
        if security == "starttls":
            told.append(("plain", {"security": "none"}))
        for id, more in told:
            options = {"host": "127.0.0.1", "port": box.port, "security": security, "sender": "hello@luma.example"}
            given = {**options, "subject": id, "text": "Hi", **more}
            await world.destinations.create(id, "email", given, actions=["email_targeting"])
            await world.destinations.activate("carts", id)
        await world.happens(carts("sarah"))
        await world.deliver()
        assert [message["Subject"] for _, message in box.messages] == ["careful"]
        doubted = await world.destinations.get("mails")
        assert doubted.queued == 1
        assert "SMTP server" in (doubted.last_error or "")
        assert {one.answer for one in await world.destinations.deliveries(destination="plain")} <= {"SMTP 530"}
        await world.destinations.close()


async def test_https_is_believed_only_with_a_certificate_of_a_known_authority(world: World, tmp_path: Path) -> None:
    chain, key, known = certificate(tmp_path)
    async with receiving(certificate=(chain, key)) as ads:
        assert ads.url.startswith("https://")
        await world.hook("ads", ads.url, secret="shared")
        await world.hook("careful", ads.url, authority=str(known))
        await world.destinations.activate("carts", "ads")
        await world.destinations.activate("carts", "careful")
        await world.happens(carts("sarah"))
        assert await world.deliver() == 1
        assert [one for one, _ in ads.told] == ["add"]
        doubted = await world.destinations.get("ads")
        assert (doubted.queued, doubted.last_error) == (1, "It cannot be reached (ConnectError).")
        await world.destinations.close()
