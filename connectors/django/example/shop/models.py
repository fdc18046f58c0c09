from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=100)
    stock = models.IntegerField()

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "placed"
        PAID = "paid"
        CANCELLED = "cancelled"
        REFUNDED = "refunded"

    number = models.CharField(max_length=50, unique=True)  # Midtrans's order_id
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.IntegerField(default=1)  # taken from the stock when the order was placed
    email = models.EmailField()
    sequence = models.BigIntegerField(default=0)  # of the event that the status is of
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PLACED)
    paid_at = models.DateTimeField(null=True)
    times_paid = models.IntegerField(default=0)  # shows that nothing is done twice
    refunded = models.DecimalField(max_digits=15, decimal_places=2, default=0)

    def __str__(self) -> str:
        return self.number
