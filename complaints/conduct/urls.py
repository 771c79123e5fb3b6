from django.urls import path

from complaints.conduct import proposal_views, rule_views, views

app_name = "conduct"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("mine/", views.mine, name="mine"),
    path("people/<str:number>/", views.person, name="person"),
    path("propose/", proposal_views.propose, name="propose"),
    path("proposals/", proposal_views.proposals, name="proposals"),
    path("proposals/<str:number>/", proposal_views.proposal, name="proposal"),
    path("proposals/<str:number>/decide/", proposal_views.decide, name="decide"),
    path("proposals/<str:number>/appeal/", proposal_views.appeal, name="appeal"),
    path("proposals/<str:number>/decide-appeal/", proposal_views.decide_appeal, name="decide_appeal"),
    path("rules/", rule_views.rules, name="rules"),
    path("rules/add/", rule_views.add_rule, name="add_rule"),
    path("rules/<slug:code>/revise/", rule_views.revise_rule, name="revise_rule"),
    path("rules/<slug:code>/end/", rule_views.end_rule, name="end_rule"),
    path("consequences/", views.consequences, name="consequences"),
    path("consequences/<int:pk>/finish/", views.finish, name="finish"),
]
