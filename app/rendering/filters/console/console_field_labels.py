"""Labels of form fields by name, for the list of the fields that need attention."""

from collections.abc import Mapping

from app.domain.texts.phrases import N_

__all__ = ["FIELD_LABELS"]

# A field that is not here is named by its message alone.
FIELD_LABELS: Mapping[str, str] = {
    "accent_dark": N_("Accent colour, dark scheme"),
    "accent_light": N_("Accent colour, light scheme"),
    "alias": N_("New name"),
    "auth": N_("Method besides the secret URL"),
    "body": N_("Text"),
    "code": N_("Code"),
    "default_language": N_("Default language"),
    "description": N_("Description"),
    "email": N_("E-mail address"),
    "ends_at": N_("End"),
    "fail_after": N_("Failed checks before an incident"),
    "group": N_("Group"),
    "host": N_("Host name or IP address"),
    "impact": N_("Impact"),
    "interval_seconds": N_("Probe interval (seconds)"),
    "matchers": N_("Alerts with these labels"),
    "postal_address": N_("Postal address in mails"),
    "announce_minutes": N_("Remind subscribers before a maintenance (minutes)"),
    "reminder_minutes": N_("Remind staff after (minutes)"),
    "name": N_("Name"),
    "new": N_("New password"),
    "owner": N_("Owner"),
    "password": N_("Password"),
    "port": N_("Port"),
    "posted_at": N_("Time"),
    "present": N_("Current password"),
    "publish": N_("Publish mode"),
    "publish_minutes": N_("Delay (minutes)"),
    "recover_after": N_("Successful checks before recovery"),
    "role": N_("Role"),
    "secrets": N_("Secret"),
    "services": N_("Affected services"),
    "slug": N_("URL slug"),
    "stale_after_seconds": N_("Mark silent after (seconds)"),
    "started_at": N_("Start"),
    "starts_at": N_("Starts"),
    "status": N_("Status"),
    "title": N_("Title"),
    "undo_seconds": N_("Undo window (seconds)"),
    "until": N_("Last day"),
    "warn_days": N_("Warn before expiry (days)"),
}
