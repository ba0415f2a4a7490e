"""Who is who: identity rules, what they admit, how they decide, and why."""

from graphcdp.identity.apply import Applying, ApplyReport, SupersededError
from graphcdp.identity.audit import Change, Changes
from graphcdp.identity.chain import Evidence, IdentityNotFoundError, LinkStep, PersonsWord, ProfileNotFoundError
from graphcdp.identity.decisions import Author, Decision
from graphcdp.identity.explain import Explainer, Explanation
from graphcdp.identity.history import History, HistoryEntry
from graphcdp.identity.picture import IdentityGraph
from graphcdp.identity.region import Region, Regions, admitted
from graphcdp.identity.reports import Progress, ReportHead, ReportNotFoundError, ReportProfile, ReportRow
from graphcdp.identity.rulebook import RuleBook, RuleSetNotFoundError, RulesTerm, RuleVersion
from graphcdp.identity.rules import (
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
from graphcdp.identity.simulate import SimulationReport, Simulations
from graphcdp.identity.suggest import Suggestion, SuggestionNotFoundError, SuggestionRun, Suggestions, SuggestionState
from graphcdp.identity.trial import Trial, try_rules
from graphcdp.identity.undo import ChangeNotFoundError, Undo
from graphcdp.identity.why_not import ApartStep, Verdict, WhyNot

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
    "IdentityGraph",
    "IdentityNotFoundError",
    "LinkStep",
    "Namespace",
    "PersonsWord",
    "ProfileNotFoundError",
    "Progress",
    "Region",
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
