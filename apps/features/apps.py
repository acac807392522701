from django.apps import AppConfig


class FeaturesConfig(AppConfig):
    name = "apps.features"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.features.subjects import FeatureViewSubject, FeatureViewVersionSubject

        subjects.register(FeatureViewSubject)
        subjects.register(FeatureViewVersionSubject)
