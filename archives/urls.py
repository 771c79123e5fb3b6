from django.urls import include, path

urlpatterns = [
    path("customers/", include("archives.customers.urls")),
    path("", include("archives.changes.urls")),
    path("feeds/", include("archives.feeds.urls")),
]
