"""Who may open what: the table of role, route and method that `test_roles` compares with what is answered."""

ROLES = ("Administrator", "Lettings officer", "Park manager", "Auditor", None)

# Rights by role in the order of ROLES: view, add, change, delete. This is the table of the design, written again
# on purpose: the one that the portal uses is what is being tested.
RIGHTS = {
    "parks_park": ("vacd", "vac", "vc", "v", ""),
    "parks_city": ("vacd", "vac", "v", "v", ""),
    "parks_hostinstitution": ("vacd", "vac", "v", "v", ""),
    "parks_source": ("vacd", "vac", "v", "v", ""),
    "parks_stageevent": ("vacd", "vac", "v", "v", ""),
    "parks_hostagreement": ("vacd", "vac", "v", "v", ""),
    "parks_areareport": ("vacd", "vac", "v", "v", ""),
    "parks_suite": ("vac", "vac", "vac", "v", ""),
    "parks_parkassignment": ("vacd", "v", "", "v", ""),
    "parks_headlineclaim": ("vacd", "vac", "", "v", ""),
    "parks_incentive": ("vacd", "vac", "", "v", ""),
    # Written by the downloads themselves.
    "parks_exportrecord": ("v", "", "", "v", ""),
    # Written by the openings of files and by the timed work.
    "parks_fileopening": ("v", "", "", "v", ""),
    "parks_sealedday": ("v", "", "", "v", ""),
    "parks_signinevent": ("v", "", "", "v", ""),
    # Written by the public alone.
    "parks_correction": ("vc", "vc", "vc", "v", ""),
    "tenants_enquiry": ("vc", "vc", "vc", "v", ""),
    "tenants_spaceneed": ("v", "v", "v", "v", ""),
    # Sent by firms; what staff do about one are the steps below.
    "tenants_application": ("vc", "vc", "v", "v", ""),
    "tenants_letter": ("v", "v", "v", "v", ""),
    "tenants_lettertemplate": ("va", "va", "", "v", ""),
    # Written by the portal itself; sending again and working now are below.
    "tenants_mail": ("v", "v", "", "", ""),
    "tenants_jobrun": ("v", "v", "", "v", ""),
    "tenants_company": ("vacd", "vac", "v", "v", ""),
    "tenants_lease": ("vacd", "vacd", "v", "v", ""),
    # Accounts are switched off, never deleted; groups come from `sync_roles` alone.
    "auth_user": ("vac", "", "", "v", ""),
    "auth_group": ("v", "", "", "v", ""),
}
PAGES = {"changelist": "v", "add": "a", "change": "v", "history": "v", "delete": "d"}

