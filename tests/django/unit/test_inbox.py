"""Handlers and the inbox row are one transaction. On SQLite, and by test_inbox_on_postgres.py on
PostgreSQL."""
from asyncio import CancelledError
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from uuid import uuid4

import django
import pytest
from records import binary, example
from django.db import (DataError, Error, IntegrityError, OperationalError, connection,
                       connections, transaction)
from django.utils import timezone
from sinyal_django import inbox
from sinyal_django.event import decode
from sinyal_django.inbox import DatabaseDown, Undone, handle
from sinyal_django.models import InboxEvent, OutboxMail
from sinyal_django.signals import payment_settled

EVENT = decode(binary(example("payment_settled")))


on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql",
                                   reason="only PostgreSQL names sessions, and gives a "
                                          "transaction up at its first error")


def write(**_):
    OutboxMail.objects.create(to="x", subject="an effect", message={})


def test_an_event_is_handled_once_however_often_it_is_delivered():
    payment_settled.connect(write)
    assert [handle(EVENT, "default", "shop") for _ in range(3)] == [True, False, False]
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 1
    row = InboxEvent.objects.get()
    assert (row.signal, row.merchant, row.subject, row.sequence, row.topic, row.offset) == \
        ("payment_settled", "G141532850", "SHOP-1001", 2, "midtrans.payment.settled", 7)


def test_an_event_that_comes_after_the_connection_was_closed_is_handled_on_the_next():
    payment_settled.connect(write)
    for _ in range(2):
        assert handle(decode(binary(example("payment_settled"), ce_id=str(uuid4()))),
                      "default", "shop")
        connection.close()
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 2


def test_a_handler_that_raises_undoes_what_the_others_wrote():
    def fail(**_):
        raise LookupError("no such order")

    payment_settled.connect(write)
    payment_settled.connect(fail)
    with pytest.raises(LookupError):
        handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 0
    payment_settled.disconnect(fail)
    assert handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == 1


def test_a_handler_gets_what_the_seeds_gets_and_more():
    got = {}

    def hear(sender, payment, notification, payload, **kwargs):
        got.update(sender=sender, payment=payment, notification=notification, payload=payload,
                   **kwargs)

    payment_settled.connect(hear)
    handle(EVENT, "default", "shop")
    assert set(got) == {"sender", "payment", "notification", "payload", "event", "signal"}
    assert got["event"] is EVENT


def test_a_handlers_integrity_error_is_its_own_and_no_repetition():
    def twice(**_):
        InboxEvent.objects.create(event_id=EVENT.id, consumer="shop", sequence=1, partition=0,
                                  offset=0, happened_at=EVENT.time)

    payment_settled.connect(twice)
    with pytest.raises(Exception, match="(?i)unique"):
        handle(EVENT, "default", "shop")
    assert InboxEvent.objects.count() == 0


@pytest.fixture(name="refuse_the_row")
def refuse_the_row_fixture(monkeypatch):
    """Has the database answer the inbox's INSERT with this error."""
    def refuse(error):
        def execute(sql, _):
            assert sql.startswith('INSERT INTO "sinyal_django_inboxevent"')
            raise error

        connection.ensure_connection()
        kept = inbox.inbox_on(connection.connection, connections["default"])
        monkeypatch.setattr(kept, "_cursor", SimpleNamespace(execute=execute))

    return refuse


@pytest.mark.parametrize("error", [
    OperationalError("server closed the connection unexpectedly"),
    connection.Database.OperationalError("database is locked")], ids=["django's", "the driver's"])
def test_an_inbox_that_cannot_be_written_is_nobodys_fault(refuse_the_row, error):
    called = []
    keep = lambda **_: called.append(1)  # noqa: E731  pylint: disable=unnecessary-lambda-assignment
    payment_settled.connect(keep)
    refuse_the_row(error)
    with pytest.raises(DatabaseDown):
        handle(EVENT, "default", "shop")
    assert not called


def test_an_event_that_the_inboxs_columns_cannot_hold_is_the_events_own_fault(refuse_the_row):
    refuse_the_row(connection.Database.DataError("value too long"))
    with pytest.raises(DataError):
        handle(EVENT, "default", "shop")


