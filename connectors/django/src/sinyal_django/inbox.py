"""An event's effects, once: the inbox row and everything that its handlers write are one database
transaction. Delivered again, the row is there already and nothing happens.

The two statements that an event may need are put together once: to have the ORM do it for each
event took most of the receiver's time. On PostgreSQL it needs but the first, see is_marked().
"""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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
PQTRANS_INTRANS = 2  # libpq's: in a transaction that has not failed


class DatabaseDown(Exception):
    """The database cannot be used, so no handler is to blame."""


class Undone(Exception):
    """A handler returned, but has left a transaction that can only be rolled back."""


class _NotInserted(Exception):
    pass


@dataclass(frozen=True)
class Statements:
    insert: str
    find: str  # the row of an event's id and a group


def handle(event: Event, database: str, consumer: str) -> bool:
    """Calls the handlers. False when `consumer` (a group) had handled the event before, which
    changes nothing.

    All handlers of an event succeed together: whatever one of them raises undoes what the others
    wrote, leaves no row, and is raised here.
    """
    connection, called = connections[database], False
    try:
        with transaction.atomic(using=database, durable=True):
            cursor = cursor_on(connection.connection, connection)
            insert(event, consumer, connection, cursor)
            called = True
            SIGNALS[event.signal].send(sender=event.merchant, event=event, **event.arguments)
            require_row(event, consumer, connection, cursor)
    except _NotInserted as error:
        if was_handled(event, consumer, database):
            return False
        raise DatabaseDown(f"the inbox row is refused: {error.__cause__}") from error
    except (OperationalError, InterfaceError, Undone) as error:
        if called and answers(database):
            raise  # a deadlock, a lock's time limit: the handlers' own affair
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error
    return True


@lru_cache(maxsize=1)
def cursor_on(_driver_connection: Any, connection: Any) -> Any:
    """Kept for as long as Django keeps the driver's connection: to make one takes as long as to
    execute a statement."""
    return connection.cursor()


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
    quote = connection.ops.quote_name
    table, columns, values = quote(META.db_table), [*map(quote, COLUMNS)], ["%s"] * len(COLUMNS)
    if marks(connection):  # within a value, and adds nothing to it
        values[1] += " || left(set_config('application_name', %s, true), 0)"
    return Statements(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)})",
        f"SELECT 1 FROM {table} WHERE {columns[0]} = %s AND {columns[1]} = %s")


def insert(event: Event, consumer: str, connection: Any, cursor: Any) -> None:
    """Waits where another receiver is at the same event, until that one has decided."""
    try:
        cursor.execute(statements(connection.alias).insert, values_of(event, consumer, connection))
    except IntegrityError as error:
        raise _NotInserted from error  # why, is looked up when the transaction is over
    except DataError:
        raise  # the database is there, and this event is more than its columns hold
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def values_of(event: Event, consumer: str, connection: Any) -> Sequence[Any]:
    """Of the INSERT, as the database takes them."""
    record, time = event.record, connection.ops.adapt_datetimefield_value
    mark = [mark_of(event)] if marks(connection) else []
    return (id_of(event, connection), consumer, *mark, event.signal, event.merchant.id,
            event.subject, event.sequence, record.topic, record.partition, record.offset,
            time(event.time), time(timezone.now()))


def id_of(event: Event, connection: Any) -> Any:
    return event.id if connection.features.has_native_uuid_field else event.id.hex


def was_handled(event: Event, consumer: str, database: str) -> bool:
    try:
        return InboxEvent.objects.using(database).filter(
            event_id=event.id, consumer=consumer).exists()
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def require_row(event: Event, consumer: str, connection: Any, cursor: Any) -> None:
    """Raises Undone where the transaction would end as a rollback without a word: in Django after
    set_rollback(True), a closed connection or a caught error of save(); in PostgreSQL after any
    error that was caught; everywhere after a ROLLBACK of the handler's own, which only the
    database can tell: hence the SELECT, unless it has told already."""
    cause = None
    try:
        if not connection.get_rollback():
            if is_marked(event, connection):
                return
            cursor.execute(statements(connection.alias).find, [id_of(event, connection), consumer])
            if cursor.fetchone():
                return
    except InternalError as error:  # "current transaction is aborted"
        cause = error
    raise Undone("a handler has broken the transaction, though it raised nothing. Hint: put what "
                 "may fail into `with transaction.atomic():` of its own, and leave the connection "
                 "and the transaction open") from cause


def marks(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")


def mark_of(event: Event) -> str:
    return f"sinyal_django {event.id}"


def is_marked(event: Event, connection: Any) -> bool:
    """Whether the transaction that has this event's row is open and sound, without a question to
    the database. PostgreSQL tells its client of each change of application_name, before it answers
    the statement that made it; the INSERT's change ends with its transaction. False says nothing:
    a handler may have set another name."""
    if not marks(connection):
        return False
    info = connection.connection.info
    return bool(info.transaction_status == PQTRANS_INTRANS
                and info.parameter_status("application_name") == mark_of(event))
