from counters import views
from django.urls import path

urlpatterns = [
    path("", views.page, {"name": "home"}),
    path("counters/<name>", views.page, name="page"),
    path("counters/<name>/increment", views.increment, name="increment"),
    path("counters/<name>/events", views.events, name="events"),
]
