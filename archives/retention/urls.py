from django.urls import path

from archives.retention import bin_views, kept_views, views

app_name = "retention"
urlpatterns = [
    path("customers/<str:number>/delete/", views.delete, name="delete"),
    path("customers/<str:number>/sign/", views.sign, name="sign"),
    path("customers/<str:number>/holds/", kept_views.holds, name="holds"),
    path("recycle-bin/", bin_views.recycle_bin, name="bin"),
    path("recycle-bin/<int:pk>/", bin_views.deletion, name="deletion"),
    path("recycle-bin/<int:pk>/restore/", bin_views.restore_deletion, name="restore"),
    path("recycle-bin/<int:pk>/purge/", bin_views.purge, name="purge"),
    path("tombstones/", bin_views.tombstones, name="tombstones"),
    path("tombstones/<str:number>/", bin_views.tombstone, name="tombstone"),
    path("sealed/", kept_views.sealed, name="sealed"),
    path("sealed/<str:number>/", kept_views.sealed_archive, name="sealed_archive"),
    path("dead-archives/", views.candidates, name="candidates"),
    path("dead-archives/find/", views.find, name="find"),
    path("dead-archives/<int:pk>/dismiss/", views.dismiss, name="dismiss"),
]
