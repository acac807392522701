from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.jobs import api, views

router = SimpleRouter()
router.register("jobs", api.JobViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("jobs/", views.index, name="jobs"),
    path("jobs/<uuid:job_id>/", views.show, name="job"),
    path("jobs/<uuid:job_id>/progress/", views.progress, name="job-progress"),
    path("jobs/<uuid:job_id>/cancellation/", views.cancellation, name="cancel-job"),
]
