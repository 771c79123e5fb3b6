from django.urls import path

from archives.changes import decision_views, views

app_name = "changes"
urlpatterns = [
    path("customers/<str:number>/propose/", views.propose, name="propose"),
    path("customers/<str:number>/supplement/", views.supplement, name="supplement"),
    path("customers/<str:number>/modifications/", decision_views.record, name="record"),
    path("requests/decide/", decision_views.many, name="decide_many"),
    path("requests/<str:number>/", decision_views.detail, name="detail"),
    path("requests/<str:number>/reveal/", decision_views.reveal, name="reveal"),
    path("requests/<str:number>/withdraw/", views.withdraw, name="withdraw"),
    path("requests/<str:number>/resubmit/", views.resubmit, name="resubmit"),
    path("requests/<str:number>/evidence/<int:pk>/", decision_views.evidence, name="evidence"),
]
