"""From free space to a signed lease and the verified letter: the firm and PSEB in a real browser, without script, on a
phone's width, by the keyboard alone, and with axe on every step, its errors included."""

import datetime as dt
import re

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from parks.models import Suite
from tenants import occupancy, queue
from tenants.costs import monthly_cost
from tenants.models import Application, Lease, Letter, Mail
from tenants.models.application_states import band_of_area
from tests.apply import pdf
from tests.browser.hands import CheckingHand, Hand, KeyboardHand
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import code_of, device_for

WIDTH = 360
FIRM = "Whole Way Software"
PAPERS = ("Certificate of incorporation", "Tax registration certificate", "Company profile")


def free_suite():
    """A suite of the demonstration that is free, has a published rent, and before which nobody waits."""
    today = timezone.localdate()
    found = occupancy.vacant_suites(Suite.objects.filter(kind="suite"), today, today + dt.timedelta(days=800))
    for suite in found.select_related("park").order_by("pk"):
        cost = monthly_cost(suite)
        if suite.lettable_area_sqft is None or cost is None or cost.total is None:
            continue
        if not queue.ahead_of(None, suite.park, band_of_area(suite.lettable_area_sqft), today):
            return suite
    raise AssertionError("The demonstration has no such suite.")


class Way:
    """One firm's way, worked by `firm` and `staff`, a hand each."""

    def __init__(self, site, firm, staff, folder):
        self.site, self.firm, self.staff, self.folder = site, firm, staff, folder
        self.suite, self.today = free_suite(), timezone.localdate()
        self.paper = folder / "paper.pdf"
        self.paper.write_bytes(pdf().read())
        self.officer = UserFactory(username="officer-of-the-way", is_superuser=True)

    def go(self):
        """All of it."""
        self.find_space()
        self.fill_in()
        self.send()
        self.sign_in()
        self.check_papers()
        self.put_into_the_queue()
        self.read_the_place()
        self.offer()
        self.accept()
        self.sign()
        self.issue_the_letter()
        self.verify()

    # --- the firm applies

    def find_space(self):
        hand = self.firm
        hand.goto(f"{self.site}/space/")
        hand.fill("Search", self.suite.park.name)
        hand.press("Show free space")
        hand.follow(f"Suite {self.suite.number}")
        hand.follow(f"Apply for Suite {self.suite.number}")
        expect(hand.page.get_by_role("heading", name="Who may apply")).to_be_visible()
        expect(hand.page.get_by_role("main")).to_contain_text(f"Suite {self.suite.number}")

    def fill_in(self):
        hand = self.firm
        hand.press("Start now")
        hand.fill("Name of your firm", FIRM)
        hand.tick("Software")
        hand.press("Save and continue", wrong_first=True)
        hand.fill("NTN", "7654321-8")
        hand.fill("Tax registration valid until", "2031-06-30")
        hand.fill("SECP registration number", "0123456")
        hand.press("Save and continue")
        hand.fill("Area of your own", str(int(self.suite.lettable_area_sqft)))
        hand.fill("From when?", (self.today + dt.timedelta(days=20)).isoformat())
        hand.fill("For how many months?", "24")
        hand.press("Save and continue", wrong_first=True)
        hand.fill("How many people", "12")
        hand.fill("How many of them are women?", "5")
        hand.tick("Yes")
        hand.press("Save and continue", wrong_first=True)
        expect(hand.page.get_by_role("main")).to_contain_text(f"1. Suite {self.suite.number}")
        hand.press("Save and continue")
        hand.fill("Your name", "Contact of the firm")
        hand.fill("Your e-mail address", "way@example.org")
        hand.fill("Your phone number", "042 3587 1234")
        hand.press("Save and continue", wrong_first=True)
        for label in PAPERS:
            hand.pick("What does it show?", label)
            hand.upload("The file", self.paper)
            hand.press("Add this paper", wrong_first=label == PAPERS[0])
        expect(hand.page.get_by_role("main")).to_contain_text("All papers that are needed have arrived.")
        hand.press("Save and continue")

    def send(self):
        hand = self.firm
        main = hand.page.get_by_role("main")
        for words in (FIRM, "7654321-8", "Contact of the firm", "Not provided", f"Suite {self.suite.number}"):
            expect(main).to_contain_text(words)
        # Whoever sends within two seconds is taken for a program.
        hand.page.wait_for_timeout(2_500)
        hand.tick("I may apply for this firm")
        hand.press("Send the application", wrong_first=True)
        self.application = Application.objects.get(company_name=FIRM)
        self.address = f"{self.site}/applications/{self.application.token}/"
        assert hand.page.url == self.address
        expect(hand.page.get_by_role("heading", level=1)).to_contain_text(self.application.reference)
        assert Mail.objects.filter(application=self.application, kind="submitted").count() == 1

    # --- PSEB decides

    def sign_in(self):
        hand = self.staff
        device = device_for(self.officer)
        hand.goto(f"{self.site}/admin/")
        hand.fill("Username", self.officer.username)
        hand.fill("Password", PASSWORD)
        hand.press("Sign in")
        hand.fill("Code", code_of(device))
        hand.press("Sign in")
        hand.follow("Applications waiting for PSEB")
        hand.follow(self.application.reference)

    def check_papers(self):
        hand = self.staff
        for number in range(len(PAPERS)):
            hand.follow("Look at it")
            hand.tick("Accepted")
            hand.press("Record", wrong_first=number == 0)
        assert not self.application.papers.exclude(finding="good").exists()

    def put_into_the_queue(self):
        hand = self.staff
        hand.follow("Put into the queue")
        despite = hand.page.get_by_label(re.compile("although the checklist is not in order"))
        if despite.count():
            hand.tick("Put it into the queue although")
            hand.fill("Reason", "PSEB registration is under way.")
        hand.press("Put into the queue")
        self.application.refresh_from_db()
        assert (self.application.state, self.application.complete_on) == ("waiting", self.today)

    def read_the_place(self):
        hand = self.firm
        hand.goto(self.address)
        expect(hand.page.get_by_role("main")).to_contain_text("Your application is complete and in the queue.")
        expect(hand.page.get_by_role("main")).to_contain_text("1 of 1")
        hand.goto(f"{self.site}/queue/?reference={self.application.reference}")
        expect(hand.page.get_by_role("main")).to_contain_text(self.application.reference)
        assert FIRM not in hand.page.content()

    # --- the offer, and what the firm answers

    def offer(self):
        hand = self.staff
        hand.follow("Make an offer")
        hand.fill("Number of the minute", "12/2026")
        hand.fill("Decided on", self.today.isoformat())
        hand.fill("Offer open until", (self.today + dt.timedelta(days=14)).isoformat())
        hand.press("Show what would change", wrong_first=True)
        hand.press("Make the offer")
        self.lease = Lease.objects.get(application=self.application)
        assert self.lease.state == "offered"
        letting = self.lease.lettings.get()
        assert letting.suite == self.suite
        # The terms are those of the choice, of what is asked for, and of the asking rent.
        assert letting.rates.first().rent_pkr == monthly_cost(self.suite).rent
        assert self.lease.company.name == FIRM

    def accept(self):
        hand = self.firm
        hand.goto(self.address)
        hand.follow("See the offer and answer it")
        expect(hand.page.get_by_role("main")).to_contain_text(f"Suite {self.suite.number}")
        hand.tick("Accept the offer")
        hand.tick("I may sign for the firm")
        hand.press("Send the answer", wrong_first=True)
        expect(hand.page.get_by_role("main")).to_contain_text("You accepted")
        self.lease.refresh_from_db()
        assert (self.lease.state, self.lease.accepted_by_link) == ("accepted", True)

    # --- the deed

    def sign(self):
        hand = self.staff
        self.open_lease()
        hand.follow("Deposit received")
        hand.fill("Received on", self.today.isoformat())
        hand.press("Show what would change", wrong_first=True)
        hand.press("Note the deposit")
        self.open_lease()
        hand.pick("Kind", "Deed")
        hand.upload("Scan", self.paper)
        hand.press("Save and continue editing")
        hand.follow("Sign")
        hand.fill("Signed on", self.today.isoformat())
        hand.press("Show what would change", wrong_first=True)
        hand.press("Record the deed")
        self.lease.refresh_from_db()
        self.application.refresh_from_db()
        assert (self.lease.state, self.application.state) == ("signed", "allotted")

    def open_lease(self):
        """From the application to its lease, and from the lease one click leads back."""
        hand = self.staff
        hand.goto(f"{self.site}/admin/tenants/application/{self.application.pk}/change/")
        hand.follow(self.lease.number)
        expect(hand.page.get_by_role("link", name=self.application.reference).first).to_be_visible()

    def issue_the_letter(self):
        hand = self.staff
        self.open_lease()
        hand.follow("Letters")
        hand.follow("Look at it and issue it")
        hand.press("Issue the letter")
        self.letter = Letter.objects.get(lease=self.lease, kind="allotment")

    def verify(self):
        hand = self.firm
        hand.goto(self.address)
        with hand.page.expect_download() as download:
            hand.reach(hand.link("Allotment")).press("Enter")
        text = "\n".join(page.extract_text() for page in pypdf.PdfReader(download.value.path()).pages)
        code = re.search(r"(?:[A-Z2-9]{4}[ -]){3}[A-Z2-9]{4}", text)[0]
        assert FIRM in text and code.replace(" ", "").replace("-", "") == self.letter.code
        hand.goto(f"{self.site}/verify/")
        hand.fill("Code of the letter", code.lower())
        hand.press("Check")
        main = hand.page.get_by_role("main")
        expect(main).to_contain_text("This letter is genuine")
        expect(main).to_contain_text(FIRM)
        expect(main).to_contain_text(self.suite.park.name)
        hand.goto(f"{self.site}/verify/AAAAAAAAAAAAAAAA/")
        expect(main).to_contain_text("No letter has this code")


@pytest.mark.parametrize(("kind", "script"), [(Hand, False), (KeyboardHand, False), (CheckingHand, True)])
def test_a_firm_comes_from_free_space_to_a_signed_lease_and_its_verified_letter(browser, site, tmp_path, kind, script):
    """Without script by pointing and by the keyboard alone; with axe, which is a script, on every page."""
    view = {"width": WIDTH, "height": 740}
    contexts = [browser.new_context(java_script_enabled=script, viewport=view, locale="en-US") for _who in range(2)]
    firm, staff = (kind(context.new_page(), WIDTH) for context in contexts)
    try:
        Way(site, firm, staff, tmp_path).go()
        assert firm.faults + staff.faults == []
    finally:
        for context in contexts:
            context.close()
