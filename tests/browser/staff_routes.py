"""Which staff pages the browser looks at, and why it leaves out the rest: no route is in neither list."""

LISTS = {
    "cities": "/admin/parks/city/",
    "hosts": "/admin/parks/hostinstitution/",
    "sources": "/admin/parks/source/",
    "stage events": "/admin/parks/stageevent/",
    "agreements": "/admin/parks/hostagreement/",
    "assignments": "/admin/parks/parkassignment/",
    "claims": "/admin/parks/headlineclaim/",
    "incentives": "/admin/parks/incentive/",
    "downloads": "/admin/parks/exportrecord/",
    "opened files": "/admin/parks/fileopening/",
    "sealed days": "/admin/parks/sealedday/",
    "sign-ins": "/admin/parks/signinevent/",
    "accounts": "/admin/auth/user/",
    "groups": "/admin/auth/group/",
    "applications": "/admin/tenants/application/",
    "enquiries": "/admin/tenants/enquiry/",
    "letters": "/admin/tenants/letter/",
    "letter templates": "/admin/tenants/lettertemplate/",
    "mails": "/admin/tenants/mail/",
    "timed work": "/admin/tenants/jobrun/",
    "suites": "/admin/parks/suite/",
    "leases, a second page": "/admin/tenants/lease/?p=2",
    "leases, none": "/admin/tenants/lease/?q=nothing-is-called-so",
    "needs": "/admin/tenants/spaceneed/",
    "needs, counted": "/admin/tenants/spaceneed/summary/",
    "one app": "/admin/parks/",
    "history of all": "/admin/history/",
}
FORMS = {
    "host": "/admin/parks/hostinstitution/{host}/change/",
    "source": "/admin/parks/source/{source}/change/",
    "stage event": "/admin/parks/stageevent/{stage}/change/",
    "agreement": "/admin/parks/hostagreement/{agreement}/change/",
    "area report": "/admin/parks/areareport/{area}/change/",
    "claim": "/admin/parks/headlineclaim/{claim}/change/",
    "incentive": "/admin/parks/incentive/{incentive}/change/",
    "new assignment": "/admin/parks/parkassignment/add/",
    "group": "/admin/auth/group/{group}/change/",
    "new account": "/admin/auth/user/add/",
    "password of another": "/admin/auth/user/{colleague}/password/",
    "enrolment code": "/admin/auth/user/{colleague}/enrolment-code/",
    "application": "/admin/tenants/application/{application}/change/",
    "application history": "/admin/tenants/application/{application}/history/",
    "write to a firm": "/admin/tenants/application/{application}/message/",
    "note on an application": "/admin/tenants/application/{application}/note/",
    "letters of an application": "/admin/tenants/letter/application/{application}/",
    "need": "/admin/tenants/spaceneed/{need}/change/",
    "new template": "/admin/tenants/lettertemplate/add/?kind=offer",
    "letters of a lease": "/admin/tenants/letter/lease/{lease}/",
    "offer": "/admin/tenants/lease/{draft}/offer/",
    "deletion, refused": "/admin/parks/park/{park}/delete/",
    "deletion of a stage": "/admin/parks/stageevent/{stage}/delete/",
    "own account": "/admin/account/",
    "own recovery codes": "/admin/account/recovery-codes/",
    "own second factor": "/admin/account/second-factor/",
    "occupancy by park": "/admin/desk/occupancy/",
    "processing times": "/admin/desk/processing/",
}
# Pages whose form is sent empty, to look at what it then says.
SENT_EMPTY = ("new park", "new company", "paste a floor", "terminate", "decide", "password", "new lease", "source")

# Endings of routes of a model's own pages, and why one of them stands for all.
SAME_FOR_EVERY_MODEL = {
    "_add": "the change page's form without a row",
    "_change": "fields and no more than what the pages looked at have",
    "_history": "one template, looked at for parks, leases, companies and applications",
    "_delete": "one template, looked at where it deletes and where it cannot",
}
# Guided pages share a template; each form's fields are the same kinds of fields.
GUIDED = {
    *("ask", "assign", "company", "complete", "decline", "look", "offer", "set_aside", "take_back"),
    *("accept", "add_suites", "cancel", "decline", "file_deed", "note_deposit", "record_notice", "record_vacated"),
    *("sign", "withdraw", "give_back", "reopen", "end_sessions", "lift_lock", "take_factor"),
}
NO_PAGE = {
    "admin:account_end_all": "a button",
    "admin:account_end_others": "a button",
    "admin:account_end_session": "a button",
    "admin:autocomplete": "data for a box",
    "admin:jsi18n": "words for a script",
    "admin:history_request": "a group of the history, looked at there",
    "admin:login": "looked at on the way in",
    "admin:login_code": "looked at on the way in",
    "admin:login_enrol": "looked at on the way in",
    "admin:logout": "leads to the sign-in page",
    "admin:password_change_done": "one sentence",
    "admin:parks_park_verify": "a button",
    "admin:parks_duplicate_hosts_different": "a button",
    "admin:tenants_duplicates_different": "a button",
    "admin:tenants_importbatch_discard": "a button",
    "admin:tenants_jobrun_now": "a button",
    "admin:tenants_mail_again": "a button",
    **dict.fromkeys(
        (
            "admin:parks_hostagreement_scan",
            "admin:tenants_applicationpaper_file",
            "admin:tenants_company_logo",
            "admin:tenants_importbatch_file",
            "admin:tenants_importbatch_report",
            "admin:tenants_importbatch_template",
            "admin:tenants_leasedocument_scan",
            "admin:tenants_letter_file",
            "admin:tenants_application_letter",
            "admin:tenants_lease_letter",
            "admin:tenants_lettertemplate_preview",
        ),
        "a file",
    ),
}


def why_not(route):
    """Why no browser looks at `route`; None when it should."""
    if route in NO_PAGE:
        return NO_PAGE[route]
    name = route.split(":")[-1]
    if any(name.endswith(f"_{step}") for step in GUIDED):
        return "a guided page: one template, looked at for many steps"
    return next((words for end, words in SAME_FOR_EVERY_MODEL.items() if name.endswith(end)), None)
