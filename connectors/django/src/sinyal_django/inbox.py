"""An event's effects, once: the inbox row and everything that its handlers write are one database
transaction. Delivered again, the row is there already and nothing happens.

The two statements that an event may need are put together once: to have the ORM do it for each
event took most of the receiver's time. On PostgreSQL it needs but the first, see Inbox._tells().
"""
import logging
from asyncio import CancelledError
from functools import lru_cache
from inspect import iscoroutine
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

logger = logging.getLogger("sinyal_django")


class DatabaseDown(Exception):
    """The database cannot be used, so no handler is to blame."""


class Undone(Exception):
    """A handler returned, but has left a transaction that can only be rolled back."""


class _NotInserted(Exception):
    pass


def handle(event: Event, database: str, consumer: str) -> bool:
    """Calls the handlers. False when `consumer` (a group) had handled the event before, which
    changes nothing.

    All handlers of an event succeed together: whatever one of them raises undoes what the others
    wrote, leaves no row, and is raised here.
    """
    connection, called = connections[database], False
    try:
        with transaction.atomic(using=database, durable=True):
            inbox = inbox_on(connection.connection, connection)
            inbox.insert(event, consumer)
            called = True
            call_handlers(event)
            inbox.require_row(event, consumer)
    except _NotInserted as error:
        if was_handled(event, consumer, database):
            return False
        raise DatabaseDown(f"the inbox row is refused: {error.__cause__}") from error
    except (OperationalError, InterfaceError, Undone) as error:
        if called and was_committed(event, consumer, database, error):
            return True
        if called and not any_is_down(database):
            raise  # a deadlock, a lock's time limit: the handlers' own affair
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error
    except Exception as error:  # pylint: disable=broad-exception-caught
        if not called or not was_committed(event, consumer, database, error):
            raise
    return True


def call_handlers(event: Event) -> None:
    """Raises where one of them has not run to its end. Nobody awaits what a handler returns:
    Django's send() does for async functions, from 5.0 on, but not for what only returns a
    coroutine."""
    try:
        told = SIGNALS[event.signal].send(sender=event.merchant, event=event, **event.arguments)
    except CancelledError as error:  # no Exception to Python: it would end the receiver
        raise RuntimeError("an async handler was cancelled") from error
    for handler, answer in told:
        if iscoroutine(answer):
            answer.close()
            raise TypeError(f"{handler!r} has not run: it returned a coroutine, which nobody "
                            "awaits. Hint: async def handlers need Django 5.0; what wraps one has "
                            "to be async def, too")


def was_committed(event: Event, consumer: str, database: str, error: Exception) -> bool:
    """Whether the transaction has ended well and only what came after it raised."""
    connections[database].close_if_unusable_or_obsolete()
    if not was_handled(event, consumer, database):
        return False
    logger.error("%s: handled, and nothing is undone or tried again, though this was raised after "
                 "its transaction, as in an on_commit", event.record.place, exc_info=error)
    return True


def any_is_down(database: str) -> bool:
    """This one, or another that a handler has met an error of."""
    return any(not answers(each) for each in connections.all(initialized_only=True)
               if each.errors_occurred or each.alias == database)


def answers(connection: Any) -> bool:
    """Whether the database can be spoken to, on a new connection if need be."""
    try:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        return bool(connection.is_usable())
    except Error:
        return False


def was_handled(event: Event, consumer: str, database: str) -> bool:
    try:
        return InboxEvent.objects.using(database).filter(
            event_id=event.id, consumer=consumer).exists()
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


class Inbox:
    """The table, on one connection of the driver's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._time = connection.ops.adapt_datetimefield_value
        self._has_uuids = connection.features.has_native_uuid_field
        self._marks = connection.vendor == "postgresql"
        # SQLite's own cursor: Django's reads the statement through for each %s, each time, which
        # takes longer than the statement
        own = connection.Database.paramstyle == "qmark"
        self._cursor = connection.connection.cursor() if own else connection.cursor()
        quote, value = connection.ops.quote_name, "?" if own else "%s"
        table, columns = quote(META.db_table), [quote(name) for name in COLUMNS]
        values = [value] * len(COLUMNS)
        if self._marks:  # within a value, and adds nothing to it
            values[1] += " || left(set_config('application_name', %s, true), 0)"
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)})"
        self._find = (f"SELECT 1 FROM {table} "
                      f"WHERE {columns[0]} = {value} AND {columns[1]} = {value}")

    def insert(self, event: Event, consumer: str) -> None:
        """Waits where another receiver is at the same event, until that one has decided."""
        record = event.record
        values = [self._id(event), consumer, event.signal, event.merchant.id, event.subject,
                  event.sequence, record.topic, record.partition, record.offset,
                  self._time(event.time), self._time(timezone.now())]
        if self._marks:
            values.insert(2, mark_of(event))
        try:
            with self._connection.wrap_database_errors:
                self._cursor.execute(self._insert, values)
        except IntegrityError as error:
            raise _NotInserted from error  # why, is looked up when the transaction is over
        except DataError:
            raise  # the database is there, and this event is more than its columns hold
        except Error as error:
            raise DatabaseDown(f"{type(error).__name__}: {error}") from error

    def require_row(self, event: Event, consumer: str) -> None:
        """Raises Undone where the transaction would end as a rollback without a word: in Django
        after set_rollback(True), a closed connection or a caught error of save(); in PostgreSQL
        after any error that was caught; everywhere after a ROLLBACK of the handler's own, which
        only the database can tell: hence the SELECT, unless it has told already."""
        cause = None
        try:
            if not self._connection.get_rollback() and (
                    self._tells(event) or self._finds(event, consumer)):
                return
        except InternalError as error:  # "current transaction is aborted"
            cause = error
        raise Undone("a handler has broken the transaction, though it raised nothing. Hint: put "
                     "what may fail into `with transaction.atomic():` of its own, and leave the "
                     "connection and the transaction open") from cause

    def _finds(self, event: Event, consumer: str) -> bool:
        with self._connection.wrap_database_errors:
            self._cursor.execute(self._find, [self._id(event), consumer])
            return self._cursor.fetchone() is not None

    def _tells(self, event: Event) -> bool:
        """Whether the transaction that has this event's row is open and sound, without a question
        to the database. PostgreSQL tells its client of each change of application_name, before it
        answers the statement that made it; the INSERT's change ends with its transaction. False
        says nothing: a handler may have set another name."""
        if not self._marks:
            return False
        info = self._connection.connection.info
        return bool(info.transaction_status == PQTRANS_INTRANS
                    and info.parameter_status("application_name") == mark_of(event))

    def _id(self, event: Event) -> Any:
        return event.id if self._has_uuids else event.id.hex


@lru_cache(maxsize=1)
def inbox_on(_driver_connection: Any, connection: Any) -> Inbox:
    """Kept for as long as Django keeps the driver's connection: to make a cursor takes as long as
    to execute a statement."""
    return Inbox(connection)


def mark_of(event: Event) -> str:
    return f"sinyal_django {event.id}"
