from django.apps import AppConfig


class FeaturesConfig(AppConfig):
    name = "apps.features"

    def ready(self) -> None:
        from apps.core import lineage, subjects, uses
        from apps.core.panels import Panel
        from apps.core.panels import register as show
        from apps.features import panels
        from apps.features.lineage import links
        from apps.features.services import training
        from apps.features.subjects import FeatureViewSubject, FeatureViewVersionSubject, TrainingSetSubject
        from apps.features.uses import of_data
        from apps.jobs import registry

        for subject in (FeatureViewSubject, FeatureViewVersionSubject, TrainingSetSubject):
            subjects.register(subject)
        uses.register(of_data)
        lineage.register(links)
        registry.register(
            training.JOB,
            title="Build a training set",
            work=training.work,
            commit=training.commit,
            failed=training.failed,
        )
        show("dataset", Panel(55, "features/_views_of.html", "main", panels.views_of_dataset))
        show("datasetversion", Panel(15, "features/_made_as.html", "main", panels.made_as))
        show("featureview", Panel(40, "features/_users.html", "main", panels.users_of_view))
        show("feature", Panel(40, "features/_users.html", "main", panels.users_of_feature))
