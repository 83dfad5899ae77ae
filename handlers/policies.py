"""The source of policies and tasks: what the system tree assigns to an agent where it is."""

from handlers.batch import Batch
from handlers.known_key import KnownKey
from handlers.part import Part


def policies(known: KnownKey, batch: Batch) -> tuple[Part, ...]:
    """The same parts for all agents of a group; one that was moved since it last said what it holds lacks them all."""
    desired = batch.memory.desired
    place = desired.place(known.agent_id)
    parts = desired.parts(known.agent_id, place)
    if not place.position:
        return parts
    if known.held_version < (batch.deployment.epoch, place.position):
        parts = tuple(each._replace(position=max(each.position, place.position)) for each in parts)
    return (*parts, Part(place.position))
