from django.urls import path

from apps.web import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("search/", views.search, name="search"),
]
