"""All services of one installation, made once a process."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from surveyapp.config import Settings
from surveyapp.services.assessment.adjusting import Adjusting
from surveyapp.services.assessment.awaiting import Awaiting
from surveyapp.services.assessment.deciding import Deciding
from surveyapp.services.assessment.feeding import Feeding
from surveyapp.services.assessment.forms import StaffForms
from surveyapp.services.assessment.item_files import ItemFiles
from surveyapp.services.assessment.objecting import Objecting
from surveyapp.services.assessment.objectives import Objectives
from surveyapp.services.assessment.proposals import Proposals
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.assessment.schemes import Schemes
from surveyapp.services.assessment.scores import Scores
from surveyapp.services.assessment.scoring import Scoring
from surveyapp.services.assessment.sheet_files import SheetFiles
from surveyapp.services.assessment.sheets import Sheets
from surveyapp.services.assessment.verifying import Verifying
from surveyapp.services.assessment.warning import EarlyWarning
from surveyapp.services.assessment.yearbook import YearFiles
from surveyapp.services.auditing import Auditing
from surveyapp.services.authoring import Authoring
from surveyapp.services.ballots.archive import BallotArchives
from surveyapp.services.ballots.carrying import BallotCarrying
from surveyapp.services.ballots.casting import Balloting
from surveyapp.services.ballots.closing import BallotClosing
from surveyapp.services.ballots.conducting import Conducting
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.diagnostics import BallotDiagnostics
from surveyapp.services.ballots.evaluating import Evaluating
from surveyapp.services.ballots.evaluations import Evaluations
from surveyapp.services.ballots.feedback import BallotFeedback
from surveyapp.services.ballots.keys import BallotKeys
from surveyapp.services.ballots.paper_counting import PaperCounting
from surveyapp.services.ballots.paper_issuing import PaperIssuing
from surveyapp.services.ballots.preparing import BallotPreparing
from surveyapp.services.ballots.results import BallotResults
from surveyapp.services.ballots.tabulating import Tabulating
from surveyapp.services.cases.calendar import WorkCalendar
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.contacts import Contacts
from surveyapp.services.cases.deadlines import CaseCalendar
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.files import CaseFiles
from surveyapp.services.cases.outbox import Outbox
from surveyapp.services.collection.amending import Amending
from surveyapp.services.collection.collecting import Collecting
from surveyapp.services.collection.funnel import Funnel
from surveyapp.services.collection.importing import Importing
from surveyapp.services.collection.intake import Intake
from surveyapp.services.collection.invitation_files import InvitationFiles
from surveyapp.services.collection.invited import Invited
from surveyapp.services.collection.inviting import Inviting
from surveyapp.services.collection.receipts import Receipts
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.exports.exporting import Exporting
from surveyapp.services.indicators.checking import Checking
from surveyapp.services.indicators.defining import Indicators
from surveyapp.services.indicators.gathering import Gathering
from surveyapp.services.indicators.making import Snapshotting
from surveyapp.services.indicators.snapshots import Snapshots
from surveyapp.services.keyring import Keyring
from surveyapp.services.organisation.organising import Organising
from surveyapp.services.places.files import PlaceFiles
from surveyapp.services.places.placing import Placing
from surveyapp.services.places.printing import Printing
from surveyapp.services.places.rostering import Rostering
from surveyapp.services.rated import Rated
from surveyapp.services.releases.publishing import Publishing
from surveyapp.services.releases.releasing import Releasing
from surveyapp.services.results.counting import Counting
from surveyapp.services.results.reporting import Reporting
from surveyapp.services.reviews.bulletin import Bulletins
from surveyapp.services.reviews.exchanging import Exchanging
from surveyapp.services.reviews.figures import ReviewFigures
from surveyapp.services.reviews.flagged import Flagged
from surveyapp.services.reviews.reviewing import Reviewing
from surveyapp.services.reviews.stuffing import Stuffing
from surveyapp.services.reviews.volumes import Volumes
from surveyapp.services.staffing import Staffing
from surveyapp.services.throttling import RequestLimits
from surveyapp.services.tokens import Tokens
from surveyapp.services.weights.weighting import Weighting
from surveyapp.storage.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """What the web faces and the command line call."""

    settings: Settings
    now: Callable[[], datetime]
    database: Database
    authoring: Authoring
    placing: Placing
    printing: Printing
    rated: Rated
    intake: Intake
    collecting: Collecting
    receipts: Receipts
    amending: Amending
    inviting: Inviting
    invited: Invited
    funnel: Funnel
    importing: Importing
    counting: Counting
    reporting: Reporting
    releasing: Releasing
    exporting: Exporting
    reviewing: Reviewing
    review_figures: ReviewFigures
    bulletins: Bulletins
    stuffing: Stuffing
    flagged: Flagged
    publishing: Publishing
    volumes: Volumes
    exchanging: Exchanging
    staffing: Staffing
    organising: Organising
    auditing: Auditing
    calendar: WorkCalendar
    contacts: Contacts
    casework: Casework
    case_calendar: CaseCalendar
    case_files: CaseFiles
    rectifying: Rectifying
    item_files: ItemFiles
    deciding: Deciding
    sheets: Sheets
    sheet_files: SheetFiles
    early_warning: EarlyWarning
    feeding: Feeding
    weighting: Weighting
    place_files: PlaceFiles
    rostering: Rostering
    invitation_files: InvitationFiles
    tokens: Tokens
    request_limits: RequestLimits
    balloting: Balloting
    ballot_preparing: BallotPreparing
    ballot_closing: BallotClosing
    ballot_results: BallotResults
    ballot_diagnostics: BallotDiagnostics
    ballot_feedback: BallotFeedback
    ballot_archives: BallotArchives
    ballot_carrying: BallotCarrying
    paper_issuing: PaperIssuing
    paper_counting: PaperCounting
    objectives: Objectives
    verifying: Verifying
    adjusting: Adjusting
    objecting: Objecting
    indicators: Indicators
    snapshots: Snapshots
    snapshotting: Snapshotting
    checking: Checking
    evaluating: Evaluating
    evaluations: Evaluations
    tabulating: Tabulating
    conducting: Conducting
    schemes: Schemes
    proposals: Proposals
    staff_forms: StaffForms
    year_files: YearFiles
    awaiting: Awaiting
    scores: Scores
    scoring: Scoring


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def assemble(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Services:
    """Make the services; nothing is read or written yet."""
    database = Database(settings.database_url)
    definitions = DefinitionCache()
    keyring = Keyring(settings.secret_keys)
    timezone = settings.timezone
    authoring = Authoring(
        database, definitions, keyring, now=now, timezone=timezone, random_bytes=random_bytes
    )
    staffing = Staffing(database, now, settings, random_bytes=random_bytes)
    counting = Counting(database, definitions, now=now, timezone=timezone)
    placing = Placing(database, settings.base_url, counting, now=now, random_bytes=random_bytes)
    reporting = Reporting(database, definitions, counting)
    calendar = WorkCalendar(database, now)
    contacts = Contacts(
        database, definitions, keyring, now=now, timezone=timezone, random_bytes=random_bytes
    )
    desk = CaseDesk(
        database=database,
        definitions=definitions,
        calendar=calendar,
        contacts=contacts,
        outbox=Outbox(database, now, settings),
        now=now,
        timezone=timezone,
        random_bytes=random_bytes,
        base_url=settings.base_url,
    )
    casework = Casework(desk, counting)
    rectifying = Rectifying(desk, casework.slips)
    deciding = Deciding(database, now=now, timezone=timezone)
    sheets = Sheets(
        database,
        definitions,
        Scores(database, now=now),
        deciding,
        rectifying,
        timezone=timezone,
    )
    intake = Intake(database, definitions, keyring, casework, contacts, now=now, timezone=timezone)
    receipts = Receipts(intake, casework, contacts)
    amending = Amending(intake, counting, casework, contacts)
    inviting = Inviting(
        intake, definitions, keyring, settings.base_url, now=now, random_bytes=random_bytes
    )
    funnel = Funnel(database, now=now, timezone=timezone)
    review_figures = ReviewFigures(database, definitions, counting, now=now, timezone=timezone)
    ballots = BallotDesk(
        database=database,
        definitions=definitions,
        keyring=keyring,
        keys=BallotKeys(settings.key_dir, random_bytes),
        now=now,
        random_bytes=random_bytes,
        base_url=settings.base_url,
    )
    schemes = Schemes(database, now=now)
    organising = Organising(database, now, staffing)
    snapshots = Snapshots(database)
    scores = Scores(database, now=now)
    staff_forms = StaffForms(database, now=now, timezone=timezone)
    objectives = Objectives(database, now=now, timezone=timezone)
    return Services(
        settings=settings,
        now=now,
        database=database,
        authoring=authoring,
        placing=placing,
        printing=Printing(database, authoring, placing),
        rated=Rated(database, now),
        intake=intake,
        collecting=Collecting(intake, receipts, funnel),
        receipts=receipts,
        amending=amending,
        inviting=inviting,
        invited=Invited(intake, inviting, amending),
        funnel=funnel,
        importing=Importing(database, definitions, keyring, now=now, timezone=timezone),
        counting=counting,
        reporting=reporting,
        releasing=Releasing(
            database, definitions, counting, review_figures, now=now, timezone=timezone
        ),
        exporting=Exporting(database, definitions, reporting, now=now, timezone=timezone),
        reviewing=Reviewing(database, definitions, counting, timezone=timezone),
        review_figures=review_figures,
        bulletins=Bulletins(database, review_figures),
        stuffing=Stuffing(
            database, definitions, counting, review_figures, now=now, timezone=timezone
        ),
        publishing=Publishing(database, review_figures, now=now),
        flagged=Flagged(database, counting, review_figures, now=now, timezone=timezone),
        volumes=Volumes(database, now=now, timezone=timezone),
        exchanging=Exchanging(database, definitions, review_figures, now=now, timezone=timezone),
        staffing=staffing,
        organising=organising,
        auditing=Auditing(database, now),
        calendar=calendar,
        contacts=contacts,
        casework=casework,
        case_calendar=CaseCalendar(database, calendar, now, timezone),
        case_files=CaseFiles(database, casework, now),
        rectifying=rectifying,
        item_files=ItemFiles(desk, rectifying),
        deciding=deciding,
        sheets=sheets,
        sheet_files=SheetFiles(desk, sheets),
        early_warning=EarlyWarning(
            database,
            Objectives(database, now=now, timezone=timezone),
            Scores(database, now=now),
            rectifying,
        ),
        feeding=Feeding(database, deciding),
        weighting=Weighting(database, definitions, now=now),
        place_files=PlaceFiles(authoring, placing),
        rostering=Rostering(database, counting, now=now, timezone=timezone),
        invitation_files=InvitationFiles(authoring, inviting, timezone),
        tokens=Tokens(database, now=now, random_bytes=random_bytes),
        request_limits=RequestLimits(settings.ratelimit_url),
        balloting=Balloting(ballots),
        ballot_preparing=BallotPreparing(ballots, authoring),
        ballot_closing=BallotClosing(ballots),
        ballot_results=BallotResults(ballots),
        ballot_diagnostics=BallotDiagnostics(BallotResults(ballots)),
        ballot_feedback=BallotFeedback(ballots, BallotResults(ballots)),
        ballot_carrying=BallotCarrying(ballots),
        ballot_archives=BallotArchives(ballots, BallotResults(ballots)),
        paper_issuing=PaperIssuing(ballots),
        paper_counting=PaperCounting(ballots),
        objectives=objectives,
        awaiting=Awaiting(database, objectives),
        verifying=Verifying(database, now=now),
        adjusting=Adjusting(database, now=now, timezone=timezone),
        objecting=Objecting(database, now=now),
        indicators=Indicators(database, definitions, now=now),
        snapshots=snapshots,
        snapshotting=Snapshotting(
            database,
            Gathering(database, definitions, counting, BallotResults(ballots), timezone=timezone),
            desk.outbox,
            now=now,
            random_bytes=random_bytes,
        ),
        checking=Checking(database),
        evaluating=Evaluating(ballots, authoring, timezone),
        evaluations=Evaluations(ballots),
        conducting=Conducting(ballots),
        tabulating=Tabulating(ballots, BallotResults(ballots), Evaluations(ballots), timezone),
        schemes=schemes,
        proposals=Proposals(database, schemes, now=now),
        staff_forms=staff_forms,
        year_files=YearFiles(
            database,
            organising,
            snapshots,
            scores,
            staff_forms,
            rectifying,
            deciding,
            now=now,
            timezone=timezone,
        ),
        scores=scores,
        scoring=Scoring(database, now=now, random_bytes=random_bytes),
    )
