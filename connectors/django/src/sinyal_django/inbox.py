"""An event's effects, once: the inbox row and everything that its handlers write are one database
transaction. Delivered again, the row is there already and nothing happens.
"""
from django.db import (DataError, Error, IntegrityError, InterfaceError, InternalError,
                       OperationalError, connections, transaction)

from .event import Event
from .models import InboxEvent
from .signals import SIGNALS


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
    row, called = row_of(event, consumer), False
    try:
        with transaction.atomic(using=database, durable=True):
            insert(row, database)
            called = True
            SIGNALS[event.signal].send(sender=event.merchant, event=event, **event.arguments)
            require_row(row, database)
    except _NotInserted as error:
        if was_handled(row, database):
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


def insert(row: InboxEvent, database: str) -> None:
    """Waits where another receiver is at the same event, until that one has decided."""
    try:
        row.save(using=database, force_insert=True)
    except IntegrityError as error:
        raise _NotInserted from error  # why, is looked up when the transaction is over
    except DataError:
        raise  # the database is there, and this event is more than its columns hold
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def was_handled(row: InboxEvent, database: str) -> bool:
    try:
        return InboxEvent.objects.using(database).filter(
            event_id=row.event_id, consumer=row.consumer).exists()
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def require_row(row: InboxEvent, database: str) -> None:
    """Raises Undone where the transaction would end as a rollback without a word: in Django after
    set_rollback(True), a closed connection or a caught error of save(); in PostgreSQL after any
    error that was caught."""
    cause = None
    try:
        if not transaction.get_rollback(using=database) and \
                InboxEvent.objects.using(database).filter(pk=row.pk).exists():
            return
    except InternalError as error:  # "current transaction is aborted"
        cause = error
    raise Undone("a handler has broken the transaction, though it raised nothing. Hint: put what "
                 "may fail into `with transaction.atomic():` of its own, and leave the connection "
                 "and the transaction open") from cause


def row_of(event: Event, consumer: str) -> InboxEvent:
    record = event.record
    return InboxEvent(
        event_id=event.id, consumer=consumer, signal=event.signal,
        merchant=event.merchant.id, subject=event.subject, sequence=event.sequence,
        topic=record.topic, partition=record.partition, offset=record.offset,
        happened_at=event.time)
