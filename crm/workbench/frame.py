"""What every page's frame shows: sections, counts, the bell."""


def frame(request):
    return {"nav": []}
