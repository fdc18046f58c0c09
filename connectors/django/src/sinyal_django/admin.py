from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from .conf import current
from .models import InboxEvent, OutboxMail


class Shown(admin.ModelAdmin):
    """Rows to look at and to delete, not to write, of the database that the receiver writes to."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        database = current(bootstrap_servers="-", group="-").database
        return super().get_queryset(request).using(database)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(InboxEvent)
class InboxEventAdmin(Shown):
    """A deleted row's event is handled again when Kafka delivers it again."""

    list_display = ("signal", "merchant", "subject", "sequence", "happened_at", "handled_at",
                    "consumer", "place")
    list_filter = ("signal", "merchant", "consumer", "handled_at")
    search_fields = ("subject", "event_id")
    date_hierarchy = "handled_at"

    @admin.display(description="partition and offset")
    def place(self, row: InboxEvent) -> str:
        return f"{row.topic}[{row.partition}]@{row.offset}"


@admin.register(OutboxMail)
class OutboxMailAdmin(Shown):
    list_display = ("subject", "to", "state", "attempts", "queued_at", "sent_at", "error")
    list_filter = ("state", "queued_at")
    search_fields = ("to", "subject", "id")
    actions: ClassVar = ["queue_again"]

    @admin.action(description="Send again (whoever got it already gets it twice)",
                  permissions=["delete"])
    def queue_again(self, request: HttpRequest, rows: QuerySet[OutboxMail]) -> None:
        again = rows.exclude(state__in=[OutboxMail.State.QUEUED, OutboxMail.State.SENT])
        count = again.update(state=OutboxMail.State.QUEUED, not_before=None, attempts=0)
        self.message_user(request, f"{count} mails are queued again", messages.SUCCESS)
