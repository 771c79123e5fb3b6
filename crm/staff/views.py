from django.contrib.auth import views as auth_views
from django.http import HttpResponse

from crm.staff.access import public

login = public(auth_views.LoginView.as_view())


def locked_out(request, credentials, *args, **kwargs):
    return HttpResponse("locked", status=429)
