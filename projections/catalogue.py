"""All projections of this deployment, in the order in which they are shown."""

from projections.agent_events import AGENT_EVENTS
from projections.agent_handlers import AGENT_HANDLERS
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.delivered import DELIVERED
from projections.install_tickets import INSTALL_TICKETS
from projections.lists import LISTS
from projections.migration_window import MIGRATION_WINDOW
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.projection import Projection
from projections.registration_policy import REGISTRATION_POLICY
from projections.registration_status import REGISTRATION_STATUS
from projections.server_keys import SERVER_KEYS
from projections.service import SERVICE
from projections.system_tree import SYSTEM_TREE
from projections.task_runs import TASK_RUNS
from projections.timeline import TIMELINE
from projections.tokens import TOKENS

PROJECTIONS: tuple[Projection, ...] = (
    REGISTRATION_STATUS,
    AGENTS,
    CALL_INS,
    AGENT_EVENTS,
    TIMELINE,
    SYSTEM_TREE,
    POLICY_COMPLIANCE,
    TASK_RUNS,
    REGISTRATION_POLICY,
    MIGRATION_WINDOW,
    TOKENS,
    INSTALL_TICKETS,
    AGENT_HANDLERS,
    SERVER_KEYS,
    SERVICE,
    LISTS,
    DELIVERED,
)
