from django.urls import path, register_converter

from complaints.duty import desk_views, hours_views, paper_views, swap_views, views
from complaints.duty.months import DayConverter, MonthConverter

register_converter(MonthConverter, "month")
register_converter(DayConverter, "day")

app_name = "duty"
urlpatterns = [
    path("", desk_views.lobbies, name="lobbies"),
    path("mine/", desk_views.mine, name="mine"),
    path("duties/<int:pk>/", views.duty, name="duty"),
    path("duties/<int:pk>/check-in/", desk_views.check_in_now, name="check_in"),
    path("duties/<int:pk>/check-out/", desk_views.check_out_now, name="check_out"),
    path("duties/<int:pk>/ask-swap/", swap_views.ask, name="ask_swap"),
    path("swaps/<int:pk>/", swap_views.swap, name="swap"),
    path("swaps/<int:pk>/decide/", swap_views.decide, name="decide_swap"),
    path("swaps/<int:pk>/withdraw/", swap_views.withdraw, name="withdraw_swap"),
    path("events/<int:pk>/settle/", desk_views.settle, name="settle_event"),
    path("handovers/<int:pk>/take/", paper_views.take_over, name="take_handover"),
    path("<str:code>/", desk_views.lobby, name="lobby"),
    path("<str:code>/record/", desk_views.record, name="record_event"),
    path("<str:code>/events/<month:month>/", desk_views.events, name="events"),
    path("<str:code>/hours/", hours_views.hours, name="hours"),
    path("<str:code>/hours/exception/", hours_views.add_exception, name="add_exception"),
    path("<str:code>/hours/<day:day>/remove/", hours_views.drop_exception, name="remove_exception"),
    path("<str:code>/log/<day:day>/", paper_views.log, name="log"),
    path("<str:code>/handovers/", paper_views.handovers, name="handovers"),
    path("<str:code>/<month:month>/", views.roster, name="roster"),
    path("<str:code>/<month:month>/propose/", views.propose, name="propose"),
    path("<str:code>/<month:month>/place/", views.place, name="place"),
    path("<str:code>/<month:month>/publish/", views.publish, name="publish"),
    path("<str:code>/<month:month>/print/", views.print_roster, name="print_roster"),
]
