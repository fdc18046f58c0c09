"""An event's effects, once: the inbox row and everything that its handlers write are one database
transaction. Delivered again, the row is there already and nothing happens.

The two statements that each event needs are put together once: to have the ORM do it for each
event took most of the receiver's time.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import (DataError, Error, IntegrityError, InterfaceError, InternalError,
                       OperationalError, connections, transaction)
from django.utils import timezone

from .event import Event
from .models import InboxEvent
from .signals import SIGNALS

META = InboxEvent._meta  # pylint: disable=protected-access
COLUMNS = [META.get_field(name).column for name in (
    "event_id", "consumer", "signal", "merchant", "subject", "sequence", "topic", "partition",
    "offset", "happened_at", "handled_at")]


class DatabaseDown(Exception):
    """The database cannot be used, so no handler is to blame."""


class Undone(Exception):
    """A handler returned, but has left a transaction that can only be rolled back."""


class _NotInserted(Exception):
    pass


@dataclass(frozen=True)
class Statements:
    insert: str
    returns: bool  # the INSERT gives its row's key back; else the cursor knows it
    find: str  # the row of a key


def handle(event: Event, database: str, consumer: str) -> bool:
    """Calls the handlers. False when `consumer` (a group) had handled the event before, which
    changes nothing.

    All handlers of an event succeed together: whatever one of them raises undoes what the others
    wrote, leaves no row, and is raised here.
    """
    connection, called = connections[database], False
    try:
        with transaction.atomic(using=database, durable=True), connection.cursor() as cursor:
            key = insert(event, consumer, connection, cursor)
            called = True
            SIGNALS[event.signal].send(sender=event.merchant, event=event, **event.arguments)
            require_row(key, connection, cursor)
    except _NotInserted as error:
        if was_handled(event, consumer, database):
            return False
        raise DatabaseDown(f"the inbox row is refused: {error.__cause__}") from error
    except (OperationalError, InterfaceError, Undone) as error:
        if called and answers(database):
            raise  # a deadlock, a lock's time limit: the handlers' own affair
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error
    return True


def answers(database: str) -> bool:
    """Whether the database can be spoken to, on a new connection if need be."""
    connection = connections[database]
    try:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        return bool(connection.is_usable())
    except Error:
        return False


@cache
def statements(database: str) -> Statements:
    connection = connections[database]
    quote, returns = connection.ops.quote_name, \
        connection.features.can_return_rows_from_bulk_insert
    table, key = quote(META.db_table), quote(META.pk.column)
    insert_row = (f"INSERT INTO {table} ({', '.join(map(quote, COLUMNS))}) "
                  f"VALUES ({', '.join(['%s'] * len(COLUMNS))})")
    return Statements(f"{insert_row} RETURNING {key}" if returns else insert_row, returns,
                      f"SELECT 1 FROM {table} WHERE {key} = %s")


def insert(event: Event, consumer: str, connection: Any, cursor: Any) -> int:
    """The new row's key. Waits where another receiver is at the same event, until that one has
    decided."""
    sql = statements(connection.alias)
    try:
        cursor.execute(sql.insert, values_of(event, consumer, connection))
        if sql.returns:
            return cursor.fetchone()[0]
        return connection.ops.last_insert_id(cursor, META.db_table, META.pk.column)
    except IntegrityError as error:
        raise _NotInserted from error  # why, is looked up when the transaction is over
    except DataError:
        raise  # the database is there, and this event is more than its columns hold
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def values_of(event: Event, consumer: str, connection: Any) -> Sequence[Any]:
    """Of COLUMNS, as the database takes them."""
    record, time = event.record, connection.ops.adapt_datetimefield_value
    event_id = event.id if connection.features.has_native_uuid_field else event.id.hex
    return (event_id, consumer, event.signal, event.merchant.id, event.subject, event.sequence,
            record.topic, record.partition, record.offset, time(event.time), time(timezone.now()))


def was_handled(event: Event, consumer: str, database: str) -> bool:
    try:
        return InboxEvent.objects.using(database).filter(
            event_id=event.id, consumer=consumer).exists()
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def require_row(key: int, connection: Any, cursor: Any) -> None:
    """Raises Undone where the transaction would end as a rollback without a word: in Django after
    set_rollback(True), a closed connection or a caught error of save(); in PostgreSQL after any
    error that was caught; everywhere after a ROLLBACK of the handler's own, which only the
    database can tell: hence the SELECT."""
    cause = None
    try:
        if not connection.get_rollback():
            cursor.execute(statements(connection.alias).find, [key])
            if cursor.fetchone():
                return
    except InternalError as error:  # "current transaction is aborted"
        cause = error
    raise Undone("a handler has broken the transaction, though it raised nothing. Hint: put what "
                 "may fail into `with transaction.atomic():` of its own, and leave the connection "
                 "and the transaction open") from cause
