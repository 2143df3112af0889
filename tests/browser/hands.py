"""The ways in which somebody works a page: by pointing, by the keyboard alone, or with a check of each page."""

import contextlib
import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeout

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# Of a staff page with its menus; more means that the focus goes in a circle.
MOST_TABS = 400
HERE = "one => one === document.activeElement"
SEEN = """one => {
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    return box.width * box.height > 0 && style.visibility !== 'hidden';
}"""


def named(label):
    """Text that begins with `label`, whatever follows in small print."""
    return re.compile(rf"^\s*{re.escape(label)}", re.IGNORECASE)


class Hand:
    """By pointing. Fields are found by their label, buttons and links by their name, as a screen reader tells them."""

    def __init__(self, page, width):
        self.page, self.width, self.faults = page, width, []

    def goto(self, address):
        """Type an address."""
        self.page.goto(address)
        self.look()

    def look(self):
        """What is to be checked on each page: it does not scroll sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.faults.append((self.page.url, f"{wide} pixels wide"))

    def field(self, label):
        """The visible field that is labelled so."""
        return self.page.get_by_label(named(label)).locator("visible=true").first

    def button(self, name):
        """The button of that name."""
        return self.page.get_by_role("button", name=named(name)).first

    def link(self, name):
        """The link of that name within the page's own part."""
        return self.page.locator("main, #container").get_by_role("link", name=named(name)).first

    def fill(self, label, text):
        """Write into a field, in place of what is there."""
        self.field(label).fill(text)

    def pick(self, label, option):
        """Choose an option of a list by the beginning of its words."""
        self.field(label).select_option(label=self.words_of(label, option))

    def words_of(self, label, option):
        """The whole words of the option that begins with `option`."""
        found = self.field(label).locator("option").all_inner_texts()
        return next(words for words in found if words.strip().lower().startswith(option.lower()))

    def tick(self, label):
        """Tick a box, or choose one of several."""
        self.field(label).check()

    def upload(self, label, path):
        """Choose a file."""
        self.field(label).set_input_files(path)

    def reach(self, target):
        """Come to an element."""
        target.scroll_into_view_if_needed()
        return target

    def press(self, name, *, wrong_first=False):
        """Press a button; what comes is looked at. With `wrong_first` it is pressed as somebody does by mistake."""
        self._act(self.button(name))

    def follow(self, name):
        """Follow a link; what comes is looked at."""
        self._act(self.link(name))

    def _act(self, target):
        with self.page.expect_navigation():
            target.click()
        self.look()


class KeyboardHand(Hand):
    """By the keyboard alone: everything is reached by Tab, and done by Space, Enter, arrows and letters."""

    def reach(self, target):
        """Press Tab until the focus is on `target`; whatever has the focus on the way can be seen."""
        target.wait_for(state="attached")
        for _step in range(MOST_TABS):
            if target.evaluate(HERE):
                assert target.evaluate(SEEN), f"the focus is on something that cannot be seen: {self.page.url}"
                return target
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached by the keyboard on {self.page.url}")

    def fill(self, label, text):
        target = self.reach(self.field(label))
        if target.get_attribute("type") == "date":
            # The parts of a date in the order of this browser's language: month, day, year.
            year, month, day = text.split("-")
            self.page.keyboard.type(f"{month}{day}{year}")
            return
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def pick(self, label, option):
        target, words = self.reach(self.field(label)), self.words_of(label, option)
        # As on a closed list: the letters of an option choose it.
        self.page.keyboard.type(words.strip())
        chosen = target.evaluate("one => one.selectedOptions[0].label")
        assert chosen.strip() == words.strip(), (chosen, words)

    def tick(self, label):
        target = self.field(label)
        if target.get_attribute("type") == "radio":
            self._choose(target)
        elif not target.is_checked():
            self.reach(target)
            self.page.keyboard.press("Space")
        assert target.is_checked()

    def _choose(self, target):
        """Of a group of radio buttons Tab reaches one, and arrows go on from there."""
        name = target.get_attribute("name")
        group = self.page.locator(f'input[type=radio][name="{name}"]')
        for _step in range(MOST_TABS):
            if group.evaluate_all("all => all.includes(document.activeElement)"):
                break
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Space")
        for _step in range(group.count()):
            if target.is_checked():
                return
            self.page.keyboard.press("ArrowDown")

    def upload(self, label, path):
        # A busy browser now and then swallows the key; a person presses it again.
        for key in ("Space", "Enter", "Space", "Enter"):
            self.reach(self.field(label))
            with contextlib.suppress(PlaywrightTimeout):
                with self.page.expect_file_chooser(timeout=8_000) as chooser:
                    self.page.keyboard.press(key)
                chooser.value.set_files(path)
                return
        raise AssertionError(f"The keyboard does not choose a file for {label}.")

    def press(self, name, *, wrong_first=False):
        self._act(self.button(name))

    def _act(self, target):
        self.reach(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()


class CheckingHand(Hand):
    """By pointing, with axe on every page; where it can, a form is first sent as it is, so that its errors show."""

    def look(self):
        super().look()
        found = Axe().run(self.page, options=RULES).response["violations"]
        self.faults += [(self.page.url, item["id"], item["nodes"][0]["html"][:160]) for item in found]

    def press(self, name, *, wrong_first=False):
        if wrong_first:
            self.wrong(name)
        super().press(name)

    def wrong(self, name):
        """Press the button with the page as it came, then come back to what was filled in."""
        address = self.page.url
        filled = self.page.context.new_page()
        filled.goto(address)
        own = CheckingHand(filled, self.width)
        own._act(own.button(name))
        if "There is a problem" not in filled.content() and "errornote" not in filled.content():
            self.faults.append((address, "sent as it is, the form says nothing"))
        self.faults += own.faults
        filled.close()
