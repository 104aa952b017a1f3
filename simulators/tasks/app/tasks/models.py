"""What is kept in the database."""

from django.db import models


class Task(models.Model):
    """Something to be done."""

    title = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")
    description = models.CharField(max_length=500)

    def __str__(self):
        return self.title
