"""An event's effects, once: the inbox row and everything that its handlers write are one database
transaction. Delivered again, the row is there already and nothing happens.
"""
from django.db import (DataError, Error, IntegrityError, InterfaceError, OperationalError,
                       connections, transaction)

from .event import Event
from .models import InboxEvent
from .signals import SIGNALS


class DatabaseDown(Exception):
    """The database cannot be used, so no handler is to blame."""


class _AlreadyHandled(Exception):
    pass


def handle(event: Event, database: str) -> bool:
    """Calls the handlers. False when the event had been handled before, which changes nothing.

    All handlers of an event succeed together: whatever one of them raises undoes what the others
    wrote, leaves no row, and is raised here.
    """
    row, called = row_of(event), False
    try:
        with transaction.atomic(using=database, durable=True):
            insert(row, database)
            called = True
            SIGNALS[event.signal].send(sender=event.merchant, event=event, **event.arguments)
    except _AlreadyHandled:
        return False
    except (OperationalError, InterfaceError) as error:
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
    except IntegrityError:
        raise _AlreadyHandled from None
    except DataError:
        raise  # the database is there, and this event is more than its columns hold
    except Error as error:
        raise DatabaseDown(f"{type(error).__name__}: {error}") from error


def row_of(event: Event) -> InboxEvent:
    record = event.record
    return InboxEvent(
        event_id=event.id, signal=event.signal, merchant=event.merchant.id, subject=event.subject,
        sequence=event.sequence, topic=record.topic, partition=record.partition,
        offset=record.offset, happened_at=event.time)
