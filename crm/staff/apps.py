from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "crm.staff"
    label = "staff"
    verbose_name = _("Staff")

    def ready(self):
        from crm import checks  # noqa: F401
        from crm.staff import sessions

        user_logged_in.connect(sessions.open_session, dispatch_uid="open_session")
        user_logged_out.connect(sessions.close_session, dispatch_uid="close_session")
