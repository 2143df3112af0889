/* Names the autocomplete boxes of the staff forms by their labels: the library leaves the empty ones nameless. */
"use strict";
{
  const nameBoxes = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const box = document.getElementById(`select2-${select.id}-container`);
      const label = document.querySelector(`label[for="${select.id}"]`);
      if (box && label) {
        box.setAttribute("aria-label", label.textContent.trim());
      }
    }
  };
  // Handlers run in the order in which they came: after the one that makes the boxes.
  django.jQuery(() => setTimeout(nameBoxes));
  // A new row gets its boxes from another listener of this event: after it.
  document.addEventListener("formset:added", () => setTimeout(nameBoxes));
}
