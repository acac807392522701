"""What every page shows: how much is new."""

from django.utils.functional import SimpleLazyObject

from apps.notifications.models import Notification


def unread(request):
    """`unread`: the number on the bell, asked for only where a page shows it."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: Notification.objects.visible_to(person).unread().count())}
