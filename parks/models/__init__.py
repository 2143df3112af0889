"""The register of parks: supply only. One module per noun; import models from here."""

from .agreement import HostAgreement
from .area import AreaReport
from .assignment import ParkAssignment
from .correction import Correction, CorrectionCount
from .distinct import DistinctHosts
from .exported import ExportRecord
from .opened import FileOpening
from .park import Park
from .person import Account, RoleGiven
from .photo import ParkPhoto
from .place import City, HostInstitution
from .published import HeadlineClaim, Incentive
from .sealed import HistoryCheck, SealedDay
from .sign_in import EnrolmentCode, SignInEvent, SignInKind, StaffSession
from .source import Source
from .stage import StageEvent
from .suite import Suite, SuiteClosure

__all__ = [
    "Account",
    "AreaReport",
    "City",
    "Correction",
    "CorrectionCount",
    "DistinctHosts",
    "EnrolmentCode",
    "ExportRecord",
    "FileOpening",
    "HeadlineClaim",
    "HistoryCheck",
    "HostAgreement",
    "HostInstitution",
    "Incentive",
    "Park",
    "ParkAssignment",
    "ParkPhoto",
    "RoleGiven",
    "SealedDay",
    "SignInEvent",
    "SignInKind",
    "Source",
    "StaffSession",
    "StageEvent",
    "Suite",
    "SuiteClosure",
]
