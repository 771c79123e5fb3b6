"""The one way to reach an intelligence item, and who may change it."""

from django.shortcuts import get_object_or_404

from archives.intelligence.models import Intelligence


def get_visible_item(user, number: str) -> Intelligence:
    """The item of `number`; 404 for one in the recycle bin or sealed, whoever asks."""
    rows = Intelligence.objects.visible_to(user).select_related("branch", "created_by", "confirmed_by")
    return get_object_or_404(rows, number=number[:24].replace("\0", ""))


def may_correct(user, item: Intelligence) -> bool:
    """Its author, or somebody who decides changes of its branch."""
    return user.is_active and Intelligence.objects.kept_by(user).filter(pk=item.pk).exists()
