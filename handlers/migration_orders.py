"""Orders about the migration window."""

from domain import orders
from domain.errors import VersionMoved
from domain.migration_window import MigrationWindow
from handlers.batch import Batch, Cause


def open_migration_window(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Let keys that authorise nothing hand over until a time."""
    command, window = order.command, batch.migration_window()
    assert isinstance(command, orders.OpenMigrationWindow)
    now_ms = batch.deployment.now_ms()
    changed = True
    if window is None:
        window = MigrationWindow.open(command.until_ms, command.reason, now_ms)
    else:
        _unmoved(order, window)
        changed = window.open_again(command.until_ms, command.reason, now_ms)
    batch.stage(window, _by(order))
    return changed, window.version


def close_migration_window(order: orders.Order, batch: Batch) -> tuple[bool, int]:
    """Close it before its end."""
    command, window = order.command, batch.migration_window()
    assert isinstance(command, orders.CloseMigrationWindow)
    if window is None:
        return False, 0
    _unmoved(order, window)
    changed = window.close(command.reason, batch.deployment.now_ms())
    batch.stage(window, _by(order))
    return changed, window.version


def _unmoved(order: orders.Order, window: MigrationWindow) -> None:
    if order.if_match is not None and order.if_match != window.version:
        raise VersionMoved


def _by(order: orders.Order) -> Cause:
    return Cause(who=f"operator:{order.operator}", cause=order.command_id)
