"""Papers of firms: which are needed, which files are taken, and where they are kept."""

import hashlib
import warnings

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from stp_portal.kit.private_files import kind_of, sane_name, validate_scan
from tenants.models import Application, ApplicationDraft, ApplicationPaper
from tenants.models.paper import PaperKind

from . import limits

MOST_FILES, MOST_FILES_IN_ALL = 10, 60
MOST_PAGES = 50
# Of the tree that a PDF keeps its pages in.
MOST_BRANCHES = 1_000
MOST_PIXELS = 50_000_000
# A JPEG may send its pixels in any number of passes, each of which is unpacked over the whole picture. Cameras and
# programs make a dozen at most; a hundred thousand fit into 10 MB and keep a processor busy for an hour.
MOST_PASSES = 60
PASS = b"\xff\xda"
NEEDED = (PaperKind.INCORPORATION, PaperKind.NTN, PaperKind.PROFILE)
NEEDED_WITH_NUMBER = PaperKind.PSEB


def needed(pseb_number):
    """The kinds of paper that a firm has to send; the PSEB certificate where it gave a `pseb_number`."""
    return (*NEEDED, NEEDED_WITH_NUMBER) if pseb_number else NEEDED


def keep_paper(*, upload, kind, draft=None, application=None, request=None, client, moment):
    """Keep an uploaded file of `kind` as a paper of a `draft` or of an `application`; returns the ApplicationPaper.

    `request` is the PaperRequest that it answers. The same file sent again as the same kind is the same paper, unless
    staff did not accept it. A draft holds 10 files, an application 60. `client` is the throttle's key of the sender
    at `moment`. Raises ValidationError with one sentence for people, and TooManySent.
    """
    if kind not in PaperKind.values:
        raise ValidationError(_("Choose from the list what the paper shows."))
    pages = pages_of(upload)
    checksum = checksum_of(upload)
    paper = ApplicationPaper(
        draft=draft,
        application=application,
        request=request,
        kind=kind,
        name=sane_name(upload.name or "", kind_of(upload)),
        size_bytes=upload.size,
        pages=pages,
        checksum=checksum,
    )
    stored = ""
    try:
        with transaction.atomic():
            # Two files at once must not pass the limit together.
            owner = Application if draft is None else ApplicationDraft
            row = owner.objects.select_for_update(no_key=True).get(pk=(draft or application).pk)
            if draft is not None and row.application_id is not None:
                # Sent from another window meanwhile: the paper goes where the draft's others went.
                paper.draft, paper.application = draft, application = None, row.application
            mine = ApplicationPaper.objects.filter(draft=draft, application=application)
            same = mine.filter(kind=kind, checksum=checksum, request=request).exclude(finding="bad").first()
            if same is not None:
                return same
            if mine.count() >= (MOST_FILES_IN_ALL if draft is None else MOST_FILES):
                raise ValidationError(
                    _("%(most)s files are here already. Remove one first, or put several papers into one PDF.")
                    % {"most": MOST_FILES_IN_ALL if draft is None else MOST_FILES}
                )
            limits.count("paper", client=client, moment=moment)
            paper.file.save(paper.name, upload, save=False)
            stored = paper.file.name
            paper.save(force_insert=True)
            ApplicationDraft.objects.filter(pk=paper.draft_id).update(updated_at=moment)
    except BaseException:
        if stored:
            paper.file.storage.delete(stored)
        raise
    return paper


def remove_paper(paper):
    """Erase a paper of a draft: its row now, its file once that is certain. One that was sent with the application
    meanwhile stays."""
    file = paper.file
    with transaction.atomic():
        # Whoever sends the draft holds its row until the papers are the application's.
        ApplicationDraft.objects.select_for_update(no_key=True).filter(pk=paper.draft_id).first()
        mine = ApplicationPaper.objects.filter(pk=paper.pk, draft=paper.draft_id, application__isnull=True)
        if mine.delete()[0]:
            transaction.on_commit(lambda: file.storage.delete(file.name))


def checksum_of(upload):
    """The SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    for part in upload.chunks():
        digest.update(part)
    upload.seek(0)
    return digest.hexdigest()


def pages_of(upload):
    """How many pages a PDF has, 1 for a picture. Raises ValidationError for whatever is not taken."""
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose another one."))
    validate_scan(upload)
    if kind_of(upload) != "pdf":
        check_picture(upload)
        return 1
    return pages_of_pdf(upload)


def pages_of_pdf(upload):
    """The number of pages of a PDF; ValidationError where it is broken, locked or too long."""
    # Slow to import, and needed for an upload only.
    import pypdf  # noqa: PLC0415

    upload.seek(0)
    try:
        reader = pypdf.PdfReader(upload)
        # Certificates are often locked against changes only, and open without a password.
        locked = reader.is_encrypted and not reader.decrypt("")
        pages = 0 if locked else counted(reader)
    except pypdf.errors.DependencyError:
        locked, pages = True, 0
    # A file made to break the reader may raise anything, and none of it is the portal's fault.
    except Exception as error:
        raise ValidationError(_("The PDF is damaged and cannot be opened. Save or scan it again.")) from error
    finally:
        upload.seek(0)
    if locked:
        raise ValidationError(_("The PDF is locked with a password. Save it without one and choose it again."))
    if not pages:
        raise ValidationError(_("The PDF has no pages. Save or scan it again."))
    if pages > MOST_PAGES:
        raise ValidationError(
            _("The PDF has more than %(most)s pages. Send the pages that matter.") % {"most": MOST_PAGES}
        )
    return pages


def counted(reader):
    """The pages of an open PDF, counted until they are too many. A tree made to have no end raises ValueError."""
    branches, pages, seen = [reader.trailer["/Root"]["/Pages"]], 0, 0
    while branches and pages <= MOST_PAGES:
        branch = branches.pop().get_object()
        seen += 1
        if seen > MOST_BRANCHES:
            raise ValueError(seen)
        if "/Kids" in branch:
            branches.extend(branch["/Kids"][: MOST_PAGES + 1])
        else:
            pages += 1
    return pages


def check_picture(upload):
    """Refuse a picture that cannot be opened, has more than 50 megapixels or too many passes, before any pixel is
    unpacked."""
    upload.seek(0)
    if kind_of(upload) == "jpg" and upload.read().count(PASS) > MOST_PASSES:
        upload.seek(0)
        raise ValidationError(
            _("The picture is saved in an unusual way. Open it, save it as a new JPEG and choose that.")
        )
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            # The limit here is the portal's own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(upload, formats=("JPEG", "PNG")) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise ValidationError(_("The picture has more than 50 megapixels. Make it smaller."))
                picture.load()
    except ValidationError:
        raise
    except Exception as error:
        raise ValidationError(_("The picture is damaged or cut off. Take or save it again.")) from error
    finally:
        upload.seek(0)
