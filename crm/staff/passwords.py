class ProfileValidator:
    def validate(self, password, user=None): ...
    def get_help_text(self):
        return ""


PersonalValidator = CommonValidator = HistoryValidator = ProfileValidator


def password_is_outdated(user, now) -> bool:
    return False
