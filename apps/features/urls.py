from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.features.api import catalogue as catalogue_api
from apps.features.api import training as training_api
from apps.features.api import views as views_api
from apps.features.views import catalogue, training, views

router = SimpleRouter()
router.register("feature-views", views_api.FeatureViewViewSet)
router.register("features", catalogue_api.FeatureViewSet)
router.register("training-sets", training_api.TrainingSetViewSet)
VIEW = "feature-views/<reference>/"
VERSION = f"{VIEW}versions/<int:number>/"
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("features/", catalogue.index, name="features"),
    path("features/<reference>/<slug:name>/", catalogue.show, name="feature"),
    path("training-sets/", training.index, name="training-sets"),
    path("training-sets/new/", training.begin, name="new-training-set"),
    path("training-sets/<reference>/", training.show, name="training-set"),
    path("feature-views/", views.index, name="feature-views"),
    path("feature-views/new/", views.propose, name="propose-feature-view"),
    path(VIEW, views.show, name="feature-view"),
    path(f"{VIEW}draft/", views.draft, name="draft-feature-view"),
    path(f"{VIEW}diff/", views.diff, name="feature-view-diff"),
    path(f"{VIEW}materialise/", views.materialise, name="materialise-feature-view"),
    path(f"{VIEW}archive/", views.archive, name="archive-feature-view"),
    path(VERSION, views.show_version, name="feature-view-version"),
    path(f"{VERSION}edit/", views.edit, name="edit-feature-view"),
    path(f"{VERSION}publish/", views.publish, name="publish-feature-view"),
    path(f"{VERSION}withdraw/", views.withdraw, name="withdraw-feature-view"),
]
