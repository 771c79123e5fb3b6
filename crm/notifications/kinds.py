"""What a notice says, by kind: one line each, filled with the notice's `params` in the reader's language."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "job-given-up": _("The job %(job)s for %(period)s failed too often and was given up."),
    "calendar-missing": _("The working calendar of %(year)s is missing; deadlines in that year count weekends only."),
    "archive_opened": _("%(who)s opened the archive %(number)s, which you manage."),
    "archive-filled": _("%(who)s filled a blank of the archive %(number)s, which you manage."),
    "change-submitted": _("%(who)s proposed a change to customer %(customer)s: %(number)s waits for your decision."),
    "change-approved": _("%(decider)s approved your request %(number)s on customer %(customer)s."),
    "change-partly": _("%(decider)s approved a part of your request %(number)s on customer %(customer)s."),
    "change-rejected": _(
        "%(decider)s rejected your request %(number)s on customer %(customer)s: correct it and send it again."
    ),
    "change-reminder": _("Request %(number)s on customer %(customer)s has waited for more than two working days."),
    "change-escalated": _("Request %(number)s on customer %(customer)s came to you after five working days."),
    "change-superseded": _("Your request %(number)s on %(customer)s has ended: %(deletion)s took it out of use."),
    "retention-due": _("%(number)s has been in the recycle bin for its time: its purge waits for your confirmation."),
    "scheme-proposed": _("%(who)s proposed class thresholds version %(version)s from %(day)s: another person decides."),
    "scheme-adopted": _("%(who)s adopted your class thresholds, version %(version)s."),
    "scheme-rejected": _("%(who)s rejected your class thresholds, version %(version)s."),
    "classes-waiting": _("The reclassification of %(quarter)s waits for deposit data: %(days)s."),
    "classes-skipped": _("The reclassification of %(quarter)s was given up: its deposit data never came."),
    "classes-held": _(
        "The reclassification of %(quarter)s is held: it would move %(percent)s %% of the customers (limit %(limit)s %%)."
    ),
    "classes-proposed": _("The classes of %(quarter)s at %(branch)s wait for the customer-analysis meeting."),
    "classes-late": _("Late postings would place %(count)s customers of %(quarter)s elsewhere."),
    "hand-over-prepared": _(
        "%(who)s prepared hand-over %(number)s of %(from)s's customers: it waits for your signature."
    ),
    "handed-over": _("%(n)s customers of %(from)s came to you by hand-over %(number)s, signed by %(who)s."),
    "archives-merged": _("%(who)s merged customer %(loser)s into %(number)s; this can be undone for a month."),
    "merge-undone": _("%(who)s undid the merge of customer %(loser)s into %(number)s."),
    "merge-request-moved": _("Request %(number)s is about customer %(customer)s from now on, after merge %(merge)s."),
    "intelligence-stale": _(
        "Industry intelligence %(number)s holds until %(day)s: confirm that it is still right, or propose its deletion."
    ),
    "meeting-opened": _("The archive meeting %(number)s of %(period)s is open: hold it by %(due)s."),
    "meeting-work": _("The meeting %(number)s gave you work: %(n)s customers or tasks."),
    "documents-expiring": _("%(n)s of your customers: the identity document expires in %(days)s days, on %(day)s."),
    "analysis-opened": _("The analysis %(number)s of %(period)s is open: look at the figures and sign it off."),
    "customers-assigned": _("%(who)s assigned %(n)s customers without a manager to you."),
    "quarterly-opened": _("The customer analysis meeting %(number)s of %(period)s is open; hold it until %(due)s."),
    "outlet-merged": _("%(who)s merged %(branch)s into %(target)s: customers, people and open matters went along."),
    "outlet-moved": _("%(who)s moved %(branch)s under %(target)s."),
    "document-issued": _("“%(title)s” was issued: read it and sign by %(day)s."),
    "document-soon": _("“%(title)s” waits for your signature until %(day)s."),
    "document-late": _("“%(title)s” should have been signed by %(day)s: read it and sign now."),
    "briefing-missing": _("%(branch)s has no morning meeting on record for %(day)s."),
    "case-registered": _("A case about %(branch)s came in: %(number)s waits for the service office."),
    "case-major": _("Major case %(number)s about %(branch)s: report it at once."),
    "case-yours": _("The case %(number)s about %(branch)s is yours now: whoever had it must keep out of it."),
    "case-refused": _(
        "%(who)s did not accept the case %(number)s, which you received: read the reason and tell the customer."
    ),
    "case-to-investigate": _("The case %(number)s about %(branch)s is yours to investigate in person."),
    "case-to-contact": _("The case %(number)s about %(branch)s: contact the customer first, and at once."),
    "case-delegation-asked": _("%(who)s asks to delegate the investigation of %(number)s: decide it."),
    "case-delegation-granted": _("%(who)s granted your delegation of %(number)s."),
    "case-delegation-refused": _("%(who)s refused your delegation of %(number)s: investigate in person."),
    "case-delegated": _("The investigation of %(number)s about %(branch)s was delegated to you."),
    "case-signed": _("%(who)s signed the investigation report of %(number)s."),
    "redress-proposed": _("%(who)s proposed a redress in %(number)s: it waits for your decision."),
    "redress-decided": _("%(who)s decided the redress that you proposed in %(number)s."),
    "case-returned": _("%(who)s returned %(number)s to you: investigate and answer again."),
    "case-reopened": _("The case %(number)s about %(branch)s was opened again: its clocks run anew."),
    "case-new-facts": _("New facts came in for %(number)s: its limits run from today."),
    "case-unsatisfied": _("At the call-back of %(number)s the customer was unsatisfied: it came to the next level."),
    "review-asked": _("The customer asks for a review of %(number)s: decide it within 30 days."),
    "review-decided": _("%(who)s decided the review of %(number)s."),
    "case-escalated": _("The case %(number)s about %(branch)s was escalated: look into it."),
    "case-stuck": _("Nobody is left to handle %(number)s about %(branch)s: name somebody by hand."),
    "points-proposed": _("%(who)s proposed %(points)s points for %(employee)s: %(number)s waits for your decision."),
    "points-decided": _("%(who)s decided on %(points)s violation points for you (%(number)s): appeal until %(day)s."),
    "points-awarded": _("%(who)s granted you praise or an award: %(number)s."),
    "points-rejected": _("%(who)s rejected your points proposal %(number)s for %(employee)s."),
    "points-appealed": _("%(employee)s appeals against the points of %(number)s: decide by %(day)s."),
    "points-upheld": _("%(who)s upheld the points of %(number)s: your appeal was not granted."),
    "points-void": _("%(who)s granted the appeal: the points of %(number)s are void."),
    "points-appeal-due": _("The appeal against the points of %(number)s is to be decided by %(day)s."),
    "points-appeal-late": _("The appeal against the points of %(number)s should have been decided by %(day)s."),
    "consequence-opened": _("%(employee)s reached %(threshold)s violation points: do what follows by %(day)s."),
    "consequence-dropped": _(
        "What followed from %(threshold)s violation points of %(employee)s was dropped after an appeal."
    ),
    "consequence-late": _("What follows from %(threshold)s violation points of %(employee)s was due on %(day)s."),
    "roster-published": _("The roster %(month)s of %(branch)s is published: you have %(n)s duties."),
    "duty-changed": _("%(who)s changed your duties of %(day)s at %(branch)s."),
    "duty-missed": _("%(branch)s: %(who)s has not checked in for the duty of %(day)s from %(time)s."),
    "duty-yours-missed": _("You have not checked in for your duty of %(day)s from %(time)s."),
    "swap-asked": _("%(who)s asks to give the duty of %(day)s to %(to)s: it waits for your decision."),
    "swap-granted": _("%(decider)s granted the swap: %(to)s takes the duty of %(day)s for %(who)s."),
    "swap-refused": _("%(decider)s did not grant your swap of %(day)s with %(to)s."),
    "handover-waits": _("%(who)s hands over to you at %(branch)s on %(day)s: sign the sheet."),
    "lobby-log-open": _("The lobby log of %(branch)s for %(day)s is not finished an hour after closing."),
    # Limits of complaints: `clock-` and the clock's kind; by days before the law's day
    "clock-acknowledge": _("%(number)s: %(percent)s %% of the time to acknowledge it is gone; it ends %(due)s."),
    "clock-contact": _("%(number)s: %(percent)s %% of the time for the first contact is gone; it ends %(due)s."),
    "clock-contact_red": _(
        "%(number)s: %(percent)s %% of the last time for the first contact is gone; it ends %(due)s."
    ),
    "clock-plan": _("%(number)s: %(percent)s %% of the time for a solution plan is gone; it ends %(due)s."),
    "clock-internal": _("%(number)s: %(percent)s %% of the bank's own time to close it is gone; it ends %(due)s."),
    "clock-statutory": _("%(number)s: %(percent)s %% of the statutory time is gone; it ends %(due)s."),
    "clock-statutory-days": _("%(number)s: the statutory limit is %(days)s days away; it ends %(due)s."),
    "clock-major_notice": _(
        "%(number)s is major: %(percent)s %% of the time to tell the leaders is gone; it ends %(due)s."
    ),
    "clock-major_report": _(
        "%(number)s is major: %(percent)s %% of the time for the written report is gone; it ends %(due)s."
    ),
    "clock-regulator": _("%(number)s: %(percent)s %% of the time to answer the regulator is gone; it ends %(due)s."),
    "clock-regulator-days": _("%(number)s: the answer to the regulator is %(days)s days away; it is due %(due)s."),
    "clock-review": _("%(number)s: %(percent)s %% of the time to decide the review is gone; it ends %(due)s."),
    "clock-call_back": _("%(number)s: %(percent)s %% of the time for the call-back is gone; it ends %(due)s."),
    "clock-digest": _("The limits of several complaints came near or passed: look at all of them."),
    "pause-asked": _("%(who)s asks for a pause of case %(number)s: it waits for the office's decision."),
    "pause-granted": _("%(who)s granted the pause of case %(number)s: its limits stand still."),
    "pause-refused": _("%(who)s refused the pause of case %(number)s."),
    "pause-ended": _("%(who)s ended the pause of case %(number)s: its limits run on."),
    "extension-asked": _("%(who)s asks for more time in case %(number)s: it waits for your decision."),
    "extension-granted": _("%(who)s extended the limit of case %(number)s."),
    "extension-refused": _("%(who)s refused more time in case %(number)s."),
    # Improvement tasks
    "improvement-opened": _("%(who)s made you owner of improvement task %(number)s, due on %(day)s."),
    "improvement-done": _("%(who)s says that improvement task %(number)s is done."),
    "improvement-soon": _("Improvement task %(number)s is due on %(day)s."),
    "improvement-late": _("Improvement task %(number)s was due on %(day)s."),
    "improvement-checked": _("Improvement task %(number)s: %(before)s complaints before, %(after)s after."),
}


class _Shown(dict):
    """A parameter that an old notice does not carry shows as a dash instead of breaking the page."""

    def __missing__(self, key):
        return "–"


def text_of(kind: str, params: dict) -> str:
    """The notice's sentence; an unknown kind (of a later version) shows its key."""
    sentence = KINDS.get(kind)
    return str(sentence) % _Shown(params) if sentence else kind
