"""The source of policies and tasks: what the system tree assigns to an agent where it is."""

from handlers.batch import Batch
from handlers.known_key import KnownKey
from handlers.part import Told


def policies(known: KnownKey, batch: Batch) -> Told:
    """The same for all agents of a group; to one that was moved since it last said what it holds all of it is new."""
    desired = batch.memory.desired
    place = desired.place(known.agent_id)
    told = desired.told(known.agent_id, place)
    if not place.position:
        return told
    since = place.position if known.held_version < (batch.deployment.epoch, place.position) else 0
    return told._replace(position=max(told.position, place.position), since=since)