# Routes that are not a model's own pages: (anonymous, then ROLES) for GET and for POST.
EVERYONE = {"get": (200,) * 6, "post": (405,) * 6}
GUIDED = {"get": (302, 200, 200, 403, 403, 404), "post": (302, 200, 200, 403, 403, 404)}
NEW_LEASE = {"get": (302, 200, 200, 403, 403, 403), "post": (302, 200, 200, 403, 403, 403)}
CLOSING = {"get": (302, 200, 200, 200, 403, 404), "post": (302, 200, 200, 200, 403, 404)}
NO_FILE = {"get": (302, 404, 404, 404, 404, 404), "post": (302, 405, 405, 405, 405, 405)}
STAFF = {"get": (302, 200, 200, 200, 200, 200), "post": (302, 200, 200, 200, 200, 200)}
REPORT = {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)}
# Of all parks, so not for a park manager; nothing is sent, so there is no pair to keep apart.
PAIRS = {"get": (302, 200, 200, 403, 200, 403), "post": (302, 405, 405, 405, 405, 405)}
KEPT_APART = {"get": (302, 405, 405, 405, 405, 405), "post": (302, 404, 404, 403, 403, 403)}
# Nothing of the form has to be filled in.
AT_ONCE = {"get": (302, 200, 200, 403, 403, 404), "post": (302, 302, 302, 403, 403, 404)}
LETTERS = {"get": (302, 200, 200, 200, 200, 404), "post": (302, 302, 302, 403, 403, 404)}
PREVIEW = {"get": (302, 200, 200, 403, 403, 404), "post": (302, 405, 405, 405, 405, 405)}
# A form that everyone may open, and that says what is missing when it is sent empty.
FORM = {"get": (200,) * 6, "post": (422,) * 6}
# The link is what one has to have, whoever one is.
SENT_ON = {"get": (200,) * 6, "post": (302,) * 6}
# A page about oneself, to look at.
OWN_PAGE = {"get": (302, 200, 200, 200, 200, 200), "post": (302, 405, 405, 405, 405, 405)}
OTHERS = {
    "tenants:apply": SENT_ON,
    "tenants:apply-draft": FORM,
    "tenants:apply-step": FORM,
    "tenants:application": EVERYONE,
    "tenants:application-message": FORM,
    "tenants:application-papers": FORM,
    "tenants:application-choices": FORM,
    "tenants:application-choice-add": {"get": (405,) * 6, "post": (422,) * 6},
    "tenants:application-withdraw": SENT_ON,
    "tenants:application-interest": SENT_ON,
    # There is none to answer.
    "tenants:application-offer": {"get": (200,) * 6, "post": (200,) * 6},
    "tenants:application-letter": {"get": (404,) * 6, "post": (405,) * 6},
    "tenants:application-find": FORM,
    "tenants:application-found": EVERYONE,
    "tenants:queue": EVERYONE,
    "tenants:verify": EVERYONE,
    "tenants:verify-code": {"get": (404,) * 6, "post": (405,) * 6},
    **{
        f"admin:tenants_application_{step}": GUIDED
        for step in (*("complete", "ask", "message", "company", "decline", "look", "take_back", "offer"),)
    },
    **{f"admin:tenants_application_{step}": AT_ONCE for step in ("assign", "note", "set_aside")},
    "admin:tenants_application_letters": LETTERS,
    "admin:tenants_lease_letters": LETTERS,
    "admin:tenants_application_letter": PREVIEW,
    "admin:tenants_lease_letter": {**PREVIEW, "get": (302, 302, 302, 403, 403, 404)},
    "admin:tenants_applicationpaper_file": {
        "get": (302, 200, 200, 200, 404, 404),
        "post": (302, 405, 405, 405, 405, 405),
    },
    "admin:tenants_letter_file": NO_FILE,
    "admin:tenants_lettertemplate_preview": {**PREVIEW, "get": (302, 200, 200, 403, 200, 403)},
    # Mail belongs to no park, so that for a park manager there is none.
    "admin:tenants_mail_history": {"get": (302, 200, 200, 404, 403, 403), "post": (302, 200, 200, 404, 403, 403)},
    "admin:tenants_mail_again": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 302, 302, 404, 403, 404)},
    "admin:tenants_jobrun_now": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 302, 302, 403, 403, 403)},
    "parks:home": EVERYONE,
    "parks:park-list": EVERYONE,
    "parks:open-data": EVERYONE,
    "parks:park-detail": EVERYONE,
    "parks:park-share": EVERYONE,
    "parks:feed": EVERYONE,
    "sitemap": EVERYONE,
    "robots": EVERYONE,
    "security": EVERYONE,
    "parks:city-detail": EVERYONE,
    "parks:region-detail": EVERYONE,
    "parks:host-detail": EVERYONE,
    "parks:about": EVERYONE,
    "parks:contact": EVERYONE,
    "parks:correction-new": {"get": (200,) * 6, "post": (422,) * 6},
    "parks:correction": EVERYONE,
    "tenants:enquiry-new": {"get": (200,) * 6, "post": (422,) * 6},
    "tenants:enquiry-sent": EVERYONE,
    "tenants:space-list": EVERYONE,
    "tenants:suite-detail": EVERYONE,
    "tenants:suite-share": EVERYONE,
    "tenants:need-new": {"get": (200,) * 6, "post": (422,) * 6},
    "tenants:need-sent": EVERYONE,
    "tenants:company-list": EVERYONE,
    "tenants:company-detail": EVERYONE,
    "tenants:company-logo": {"get": (404,) * 6, "post": (405,) * 6},
    "tenants:compare": EVERYONE,
    "parks:photo-file": {"get": (404,) * 6, "post": (405,) * 6},
    "healthz": EVERYONE,
    "readyz": EVERYONE,
    "admin:index": STAFF,
    "admin:login": {"get": (200, 302, 302, 302, 302, 302), "post": (200,) * 6},
    # Between the password and a session; who has none of it begins again.
    "admin:login_code": {"get": (302,) * 6, "post": (302,) * 6},
    "admin:login_enrol": {"get": (302,) * 6, "post": (302,) * 6},
    "admin:logout": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 200, 200, 200, 200, 200)},
    "admin:password_change": STAFF,
    "admin:password_change_done": {"get": (302, 200, 200, 200, 200, 200), "post": (302, 405, 405, 405, 405, 405)},
    "admin:jsi18n": {"get": (302, 200, 200, 200, 200, 200), "post": (302, 405, 405, 405, 405, 405)},
    "admin:autocomplete": {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)},
    "admin:app_list": {"get": (302, 200, 200, 200, 200, 404), "post": (302, 200, 200, 200, 200, 404)},
    "admin:desk_parks": REPORT,
    "admin:desk_rent_roll": REPORT,
    "admin:desk_expiries": REPORT,
    "admin:desk_voids": REPORT,
    "admin:desk_watch": REPORT,
    "admin:desk_occupancy": REPORT,
    "admin:desk_processing": REPORT,
    "admin:desk_plan": REPORT,
    "admin:desk_timeline": REPORT,
    "admin:parks_park_verify": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 302, 302, 302, 403, 404)},
    "admin:parks_park_paste_floor": {"get": (302, 200, 200, 200, 403, 404), "post": (302, 200, 200, 200, 403, 404)},
    "admin:parks_hostagreement_scan": {"get": (302, 404, 404, 404, 404, 404), "post": (302, 405, 405, 405, 405, 405)},
    **{
        f"admin:tenants_lease_{action}": GUIDED
        for action in (
            *("add_suites", "offer", "cancel", "accept", "decline", "withdraw", "sign", "file_deed"),
            *("record_notice", "record_vacated", "terminate", "renew", "note_deposit"),
        )
    },
    "admin:tenants_letting_give_back": GUIDED,
    "admin:tenants_lease_draft": NEW_LEASE,
    "admin:tenants_lease_record_existing": NEW_LEASE,
    "admin:parks_suite_close": CLOSING,
    "admin:parks_suiteclosure_reopen": CLOSING,
    "admin:parks_correction_decide": CLOSING,
    "admin:parks_area_conflicts": REPORT,
    "admin:parks_areareport_choose": GUIDED,
    "admin:tenants_leasedocument_scan": NO_FILE,
    "admin:tenants_company_logo": NO_FILE,
    "admin:tenants_company_merge": GUIDED,
    "admin:tenants_duplicates": PAIRS,
    "admin:tenants_duplicates_different": KEPT_APART,
    "admin:parks_duplicate_hosts": PAIRS,
    "admin:parks_duplicate_hosts_different": KEPT_APART,
    "admin:tenants_spaceneed_summary": {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)},
    # An import is its uploader's and of those who see all parks; nobody edits or deletes one.
    **{
        f"admin:tenants_importbatch_{page}": {"get": (302, *get), "post": (302, *post)}
        for page, get, post in (
            ("changelist", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)),
            ("add", (200, 200, 200, 403, 403), (200, 200, 200, 403, 403)),
            ("upload", (200, 200, 200, 403, 403), (200, 200, 200, 403, 403)),
            ("template", (200, 200, 200, 403, 403), (405,) * 5),
            ("change", (200, 200, 404, 200, 404), (403, 403, 404, 403, 404)),
            ("history", (200, 200, 404, 200, 404), (200, 200, 404, 200, 404)),
            ("delete", (403,) * 5, (403,) * 5),
            ("columns", (200, 200, 404, 403, 404), (200, 200, 404, 403, 404)),
            ("review", (200, 200, 404, 200, 404), (200, 200, 404, 403, 404)),
            ("report", (200, 200, 404, 200, 404), (405,) * 5),
            ("file", (200, 200, 404, 403, 404), (405,) * 5),
            ("undo", (302, 302, 404, 403, 404), (302, 302, 404, 403, 404)),
            ("discard", (405,) * 5, (302, 302, 404, 403, 404)),
        )
    },
    # Of the rows that each may see; who may see none has no history.
    "admin:history": REPORT,
    "admin:history_request": {**REPORT, "get": (302, 200, 200, 200, 200, 404)},
    "admin:account": OWN_PAGE,
    "admin:account_end_session": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 404, 404, 404, 404, 404)},
    "admin:account_end_others": {"get": (302, 405, 405, 405, 405, 405), "post": (302,) * 6},
    "admin:account_end_all": {"get": (302, 405, 405, 405, 405, 405), "post": (302,) * 6},
    "admin:account_recovery": STAFF,
    "admin:account_factor": STAFF,
    # What administrators do about the signing in of another account.
    **{
        f"admin:auth_user_{step}": dict.fromkeys(("get", "post"), (302, 200, 403, 403, 403, 403))
        for step in ("enrolment_code", "take_factor", "end_sessions", "lift_lock")
    },
    "admin:auth_user_password_change": {"get": (302, 200, 403, 403, 403, 403), "post": (302, 200, 403, 403, 403, 403)},
}
QUERIES = {
    "admin:tenants_lettertemplate_add": "?kind=offer",
    "admin:autocomplete": "?app_label=parks&model_name=park&field_name=city",
}
