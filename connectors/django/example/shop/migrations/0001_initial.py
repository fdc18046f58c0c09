import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                           verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("stock", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                           verbose_name="ID")),
                ("number", models.CharField(max_length=50, unique=True)),
                ("quantity", models.IntegerField(default=1)),
                ("email", models.EmailField(max_length=254)),
                ("sequence", models.BigIntegerField(default=0)),
                ("status", models.CharField(
                    choices=[("placed", "Placed"), ("paid", "Paid"), ("cancelled", "Cancelled"),
                             ("refunded", "Refunded")],
                    default="placed", max_length=9)),
                ("paid_at", models.DateTimeField(null=True)),
                ("times_paid", models.IntegerField(default=0)),
                ("refunded", models.DecimalField(decimal_places=2, default=0, max_digits=15)),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT,
                                              to="shop.product")),
            ],
        ),
    ]
