import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                           verbose_name="ID")),
                ("event_id", models.UUIDField(editable=False)),
                ("consumer", models.CharField(max_length=249)),
                ("signal", models.CharField(max_length=40)),
                ("merchant", models.CharField(max_length=64)),
                ("subject", models.CharField(db_index=True, max_length=255)),
                ("sequence", models.BigIntegerField()),
                ("topic", models.CharField(max_length=249)),
                ("partition", models.IntegerField()),
                ("offset", models.BigIntegerField()),
                ("happened_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                "verbose_name": "received event",
                "ordering": ["-handled_at"],
                "constraints": [models.UniqueConstraint(fields=["event_id", "consumer"],
                                                        name="sinyal_django_handled_once")],
            },
        ),
        migrations.CreateModel(
            name="OutboxMail",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True,
                                        serialize=False)),
                ("state", models.CharField(
                    choices=[("queued", "to be sent"), ("sending", "being sent, or in doubt"),
                             ("sent", "sent"), ("failed", "refused")],
                    db_index=True, default="queued", max_length=8)),
                ("to", models.CharField(max_length=255)),
                ("subject", models.CharField(max_length=255)),
                ("message", models.JSONField()),
                ("error", models.CharField(blank=True, max_length=255)),
                ("attempts", models.IntegerField(default=0)),
                ("queued_at", models.DateTimeField(auto_now_add=True)),
                ("not_before", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "mail",
                "ordering": ["queued_at"],
            },
        ),
    ]
