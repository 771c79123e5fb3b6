"""Changes to branches and people."""

from django.db import transaction

from crm.staff.models import Branch


@transaction.atomic
def place_branch(*, branch: Branch) -> Branch:
    """Save `branch` under its parent and rewrite the paths of everything below it."""
    old = Branch.objects.filter(pk=branch.pk).values_list("path", flat=True).first()
    branch.path = f"{branch.parent.path}{branch.code}/" if branch.parent else f"/{branch.code}/"
    branch.save()
    if old and old != branch.path:
        for child in Branch.objects.filter(path__startswith=old).exclude(pk=branch.pk):
            child.path = branch.path + child.path[len(old) :]
            child.save()
    return branch
