from django.apps import AppConfig

from apps.core.periodic import Periodic


class FeaturesConfig(AppConfig):
    name = "apps.features"
    PERIODIC = (Periodic("features.watch_freshness", 300, "apps.features.services.freshness.watch"),)

    def ready(self) -> None:
        from apps.core import lineage, subjects, uses
        from apps.core.consequences import follow
        from apps.core.panels import Panel
        from apps.core.panels import register as show
        from apps.datasets.events import VERSION_ADDED, VERSION_ERASED
        from apps.features import events, panels
        from apps.features.lineage import links
        from apps.features.services import freshness, materialising, training
        from apps.features.subjects import (
            FeatureViewSubject,
            FeatureViewVersionSubject,
            MaterialisationSubject,
            TrainingSetSubject,
        )
        from apps.features.uses import of_data
        from apps.jobs import registry
        from apps.notifications.rules import notify

        for subject in (
            FeatureViewSubject,
            FeatureViewVersionSubject,
            MaterialisationSubject,
            TrainingSetSubject,
        ):
            subjects.register(subject)
        follow(VERSION_ADDED, materialising.follow_data)
        follow(VERSION_ERASED, materialising.follow_erasure)
        follow(events.VERSION_PUBLISHED, materialising.follow_publication)
        follow(events.VIEW_ARCHIVED, materialising.follow_archiving)
        owner, aged = freshness.owner_of, freshness.sentence_of
        notify(events.FRESHNESS_LOST, recipients=owner, sentence=aged)
        notify(events.FRESHNESS_REGAINED, recipients=owner, sentence="{subject} has news again.")
        notify(events.MATERIALISATION_FAILED, recipients=owner, sentence="Values could not be made: {subject}.")
        uses.register(of_data)
        lineage.register(links)
        registry.register(
            training.JOB,
            title="Build a training set",
            work=training.work,
            commit=training.commit,
            failed=training.failed,
        )
        registry.register(
            materialising.JOB,
            title="Make the latest values of features",
            work=materialising.work,
            commit=materialising.commit,
            failed=materialising.failed,
            max_attempts=30,
        )
        registry.register(
            materialising.FORGET, title="Take values of features away", work=materialising.forget, max_attempts=30
        )
        show("dataset", Panel(55, "features/_views_of.html", "main", panels.views_of_dataset))
        show("datasetversion", Panel(15, "features/_made_as.html", "main", panels.made_as))
        show("featureview", Panel(20, "features/_values.html", "main", panels.values_of_view))
        show("feature", Panel(20, "features/_statistics.html", "main", panels.statistics_of_feature))
        show("featureview", Panel(40, "features/_users.html", "main", panels.users_of_view))
        show("feature", Panel(40, "features/_users.html", "main", panels.users_of_feature))
