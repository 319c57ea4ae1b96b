"""Every table, so that importing this package fills the metadata."""

from app.db.tables.alerts import AlertRow
from app.db.tables.chains import ChainEvidenceRow, SightingRow
from app.db.tables.counters import CounterRow
from app.db.tables.horizons import ForecastRow, HorizonRow, HorizonWarningRow
from app.db.tables.imports import (
    FormerPathRow,
    ImportedIntervalRow,
    ImportRefRow,
    ImportRunRow,
)
from app.db.tables.incidents import (
    EvidenceRow,
    FormerTextRow,
    IncidentNoteRow,
    IncidentRow,
    IncidentUpdateRow,
    PostmortemRow,
    UpdateServiceRow,
)
from app.db.tables.languages import (
    GlossaryTermRow,
    LanguageDemandRow,
    TranslationOutcomeRow,
    TranslationProviderRow,
)
from app.db.tables.maintenances import (
    MaintenanceRow,
    MaintenanceServiceRow,
    MaintenanceUpdateRow,
    OccurrenceRow,
)
from app.db.tables.outbox import (
    DeliveryAttemptRow,
    DeliveryRow,
    LaneRow,
    MailPictureRow,
    MessagePictureRow,
    MessageRow,
    NoticeRow,
    WorkerMarkRow,
)
from app.db.tables.page import LogoRow, PageRow, RevisionRow
from app.db.tables.pending import DraftRow, PendingTextRow, SavedReplyRow, TemplateRow
from app.db.tables.second_factors import (
    IdentityRow,
    InstallationSecretRow,
    PasskeyRow,
    RecoveryCodeRow,
)
from app.db.tables.services import ServiceGroupRow, ServiceRow, UptimeIntervalRow
from app.db.tables.sessions import (
    OneTimeLinkRow,
    SecurityEventRow,
    SignInAttemptRow,
    StaffSessionRow,
)
from app.db.tables.sources import (
    HookEventRow,
    HookUsageRow,
    RouteRow,
    ServiceAliasRow,
    SourceRow,
)
from app.db.tables.staff_mail import StaffMailRow
from app.db.tables.subscribers import (
    ChannelRow,
    RequestedMailRow,
    SubscriberRow,
    SubscriptionRequestRow,
    SubscriptionRow,
    SuppressionRow,
)
from app.db.tables.targets import ChainRow, ProbeRow, TargetRow, TargetServiceRow
from app.db.tables.users import (
    AuditEntryRow,
    IdempotencyRow,
    RemovedEntriesRow,
    TokenRow,
    UserRow,
)

__all__ = [
    "AlertRow",
    "AuditEntryRow",
    "ChainEvidenceRow",
    "ChainRow",
    "ChannelRow",
    "CounterRow",
    "DeliveryAttemptRow",
    "DeliveryRow",
    "DraftRow",
    "EvidenceRow",
    "ForecastRow",
    "FormerPathRow",
    "FormerTextRow",
    "GlossaryTermRow",
    "HookEventRow",
    "HookUsageRow",
    "HorizonRow",
    "HorizonWarningRow",
    "IdempotencyRow",
    "IdentityRow",
    "ImportRefRow",
    "ImportRunRow",
    "ImportedIntervalRow",
    "IncidentNoteRow",
    "IncidentRow",
    "IncidentUpdateRow",
    "InstallationSecretRow",
    "LaneRow",
    "LanguageDemandRow",
    "LogoRow",
    "MailPictureRow",
    "MaintenanceRow",
    "MaintenanceServiceRow",
    "MaintenanceUpdateRow",
    "MessagePictureRow",
    "MessageRow",
    "NoticeRow",
    "OccurrenceRow",
    "OneTimeLinkRow",
    "PageRow",
    "PasskeyRow",
    "PendingTextRow",
    "PostmortemRow",
    "ProbeRow",
    "RecoveryCodeRow",
    "RemovedEntriesRow",
    "RequestedMailRow",
    "RevisionRow",
    "RouteRow",
    "SavedReplyRow",
    "SecurityEventRow",
    "ServiceAliasRow",
    "ServiceGroupRow",
    "ServiceRow",
    "SightingRow",
    "SignInAttemptRow",
    "SourceRow",
    "StaffMailRow",
    "StaffSessionRow",
    "SubscriberRow",
    "SubscriptionRequestRow",
    "SubscriptionRow",
    "SuppressionRow",
    "TargetRow",
    "TargetServiceRow",
    "TemplateRow",
    "TokenRow",
    "TranslationOutcomeRow",
    "TranslationProviderRow",
    "UpdateServiceRow",
    "UptimeIntervalRow",
    "UserRow",
    "WorkerMarkRow",
]
