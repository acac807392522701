from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts.roles import titles_that_may
        from apps.accounts.subjects import ResetSubject, RoleGrantSubject, UserSubject
        from apps.core import allowed, subjects

        for subject in (UserSubject, RoleGrantSubject, ResetSubject):
            subjects.register(subject)
        allowed.told_by(titles_that_may)
        post_migrate.connect(_keep_roles, dispatch_uid="accounts.roles")


def _keep_roles(sender: Any, using: str = "default", **kwargs: Any) -> None:
    from django.apps import apps

    from apps.accounts.grants import keep_roles

    if sender == [config for config in apps.get_app_configs() if config.models_module][-1]:
        keep_roles(using)
