from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "apps.policies"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.policies.subjects import PolicySubject, PolicyVersionSubject

        subjects.register(PolicySubject)
        subjects.register(PolicyVersionSubject)
