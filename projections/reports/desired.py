"""The reports about the desired state and what became of it, in one place."""

from projections.reports.agent_policy import AgentPolicies
from projections.reports.compliance import Compliance
from projections.reports.document import DocumentReport
from projections.reports.groups import GroupsReport
from projections.reports.policies import Policies
from projections.reports.sorting import Sorting
from projections.reports.tasks import Tasks
from projections.reports.view import Views


class DesiredReports:
    """Part of Reports: the same waiting, the same errors."""

    def __init__(self, views: Views) -> None:
        self.groups = GroupsReport(views)
        self.policies = Policies(views)
        self.tasks = Tasks(views, self.policies)
        self.sorting = Sorting(views)
        self.agents = AgentPolicies(views)
        self.document = DocumentReport(views)
        self.compliance = Compliance(views)
