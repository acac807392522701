from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404
from apps.notifications import events, services
from apps.notifications.forms import ActionForm, MailForm, WebhookForm
from apps.notifications.models import Notification, Preference, Webhook
from apps.notifications.signing import shown_secret


@login_required
def index(request):
    rows = Notification.objects.visible_to(request.user)
    only_new = request.GET.get("only") == "new"
    preference = Preference.objects.filter(user=request.user).first()
    return render(
        request,
        "notifications/index.html",
        {
            "title": "Notifications",
            "listed": "New" if only_new else "All",
            "tabs": [
                {"label": "All", "url": "?", "current": not only_new},
                {"label": "New", "url": "?only=new", "current": only_new},
            ],
            "mail_form": MailForm(initial={"mail": preference.mail if preference else Preference.Mail.DAILY}),
            "keeps_webhooks": request.user.has_perm("notifications.add_webhook"),
            **listing(request, rows.unread() if only_new else rows),
        },
    )


@login_required
def follow(request, notification_id):
    """Where a notification leads; who has been there has read it."""
    notification = visible_or_404(Notification, request.user, pk=notification_id)
    services.mark_read(actor=request.user, notification=notification, now=timezone.now())
    return redirect(notification.url if notification.url.startswith("/") else "notifications")


@login_required
@require_POST
def read(request):
    """Put one of them (`notification`), or all, among those read."""
    chosen = request.POST.get("notification", "")
    row = visible_or_404(Notification, request.user, pk=int(chosen)) if chosen.isdecimal() else None
    services.mark_read(actor=request.user, notification=row, now=timezone.now())
    return redirect("notifications")


@login_required
@require_POST
def mail(request):
    form = MailForm(request.POST)
    if form.carry_out(services.choose_mail, actor=request.user):
        messages.success(request, f"E-mail: {form.result.get_mail_display().lower()}.")
    return redirect("notifications")


@login_required
def webhooks(request):
    require(request.user, events.WEBHOOK_ADDED)
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.carry_out(services.add_webhook, actor=request.user):
        return _with_secret(request, form.result)
    rows = Webhook.objects.visible_to(request.user).order_by("reference")
    return render(request, "notifications/webhooks.html", {"title": "Webhooks", "form": form, "rows": rows})


@login_required
def webhook(request, reference):
    row = visible_or_404(Webhook, request.user, reference=reference)
    return render(request, "notifications/webhook.html", _page(row))


@login_required
@require_POST
def change_webhook(request, reference, change):
    row = visible_or_404(Webhook, request.user, reference=reference)
    form = ActionForm(request.POST)
    if not form.carry_out(CHANGES[change], actor=request.user, webhook=row):
        return render(request, "notifications/webhook.html", {**_page(row), "form": form}, status=422)
    return _with_secret(request, form.result) if change == "secret" else redirect(form.result)


CHANGES = {"on": services.switch_on, "off": services.switch_off, "secret": services.change_secret}


def _with_secret(request, row):
    return render(request, "notifications/webhook.html", {**_page(row), "secret": shown_secret(row)})


def _page(row):
    return {
        "title": row.reference,
        "crumbs": [("Webhooks", "/notifications/webhooks/"), (row.reference, None)],
        "webhook": row,
        "changes": [
            ("off", "Switch off") if row.status == Webhook.Status.ON else ("on", "Switch on"),
            ("secret", "Make a new secret"),
        ],
        "deliveries": row.deliveries.all()[:50],
    }
