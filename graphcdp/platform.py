"""The composition root: every service over one graph."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from graphcdp.base import Clock, InvalidInputError, Settings, SystemClock
from graphcdp.base.ids import keyed_id
from graphcdp.decisions import Decider, Recommender, Shelf, offer_reads
from graphcdp.destinations import RECEIPT_DAYS, Deliverer, Destinations, Governed, Queue
from graphcdp.destinations import set_up as set_up_destinations
from graphcdp.governance import (
    Consents,
    Dataflow,
    Erasures,
    Exports,
    Governance,
    Leaving,
    Readers,
    Retentions,
    Tombstones,
    catch_up,
    read_dataflow,
)
from graphcdp.governance import set_up as set_up_governance
from graphcdp.graph import Graph, Transaction, install_procedures, migrate
from graphcdp.identity import Applying, Changes, Explainer, RuleBook, Simulations, Suggestions, Undo
from graphcdp.identity.audit.feed import Feed
from graphcdp.identity.people.households import Households
from graphcdp.ingest import Aliases, Batcher, FileIngest, Pipeline, SeedLoader
from graphcdp.journeys import Journeys, Limits
from graphcdp.journeys.columnar import Engines
from graphcdp.journeys.publish import Publishing
from graphcdp.journeys.reads import question_reads
from graphcdp.journeys.runs import JourneyRuns
from graphcdp.model import IdentityKey
from graphcdp.profile import Past, Profiles
from graphcdp.scores import Scoring
from graphcdp.scores.reads import score_reads
from graphcdp.segments.audiences import Audiences
from graphcdp.segments.computed import ComputedAttributes
from graphcdp.segments.reads import reads
from graphcdp.segments.seeded import set_up
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from graphcdp.server import EmbeddedNeo4j, Progress
from graphcdp.sources import SourceDefinition


@dataclass(frozen=True, slots=True)
class Platform:
    """The services of one process.

    Attributes:
        settings: what it was opened with.
        graph: migrated, with the procedures installed.
        clock: what time it is.
        rules: the versions of the identity rules, and which is in force.
        simulations: what other rules would do.
        applying: puts other rules in force over data.
        pipeline: the one write path.
        batcher: group commit in front of it.
        identity: why two identities are one person, and their graph.
        undo: a person's word about who is who, and taking it back.
        suggestions: people who may be one.
        changes: the audit of who became who.
        feed: follows the audit as it grows.
        profiles: reads people.
        past: reads people as they were at a past instant.
        computed: the computed attributes: what is declared, and their values in step with events.
        language: what rules of segments may speak of here, and whether a rule fits.
        segments: who fulfils which rule, kept up by events and by time.
        journeys: what people did: sessions, funnels, paths.
        journey_runs: answers questions about journeys in the background.
        publishing: makes segments of people whom journeys found.
        destinations: where segments are sent, and what was sent.
        deliverer: the worker that sends it.
        scores: departures from habit, likeness to a segment, propensity; kept with people where that is wished.
        shelf: offers, placements and hold-out groups.
        recommender: products that go together.
        decider: what a person is shown.
        households: derives and reads who lives with whom.
        sources: definitions of the sources known when it was opened, by name.
        governance: labels of data, policies, and whether they allow what is sent where.
        consents: what people agreed to and refused.
        erasures: erases people, and keeps the receipts.
        exports: gives all that is known of a person.
        retentions: how long facts are kept.
        files: loads files of sources.
        seeds: loads demonstrations.
    """

    settings: Settings
    graph: Graph
    clock: Clock
    rules: RuleBook
    simulations: Simulations
    applying: Applying
    pipeline: Pipeline
    batcher: Batcher
    identity: Explainer
    undo: Undo
    suggestions: Suggestions
    changes: Changes
    feed: Feed
    profiles: Profiles
    past: Past
    computed: ComputedAttributes
    language: Language
    segments: Segments
    journeys: Journeys
    journey_runs: JourneyRuns
    publishing: Publishing
    destinations: Destinations
    deliverer: Deliverer
    scores: Scoring
    shelf: Shelf
    recommender: Recommender
    decider: Decider
    households: Households
    governance: Governance
    consents: Consents
    erasures: Erasures
    exports: Exports
    retentions: Retentions
    sources: Mapping[str, SourceDefinition]
    files: FileIngest
    seeds: SeedLoader

    async def dataflow(self) -> Dataflow:
        """Return what data goes through, with counts and health."""
        await self.governance.refresh()
        return await read_dataflow(self.graph, self.clock)

    async def identity_key(self, namespace: str, value: str) -> IdentityKey:
        """Return an identity as it stands in the graph, from its value in any spelling.

        Raises:
            InvalidInputError: no identity can read so; the reason says why.
        """
        key = await self.pipeline.key(namespace, value)
        if not isinstance(key, IdentityKey):
            raise InvalidInputError(key.reason, field=key.field)
        return key

    async def warm(self) -> None:
        """Let Neo4j plan what people wait for, before they do: decisions and estimates. Nothing is written."""
        await self.decider.warm()
        await self.segments.warm()

    async def tick(self, now: datetime | None = None) -> int:
        """Do what time alone brings about: windows that ran out, declarations not computed to the end, recommendations.

        Args:
            now: the instant; None is the clock's.

        Returns:
            How much there was to do.
        """
        done = await self.computed.tick(now) + await self.computed.fill()
        done += await self.segments.tick(now) + await self.segments.fill()
        done += await self.destinations.turn(now) + await self.retentions.tick(now)
        await self.governance.tick(now)
        done += await catch_up(self.graph, self.pipeline.writer, self.pipeline.wakes, now or self.clock.now())
        done += await self.publishing.tick(now) + await self.journeys.engines.tick()
        done += await self.decider.tick()
        if self.recommender.is_due():
            done += await self.recommender.refresh()
        return done

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, *, clock: Clock | None = None, progress: Progress | None = None
    ) -> AsyncIterator[Platform]:
        """Start or find the server, bring the graph to this version, and put everything together over it.

        What was handed in is written before it closes; the server goes on running.

        Args:
            settings: of this process.
            clock: another clock than the machine's, for stories and tests.
            progress: takes one line at a time while the server is fetched and started.

        Raises:
            ServerError: the embedded Neo4j could not be fetched or started.
            GraphUnavailableError: the server does not answer.
            UnauthorizedError: it refuses user or password.
        """
        clock = clock or SystemClock()
        running = await EmbeddedNeo4j(settings).up(progress)
        async with Graph.connect(running.bolt_uri, running.user, running.password, running.database) as graph:
            await graph.verify()
            await migrate(graph)
            await install_procedures(graph)
            rules = RuleBook(graph, clock)
            secret, region = await _secret(graph), settings.default_region
            pipeline = Pipeline(graph, clock, rules, secret, default_region=region)
            tombstones = Tombstones(secret)
            pipeline.bar = tombstones.bar
            undo = Undo(graph, clock, rules, pipeline.writer)
            pipeline.afterwards = Aliases(graph, rules, pipeline, undo).look_at
            applying = Applying(graph, clock, rules)
            undo.regrouped = applying.regrouped = pipeline.regroup
            profiles = Profiles(graph)
            computed = ComputedAttributes(graph, clock, pipeline)
            seeds = SeedLoader(graph, pipeline, rules, clock, settings.cache)
            language = Language(graph, clock, rules)
            shelf, recommender = Shelf(graph, language), Recommender(graph, clock)
            seeds.setups += [computed.set_up, shelf.set_up]
            seeds.ends.append(recommender.refresh)
            segments = Segments(graph, clock, pipeline, language)
            governance = Governance(
                graph, clock, pipeline.writer, Readers(reads, question_reads, score_reads, offer_reads)
            )
            segments.guards.append(governance.check_segment)
            computed.guards.append(governance.check_computed)
            seeds.files.guards.append(governance.check_source)
            seeds.closings += [partial(set_up_governance, governance), partial(set_up, segments), shelf.close_seed]
            consents = Consents(graph, clock, pipeline)
            queue, gate = Queue(), Governed(governance, consents)
            segments.moved.append(queue.moved)
            pipeline.wakes.append(queue.wake)
            destinations = Destinations(graph, clock, pipeline, segments, settings, gate=gate)
            segments.takers = destinations.takers
            deliverer = Deliverer(graph, clock, destinations, gate)
            seeds.closings.append(partial(set_up_destinations, destinations, deliverer.drain, settings.home))
            governance.turned.append(destinations.look_again)
            governance.marks += [queue.violated, shelf.violated]
            shelf.guards.append(governance.check_offers)
            shelf.afterwards.append(governance.look)
            erasures, exports = (
                Erasures(graph, clock, rules, pipeline, tombstones),
                Exports(graph, clock, rules, pipeline.writer),
            )

            async def call_back(tx: Transaction, leaving: Leaving) -> dict[str, int]:
                ids = [leaving.profile_id, *leaving.former_ids]
                return {"activations_withdrawn": await destinations.withdraw(tx, ids, leaving.at)}

            erasures.farewells.append(call_back)
            exports.sections |= {"consents": consents.section, "erased_before": erasures.section}
            decider = Decider(graph, clock, pipeline, recommender, secret)
            decider.consents = consents
            erasures.farewells.append(decider.impressions.forget)
            for looks in (erasures, exports):
                looks.settling.append(decider.impressions.settle)
            retentions = Retentions(graph, clock, rules, pipeline)
            retentions.kinds["deliveries"] = (RECEIPT_DAYS, destinations.forget)
            households = Households(
                graph, clock, rules, lambda founder: keyed_id("hhd", secret, founder), default_country=region
            )
            households.refreshed = segments.households_changed
            journeys = Journeys(graph, clock, language, rules, Limits.of(settings))
            journeys.engines = Engines(graph, clock, settings.home / "journeys.duckdb")
            simulations = Simulations(graph, clock, rules, pipeline.profile_id)
            journeys.assign = simulations.assign
            journey_runs = JourneyRuns(graph, clock)
            erasures.afterwards += [journeys.engines.tick, journey_runs.forget]
            platform = cls(
                settings=settings,
                graph=graph,
                clock=clock,
                rules=rules,
                simulations=simulations,
                applying=applying,
                pipeline=pipeline,
                batcher=Batcher(pipeline),
                identity=Explainer(graph, rules),
                changes=Changes(graph),
                feed=Feed(graph, clock),
                undo=undo,
                suggestions=Suggestions(graph, undo, clock),
                profiles=profiles,
                past=Past.over(graph, clock, rules, pipeline.profile_id),
                computed=computed,
                language=language,
                segments=segments,
                journeys=journeys,
                journey_runs=journey_runs,
                publishing=Publishing(journeys, Audiences(graph, clock, segments), clock),
                destinations=destinations,
                deliverer=deliverer,
                scores=Scoring(graph, clock, pipeline, segments),
                shelf=shelf,
                recommender=recommender,
                decider=decider,
                households=households,
                governance=governance,
                consents=consents,
                erasures=erasures,
                exports=exports,
                retentions=retentions,
                sources=await _definitions(profiles),
                files=seeds.files,
                seeds=seeds,
            )
            platform.publishing.audiences.guards.append(governance.check_audience)
            platform.scores.kept.guards.append(governance.check_score)
            try:
                yield platform
            finally:
                await platform.journey_runs.close()
                await platform.simulations.close()
                await platform.applying.close()
                await platform.decider.close()
                await platform.feed.close()
                await platform.journeys.engines.close()
                await platform.deliverer.close()
                await platform.batcher.close()


async def _secret(graph: Graph) -> bytes:
    """Return the installation's secret. It stands in the graph, so that every process makes the same profile ids."""
    rows = await graph.write("graph.secret", fresh=secrets.token_hex(32))
    return bytes.fromhex(rows[0]["secret"])


async def _definitions(profiles: Profiles) -> dict[str, SourceDefinition]:
    return {
        entry.id: SourceDefinition.parse(entry.definition, entry.id)
        for entry in await profiles.sources()
        if entry.definition
    }
