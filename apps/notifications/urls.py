from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.notifications import api, views

router = SimpleRouter()
router.register("notifications", api.NotificationViewSet)
router.register("webhooks", api.WebhookViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("notifications/", views.index, name="notifications"),
    path("notifications/read/", views.read, name="read-notifications"),
    path("notifications/mail/", views.mail, name="notification-mail"),
    path("notifications/webhooks/", views.webhooks, name="webhooks"),
    path("notifications/webhooks/<reference>/", views.webhook, name="webhook"),
    re_path(
        r"^notifications/webhooks/(?P<reference>[^/]+)/(?P<change>on|off|secret)/$",
        views.change_webhook,
        name="change-webhook",
    ),
    path("notifications/<int:notification_id>/", views.follow, name="notification"),
]
