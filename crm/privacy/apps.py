from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "crm.privacy"
    label = "privacy"
    verbose_name = _("Privacy")

    def ready(self):
        from crm.privacy import signing
        from crm.staff.signals import employment_changed

        user_logged_in.connect(signing.signed_in, dispatch_uid="record_sign_in")
        user_logged_out.connect(signing.signed_out, dispatch_uid="record_sign_out")
        user_login_failed.connect(signing.sign_in_failed, dispatch_uid="record_sign_in_failed")
        employment_changed.connect(signing.employment_changed, dispatch_uid="record_employment")