@contextmanager
def noted_statements():
    """The first word of each, as the database gets them."""
    seen = []
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.set_trace_callback(lambda sql: seen.append(sql.split()[0]))
        yield seen
        connection.connection.set_trace_callback(None)
    else:
        with connection.execute_wrapper(
                lambda execute, sql, *rest: seen.append(sql.split()[0]) or execute(sql, *rest)):
            yield seen


def test_an_event_takes_the_row_and_the_look_for_it_which_postgresql_answers_unasked():
    payment_settled.connect(write)
    with noted_statements() as seen:
        assert handle(EVENT, "default", "shop")
    look = [] if connection.vendor == "postgresql" else ["SELECT"]
    assert [word for word in seen if word not in ("BEGIN", "COMMIT")] == ["INSERT", "INSERT", *look]


def test_the_row_says_what_the_orm_would_have_written():
    before = timezone.now()
    handle(EVENT, "default", "shop")
    row, record = InboxEvent.objects.get(), EVENT.record
    assert before <= row.handled_at <= timezone.now()
    told = {field.name: getattr(row, field.name) for field in InboxEvent._meta.concrete_fields}
    assert told == {
        "id": row.pk, "event_id": EVENT.id, "consumer": "shop", "signal": EVENT.signal,
        "merchant": EVENT.merchant.id, "subject": EVENT.subject, "sequence": EVENT.sequence,
        "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "happened_at": EVENT.time, "handled_at": row.handled_at}
    assert inbox.was_handled(EVENT, "shop", "default")


def application_name():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name')")
        return cursor.fetchone()[0]


@on_postgresql
def test_a_session_is_named_after_its_event_for_as_long_as_it_handles_it():
    before, names = application_name(), []

    def note(**_):
        names.append(application_name())

    payment_settled.connect(note)
    assert handle(EVENT, "default", "shop")
    assert names == [f"sinyal_django {EVENT.id}"] and application_name() == before != names[0]


def rename_the_session(**_):
    with connection.cursor() as cursor:
        cursor.execute("SET application_name = 'shop'")


@on_postgresql
def test_where_a_handler_has_renamed_the_session_the_row_is_looked_for():
    payment_settled.connect(rename_the_session)
    assert handle(EVENT, "default", "shop")
    payment_settled.connect(roll_back_in_sql)
    with pytest.raises(Undone):
        handle(decode(binary(example("payment_settled"), ce_id=str(uuid4()))),
               "default", "shop")


def test_a_lock_that_a_handler_did_not_get_is_the_handlers_affair():
    def locked(**_):
        raise OperationalError("deadlock detected")

    payment_settled.connect(locked)
    with pytest.raises(OperationalError, match="deadlock"):
        handle(EVENT, "default", "shop")


def test_a_database_that_is_gone_within_a_handler_is_nobodys_fault(monkeypatch):
    def gone(**_):
        raise OperationalError("server closed the connection unexpectedly")

    payment_settled.connect(gone)
    monkeypatch.setattr(inbox, "answers", lambda _: False)
    with pytest.raises(DatabaseDown):
        handle(EVENT, "default", "shop")


def catch_an_integrity_error(**_):
    with suppress(IntegrityError):
        OutboxMail.objects.create(pk=OutboxMail.objects.get().pk, to="x", subject="y", message={})


def ask_for_a_rollback(**_):
    transaction.set_rollback(True)


def close_the_connection(**_):
    connection.close()


def roll_back_in_sql(**_):
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")


def roll_back_by_the_driver(**_):
    connection.connection.rollback()


def catch_an_error_of_sql(**_):
    with connection.cursor() as cursor, suppress(Error):
        cursor.execute("SELECT no_such_column")


def catch_an_error_after_a_savepoint(**_):
    transaction.savepoint()
    catch_an_error_of_sql()


@pytest.mark.parametrize("breaks", [
    catch_an_integrity_error, ask_for_a_rollback, close_the_connection, roll_back_in_sql,
    roll_back_by_the_driver, pytest.param(catch_an_error_of_sql, marks=on_postgresql),
    pytest.param(catch_an_error_after_a_savepoint, marks=on_postgresql)],
    ids=lambda each: each.__name__)
def test_a_handler_that_breaks_the_transaction_without_raising_has_not_handled_the_event(breaks):
    payment_settled.connect(write)
    payment_settled.connect(breaks)
    for _ in range(2):
        with pytest.raises(Undone, match="Hint"):
            handle(EVENT, "default", "shop")
        assert OutboxMail.objects.count() == InboxEvent.objects.count() == 0
    payment_settled.disconnect(breaks)
    assert handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 1


def test_a_handler_may_catch_an_error_within_a_transaction_of_its_own():
    def catch(**_):
        with suppress(IntegrityError), transaction.atomic():
            catch_an_integrity_error()
            raise IntegrityError

    payment_settled.connect(write)
    payment_settled.connect(catch)
    assert handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 1


def test_a_broken_transaction_of_a_database_that_is_gone_is_nobodys_fault(monkeypatch):
    payment_settled.connect(ask_for_a_rollback)
    monkeypatch.setattr(inbox, "answers", lambda _: False)
    with pytest.raises(DatabaseDown):
        handle(EVENT, "default", "shop")


def commit_in_sql(**_):
    with connection.cursor() as cursor:
        cursor.execute("COMMIT")
        cursor.execute("BEGIN")


def test_what_a_handler_has_committed_itself_is_handled():
    payment_settled.connect(commit_in_sql)
    payment_settled.connect(write)
    assert [handle(EVENT, "default", "shop") for _ in range(2)] == [True, False]
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 1


def test_an_inbox_that_refuses_a_row_for_another_reason_has_not_handled_the_event(refuse_the_row):
    payment_settled.connect(write)
    refuse_the_row(connection.Database.IntegrityError(
        "NOT NULL constraint failed: a column that someone has added"))
    with pytest.raises(DatabaseDown, match="someone has added"):
        handle(EVENT, "default", "shop")


def test_two_groups_that_share_a_database_each_handle_an_event_once():
    payment_settled.connect(write)
    assert [handle(EVENT, "default", group) for group in ("shop", "books") * 2] == \
        [True, True, False, False]
    assert OutboxMail.objects.count() == 2
    assert set(InboxEvent.objects.values_list("consumer", flat=True)) == {"shop", "books"}


def test_it_refuses_to_be_part_of_another_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        handle(EVENT, "default", "shop")


def test_what_is_raised_after_the_transaction_is_logged_and_the_event_handled(caplog):
    def fail():
        raise LookupError("the parcel service")

    def ask(**_):
        transaction.on_commit(fail)

    payment_settled.connect(write)
    payment_settled.connect(ask)
    assert [handle(EVENT, "default", "shop") for _ in range(2)] == [True, False]
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 1
    assert "the parcel service" in caplog.text and "on_commit" in caplog.text


async def write_asynchronously(**_):
    await OutboxMail.objects.acreate(to="x", subject="an effect", message={})


@pytest.mark.skipif(django.VERSION < (5, 0), reason="its signals call no async functions")
def test_an_async_handler_is_part_of_the_transaction():
    async def fail(**_):
        raise LookupError("no such order")

    payment_settled.connect(write_asynchronously)
    payment_settled.connect(fail)
    with pytest.raises(LookupError):
        handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == InboxEvent.objects.count() == 0
    payment_settled.disconnect(fail)
    assert handle(EVENT, "default", "shop")
    assert OutboxMail.objects.count() == 1


@pytest.mark.skipif(django.VERSION < (5, 0), reason="its signals call no async functions")
def test_an_async_handler_that_is_cancelled_has_raised():
    async def cancelled(**_):
        raise CancelledError

    payment_settled.connect(cancelled)
    with pytest.raises(RuntimeError, match="cancelled"):
        handle(EVENT, "default", "shop")
    assert InboxEvent.objects.count() == 0


def test_a_handler_that_only_returns_a_coroutine_has_not_handled_the_event():
    def wrapped(**given):
        return write_asynchronously(**given)

    payment_settled.connect(wrapped)
    with pytest.raises(TypeError, match="async def"):
        handle(EVENT, "default", "shop")
    assert InboxEvent.objects.count() == 0
