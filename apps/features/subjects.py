"""What earlier rooms may ask about features."""

from collections.abc import Collection

from apps.core.subjects import Barred, Subject
from apps.features.models import FeatureView, FeatureViewVersion, Materialisation, TrainingSet


class FeatureViewSubject(Subject):
    kind = "featureview"
    model = FeatureView


class FeatureViewVersionSubject(Subject):
    kind = "featureviewversion"
    model = FeatureViewVersion
    TITLE_OF = ("view",)

    def parts(self, references: Collection[str]) -> Barred:
        written = FeatureViewVersion.objects.filter(reference__in=references).values_list("reference", "author")
        return {
            reference: {author: "You wrote it, so somebody else has to review it."} for reference, author in written
        }


class TrainingSetSubject(Subject):
    kind = "trainingset"
    model = TrainingSet
    TITLE_OF = ("labels",)


class MaterialisationSubject(Subject):
    kind = "materialisation"
    model = Materialisation
    TITLE_OF = ("version__view",)
