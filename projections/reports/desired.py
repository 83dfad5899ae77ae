"""The reports about the desired state and what became of it, in one place."""

from projections.reports.agent_policy import AgentPolicies
from projections.reports.compliance import Compliance
from projections.reports.document import DocumentReport
from projections.reports.group_events import GroupEvents
from projections.reports.groups import GroupsReport
from projections.reports.order_plans import OrderPlans
from projections.reports.policies import Policies
from projections.reports.sorting import Sorting
from projections.reports.tasks import Tasks
from projections.reports.view import Views
from store.log import EventLog
from store.mapper import EventMapper


class DesiredReports:
    """Part of Reports: the same waiting, the same errors."""

    def __init__(self, views: Views, log: EventLog, mapper: EventMapper) -> None:
        self.groups = GroupsReport(views, log)
        self.group_events = GroupEvents(views, log, mapper)
        self.policies = Policies(views)
        self.tasks = Tasks(views, self.policies)
        self.sorting = Sorting(views)
        self.agents = AgentPolicies(views, log)
        self.document = DocumentReport(views)
        self.plans = OrderPlans(views)
        self.compliance = Compliance(views, self.agents)
