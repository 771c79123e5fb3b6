from django.urls import path

from archives.stewardship import merge_views, outlet_views, unmanaged_views, views

app_name = "stewardship"
urlpatterns: list = [
    path("customers/<str:number>/merge/", merge_views.merge, name="merge"),
    path("merges/", merge_views.merges, name="merges"),
    path("merges/<int:pk>/", merge_views.merge_undo, name="merge_undo"),
    path("hand-overs/", views.hand_overs, name="hand_overs"),
    path("hand-overs/prepare/", views.prepare, name="prepare_hand_over"),
    path("hand-overs/<str:number>/", views.hand_over, name="hand_over"),
    path("hand-overs/<str:number>/undo/", views.undo, name="undo_hand_over"),
    path("hand-overs/<str:number>/cancel/", views.cancel, name="cancel_hand_over"),
    path("unmanaged/", unmanaged_views.unmanaged, name="unmanaged"),
    path("outlets/", outlet_views.outlets, name="outlets"),
    path("outlets/<str:code>/", outlet_views.outlet, name="outlet"),
]
