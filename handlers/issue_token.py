"""The order to make a bearer token: no living one may bear its name, for decisions carry the name alone."""

from collections.abc import Iterator

from domain import errors
from domain.operator_token import OperatorToken, Role
from domain.orders import IssueToken
from domain.token_name import NameHeld, TokenName
from handlers.batch import Batch, Cause


def issue(command: IssueToken, batch: Batch, by: Cause) -> tuple[bool, int]:
    """Make a token known by its hash. NameHeld."""
    if command.role not in {each.value for each in Role} or len(command.token_hash) != 32 or not command.name:
        raise errors.MalformedOrder("A token has a name, a role of viewer, operator, auditor or admin, and a hash.")
    name = batch.token_name(command.name)
    for held in _namesakes(command, name, batch):
        if held.name.casefold() == command.name.casefold() and held.is_good(batch.now_ms):
            told = f"Token {held.token_id} ({held.role.value}) is called {held.name} and is good"
            raise NameHeld(f"{told}: decisions carry the name alone. Choose another name, or revoke that one first.")
    token = OperatorToken.issue(
        command.token_id, command.token_hash, command.name, Role(command.role), command.expires_at_ms
    )
    if name is None:
        name = TokenName.take(command.name, command.token_id)
    else:
        name.take_anew(command.token_id)
    batch.stage(token, by)
    batch.stage(name, by)
    return True, token.version


def _namesakes(command: IssueToken, name: TokenName | None, batch: Batch) -> Iterator[OperatorToken]:
    """The token that was given the name last, and those from before names were kept, which the console found."""
    wanted = [*command.namesakes, *([] if name is None else [name.token_id])]
    for each in dict.fromkeys(wanted):
        try:
            yield batch.token(each)
        except errors.NothingKnown:
            continue
