from django.apps import AppConfig

from apps.core.periodic import Periodic


class DatasetsConfig(AppConfig):
    name = "apps.datasets"
    PERIODIC = (
        Periodic("datasets.announce_retention", 3600, "apps.datasets.services.keeping.announce_retention"),
        Periodic("datasets.extract_due", 60, "apps.datasets.services.sources.extract_due"),
    )

    def ready(self) -> None:
        from django.db.models import Q

        from apps.core import subjects
        from apps.core.panels import Panel
        from apps.core.panels import register as show
        from apps.datasets import panels
        from apps.datasets.models import DatasetVersion, Part
        from apps.datasets.services import extractions
        from apps.datasets.subjects import DatasetSubject, DatasetVersionSubject, HoldSubject, SourceSubject
        from apps.datasets.telling import register as register_telling
        from apps.files.removing import lets_go

        for subject in (DatasetSubject, DatasetVersionSubject, HoldSubject, SourceSubject):
            subjects.register(subject)
        lets_go(DatasetVersion, ~Q(status=DatasetVersion.Status.KEPT))
        lets_go(Part, ~Q(extraction__version__status=DatasetVersion.Status.KEPT))
        register_telling()
        extractions.register()
        show("dataset", Panel(20, "datasets/_tags.html", "aside", panels.tags_of_dataset))
        show("dataset", Panel(30, "datasets/_keeping.html", "aside", panels.keeping_of_dataset))
        show("dataset", Panel(60, "datasets/_uses.html", "main", panels.uses_of_dataset))
        show("datasetversion", Panel(10, "datasets/_gone.html", "head", panels.what_became))
        show("datasetversion", Panel(20, "datasets/_tags.html", "aside", panels.tags_of_version))
        show("datasetversion", Panel(30, "datasets/_keeping.html", "aside", panels.keeping_of_version))
        show("datasetversion", Panel(60, "datasets/_uses.html", "main", panels.uses_of_version))
