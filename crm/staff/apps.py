from django.apps import AppConfig, apps
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
        # Under Django's own uid, so that Django's receiver, which would write history, is not added after it.
        user_logged_in.connect(sessions.note_last_login, dispatch_uid="update_last_login")
        user_logged_out.connect(sessions.close_session, dispatch_uid="close_session")
        name_the_locks()


def name_the_locks():
    """axes has no Chinese: its model bears our words in the administration."""
    attempt = apps.get_model("axes", "AccessAttempt")
    attempt._meta.verbose_name, attempt._meta.verbose_name_plural = _("failed sign-in"), _("failed sign-ins")
    attempt.add_to_class("__str__", lambda failed: f"{failed.username} {failed.ip_address or ''}".strip())
    words = {
        "username": _("user name"),
        "ip_address": _("address"),
        "user_agent": _("browser"),
        "failures_since_start": _("failures"),
        "attempt_time": _("last failure"),
    }
    for name, word in words.items():
        attempt._meta.get_field(name).verbose_name = word
    apps.get_app_config("axes").verbose_name = _("Locks")
