"""What happens to a first request that nobody decided yet?"""

from domain.registration_policy import RegistrationPolicy
from projections.claims import json_text, text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

REGISTRATION_POLICY = Projection("registration_policy", version=2)


@REGISTRATION_POLICY.when(RegistrationPolicy.Adopted, RegistrationPolicy.Replaced)
def adopted(event: Recorded, rows: Rows) -> None:
    """Another policy is in force."""
    rows.new("registration_policy", event.stream.bytes).update(
        otherwise=text(event.facts["otherwise"]),
        duplicates=text(event.facts.get("duplicates", "pending")),
        rules=json_text(event.facts["rules"]),
        version=event.version,
        decided_at_ms=event.meta.recorded_at_ms,
        decided_by=event.meta.who,
    )
