from django.urls import include, path

urlpatterns = [
    path("customers/", include("archives.customers.urls")),
    path("", include("archives.changes.urls")),
    path("intelligence/", include("archives.intelligence.urls")),
    path("classes/", include("archives.classification.urls")),
    path("", include("archives.retention.urls")),
    path("", include("archives.stewardship.urls")),
    path("", include("archives.reviews.urls")),
    path("feeds/", include("archives.feeds.urls")),
]
