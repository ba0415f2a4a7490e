"""Who is who: identity rules, what they admit, how they decide, and why."""

from graphcdp.identity.audit.changes import Change, Changes
from graphcdp.identity.decisions.decision import Author, Decision
from graphcdp.identity.decisions.undo import ChangeNotFoundError, Undo
from graphcdp.identity.other_rules.apply import Applying, ApplyReport, SupersededError
from graphcdp.identity.other_rules.simulate import SimulationReport, Simulations
from graphcdp.identity.people.suggest import (
    Suggestion,
    SuggestionNotFoundError,
    SuggestionRun,
    Suggestions,
    SuggestionState,
)
from graphcdp.identity.questions.chain import (
    Evidence,
    IdentityNotFoundError,
    LinkStep,
    PersonsWord,
    ProfileNotFoundError,
)
from graphcdp.identity.questions.explain import Explainer, Explanation
from graphcdp.identity.questions.history import History, HistoryEntry
from graphcdp.identity.questions.hubs import Hub, HubState
from graphcdp.identity.questions.picture import IdentityGraph
from graphcdp.identity.questions.region_trial import RegionTrial
from graphcdp.identity.questions.why_not import ApartStep, Verdict, WhyNot
from graphcdp.identity.replay.region import Region, Regions, admitted
from graphcdp.identity.reports.report import Progress, ReportHead, ReportNotFoundError, ReportProfile, ReportRow
from graphcdp.identity.rules.files import (
    Namespace,
    RuleDifference,
    RuleProblem,
    RuleReading,
    RulesError,
    RuleSet,
    default_rules,
    parse_rules,
    read_rules,
    reading_of,
)
from graphcdp.identity.rules.rulebook import RuleBook, RuleSetNotFoundError, RulesTerm, RuleVersion
from graphcdp.identity.trial.trial import Trial, try_rules

__all__ = [
    "ApartStep",
    "ApplyReport",
    "Applying",
    "Author",
    "Change",
    "ChangeNotFoundError",
    "Changes",
    "Decision",
    "Evidence",
    "Explainer",
    "Explanation",
    "History",
    "HistoryEntry",
    "Hub",
    "HubState",
    "IdentityGraph",
    "IdentityNotFoundError",
    "LinkStep",
    "Namespace",
    "PersonsWord",
    "ProfileNotFoundError",
    "Progress",
    "Region",
    "RegionTrial",
    "Regions",
    "ReportHead",
    "ReportNotFoundError",
    "ReportProfile",
    "ReportRow",
    "RuleBook",
    "RuleDifference",
    "RuleProblem",
    "RuleReading",
    "RuleSet",
    "RuleSetNotFoundError",
    "RuleVersion",
    "RulesError",
    "RulesTerm",
    "SimulationReport",
    "Simulations",
    "Suggestion",
    "SuggestionNotFoundError",
    "SuggestionRun",
    "SuggestionState",
    "Suggestions",
    "SupersededError",
    "Trial",
    "Undo",
    "Verdict",
    "WhyNot",
    "admitted",
    "default_rules",
    "parse_rules",
    "read_rules",
    "reading_of",
    "try_rules",
]
