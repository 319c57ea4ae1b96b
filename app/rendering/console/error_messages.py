"""Messages of errors for staff, in the language of the user, by error code.

A code without a message here is shown with the English message of the error itself.
"""

from collections.abc import Mapping
from gettext import NullTranslations

from app.domain.errors import FyrError
from app.domain.texts.phrases import N_
from app.i18n.localization import Locale

__all__ = ["MESSAGES", "error_message", "translated_message"]

MESSAGES: Mapping[str, str] = {
    "alias_not_found": N_("This name does not exist any more."),
    "alias_taken": N_("This name belongs to a service already. Choose another one."),
    "already_decided": N_("This text was published, refused or withdrawn already."),
    "already_published": N_("Visitors see this already."),
    "bidi_control": N_("Remove the invisible characters that change the direction of the text."),
    "broken_picture": N_("This picture is damaged or incomplete. Export it again."),
    "changed_meanwhile": N_(
        "Another user has changed this since you opened the form. Read the current text; "
        "yours is still below. Then submit it again."
    ),
    "body_too_large": N_("The request is larger than allowed. Go back and send less."),
    "conflict": N_(
        "Another user changed the same data at the same time. Check the data, and submit "
        "your change again."
    ),
    "control_character": N_("Remove the control characters."),
    "database_busy": N_(
        "The database is busy with other changes. Nothing was changed; try again in a moment."
    ),
    "database_damaged": N_(
        "The database is damaged. Nothing was changed; an operator has to restore a backup."
    ),
    "database_error": N_(
        "The database refused the change. Nothing was changed; an operator finds the cause in the "
        "log."
    ),
    "database_full": N_(
        "The database has no space left. Nothing was changed; an operator has to free some."
    ),
    "database_read_only": N_(
        "The database is read-only at the moment. Nothing was changed; an operator has to check it."
    ),
    "draft_too_large": N_("This is too long for a draft. Shorten it."),
    "email_taken": N_("A user with this address exists already."),
    "empty_text": N_("This field is required."),
    "forbidden": N_("Your role does not allow this. Ask an admin."),
    "group_not_found": N_("This group does not exist any more."),
    "group_taken": N_("A group with this name exists already. Choose another name."),
    "next_update_not_ahead": N_(
        "The next update must be due within the next 31 days. Choose another time, or none."
    ),
    "next_update_of_resolved": N_(
        "A resolved incident has no next update. Choose “No time promised”."
    ),
    "own_target": N_(
        "This is the host of the page (FYR_BASE_URL). Pause the target, or change the setting "
        "first."
    ),
    "pending_text_not_found": N_("There is no such pending text."),
    "incident_not_found": N_("This incident does not exist any more."),
    "incident_open": N_(
        "A postmortem can be written when the incident is resolved. Resolve the incident first."
    ),
    "import_address_refused": N_(
        "%(place)s is in a private network. An operator has to allow it with FYR_ALLOWED_NETWORKS."
    ),
    "import_failed": N_("The source cannot be imported. The details below are in English."),
    "import_invalid": N_("%(place)s is missing or not valid. Correct it at the source."),
    "import_invalid_time": N_(
        "%(place)s is not a time that Fyr accepts. Correct it at the source."
    ),
    "import_languages": N_("Write tags of languages, separated by commas."),
    "import_needs_file": N_("This source is read from a file. Choose one."),
    "import_needs_folder": N_(
        "This source is read from a folder, with a command on the server: %(command)s"
    ),
    "import_needs_url": N_("This source is read from a URL. Write it."),
    "import_page_hidden": N_(
        "The source does not show this page to everybody. Choose “Import what the source hides "
        "too, as drafts” to import it."
    ),
    "import_page_needed": N_(
        "Write a page of the source into “Page of the source”. There are: %(pages)s"
    ),
    "import_redirected": N_("%(place)s redirects to %(host)s. Give the URL to which it redirects."),
    "import_source_status": N_(
        "%(place)s answers with status %(status)s. Check the URL, and import again later."
    ),
    "import_source_url": N_(
        "Write an address such as https://status.example.com, without a user name, a password or "
        "a query."
    ),
    "import_token_refused": N_(
        "%(place)s refuses the access token with status %(status)s. Check the token and what it "
        "may read."
    ),
    "import_too_large": N_("%(place)s is too large to be read."),
    "import_unreachable": N_("%(place)s cannot be reached. Check the URL, and import again later."),
    "import_unreadable": N_("%(place)s is damaged or has another format. Export it again."),
    "import_wrong_source": N_(
        "%(place)s does not belong to this kind of source. Check the source, the URL and the file."
    ),
    "no_time_zone": N_("%(place)s has no time zone. Write that of the source into “Time zone”."),
    "upload_not_found": N_(
        "This upload was used already, or is older than a day. Choose the file again."
    ),
    "import_ended": N_("This import has ended. Start another one."),
    "import_running": N_("Another import is running. Wait until it has ended."),
    "import_source_missing": N_("Give either a file or a URL."),
    "import_token_missing": N_("This source needs an access token."),
    "internal_error": N_("The fault is ours and was logged. Go back, and try again in a moment."),
    "invalid_forms": N_(
        "Write one line for each language, each with a tag and a form. Example: sv: incident*"
    ),
    "invalid_key": N_("Copy the key again: it has a character that no key has."),
    "invalid_provider_url": N_(
        "Write an address such as https://translate.example.com, without a user and a query."
    ),
    "key_needed": N_("This provider needs a key."),
    "term_not_found": N_("This term does not exist any more."),
    "invalid_alias": N_("Write a name of 1 to 200 characters, in one line."),
    "invalid_email": N_("Write an e-mail address, such as ada@example.com."),
    "invalid_colour": N_("Write a colour as #rrggbb, such as #1a5fb4."),
    "invalid_host": N_("Write a host name, such as pay.example.com, or an IP address."),
    "invalid_auth_options": N_(
        "A value that the authentication needs is missing or wrong. See below."
    ),
    "invalid_header": N_("Write one header in a line: its name, a colon and its value."),
    "invalid_matcher": N_(
        "One per line: label, one of = != =~ !~, and a value or a regular expression."
    ),
    "invalid_name": N_("Write a name of 1 to 100 characters, in one line."),
    "invalid_publish_mode": N_("Choose one of these. A delay is 1 to 9999 minutes."),
    "invalid_recurrence": N_("This rule cannot be used. %(reason)s"),
    "invalid_slug": N_("Use lower-case letters, digits and single hyphens, 60 at most."),
    "invalid_url": N_(
        "Write an address that begins with https:// or mailto:, without a user name."
    ),
    "invalid_time": N_("Write a date and a time, such as 2021-09-30 14:01."),
    "key_lost": N_(
        "Second factors cannot be checked: the secret key of this installation is missing. An "
        "operator has to restore it."
    ),
    "language_emptied": N_("A published translation cannot be removed. Edit it instead."),
    "last_admin": N_("This is the last admin who can sign in. Make another user an admin first."),
    "line_break": N_("Write this on one line."),
    "link_spent": N_("This link has been used or has expired. Ask for a new one."),
    "logo_not_found": N_("This logo does not exist any more."),
    "low_contrast": N_(
        "The contrast of %(colour)s to the page is %(contrast)s; at least 4.5 is required. "
        "%(shade)s would be sufficient."
    ),
    "maintenance_begun": N_("The maintenance has started; its start cannot be changed."),
    "maintenance_cancelled": N_("The whole maintenance is cancelled. Reinstate it first."),
    "maintenance_not_begun": N_("The maintenance has not started yet."),
    "maintenance_not_found": N_("This maintenance does not exist any more."),
    "maintenance_over": N_("The maintenance is over."),
    "moves_start_back": N_(
        "This moves the start of the incident back %(days)s days. Correct the time, or "
        "confirm it below."
    ),
    "name_taken": N_("A saved reply with this name exists already. Choose another name."),
    "no_light_logo": N_("Upload the logo for the light scheme first."),
    "no_picture": N_("Choose a file."),
    "no_profile": N_("Choose at least one."),
    "no_service": N_("Choose at least one service."),
    "no_secret": N_("The source has no secret besides its URL."),
    "no_source": N_("Choose the source whose inbound events are tested."),
    "not_a_number": N_("Write a whole number."),
    "not_a_picture": N_("This is not a PNG, JPEG, WebP, GIF or SVG picture."),
    "not_archived": N_("The page has this service already."),
    "not_automatic": N_("Automation did not open this incident and cannot update it."),
    "not_refused": N_("The text was not refused."),
    "not_yours": N_("This text was written by another person."),
    "not_cancelled": N_("This is not cancelled."),
    "not_found": N_("There is nothing at this URL. It may have been deleted."),
    "note_not_found": N_("This note does not exist any more."),
    "occurrence_not_found": N_("This maintenance has no such date."),
    "only_update": N_("This is the only update. Edit its text, or delete the incident."),
    "other_title": N_("This is not the title of the incident. Type the title as shown above."),
    "out_of_range": N_("Write a number from %(least)s to %(most)s."),
    "own_text": N_("Another person has to approve this text."),
    "sign_in_busy": N_("Too many people sign in at the moment. Try again in a few seconds."),
    "role_above_owner": N_("The owner has a lower role than this. Choose a lower role."),
    "template_name_taken": N_("A template with this name exists already. Choose another name."),
    "template_not_found": N_("This template does not exist any more."),
    "token_without_owner": N_(
        "This text came through a token without an owner, so its author is unknown. An admin "
        "has to approve it."
    ),
    "unknown_owner": N_("Choose a user who may sign in."),
    "owned_by_staff": N_("Staff own this incident."),
    "passkey_not_found": N_("This passkey does not exist any more."),
    "password_length": N_("Choose a password of %(least)s to %(most)s characters."),
    "picture_pixels": N_(
        "This picture has %(width)s × %(height)s pixels. Make it smaller: the maximum is "
        "4000 × 4000."
    ),
    "picture_shape": N_(
        "A logo is at least half as wide as it is high, and at most ten times as wide. Crop it."
    ),
    "picture_too_complex": N_("This drawing is too complex for a logo. Simplify it."),
    "picture_too_large": N_("This SVG is too large. The maximum is %(kilobytes)s kB."),
    "picture_too_small": N_(
        "This picture is too small: it needs at least %(least)s pixels in width and height."
    ),
    "picture_without_size": N_("This SVG has no size. Export it with a viewBox."),
    "reopens": N_(
        "Another update than the resolving one would be the latest, which opens the incident "
        "again. Correct the time, or confirm it below."
    ),
    "reply_not_found": N_("This saved reply does not exist any more."),
    "second_factor_needed": N_("Your role needs a second factor. Set it up in My account."),
    "second_factor_off": N_("No second factor is being set up. Start on the page My account."),
    "second_factor_on": N_("The second factor is on already."),
    "second_factor_required": N_("Your role needs a second factor. It cannot be switched off."),
    "second_person_needed": N_("A second person has to approve public texts. Ask an admin."),
    "service_not_found": N_("This service does not exist any more."),
    "session_not_found": N_("This session has ended already."),
    "sign_in_again": N_("This needs a recent sign-in: sign out and in again first."),
    "slug_taken": N_("Another service has this slug. Choose another one."),
    "source_untested": N_(
        "No alert of this source has begun or ended yet. Send one first, or allow publishing below."
    ),
    "source_not_found": N_("This source does not exist any more."),
    "start_after_update": N_(
        "The first update was posted before this time. Correct the time of that update first."
    ),
    "started_long_ago": N_(
        "The incident would have started %(days)s days ago. Correct the time, or confirm it below."
    ),
    "stays_open": N_(
        "A later update has another status, so the incident stays open. Choose a later time, "
        "or confirm it below."
    ),
    "target_exists": N_("A target with this host and port exists already."),
    "target_not_found": N_("This target does not exist any more."),
    "target_paused": N_("The target is paused. Resume it first."),
    "text_too_long": N_("This is too long. Shorten it."),
    "time_in_future": N_("This is in the future. Choose a time in the past."),
    "time_out_of_range": N_("Choose a time between 1990 and 2199."),
    "token_not_found": N_("There is no such token."),
    "too_many_attempts": N_("There were too many attempts. Try again in %(minutes)s minutes."),
    "unavailable": N_("The database does not answer. Nothing was changed; try again in a moment."),
    "unsafe_picture": N_(
        "Remove %(what)s in line %(line)s: a logo may only draw, not run or load anything."
    ),
    "no_language": N_("Choose at least one language."),
    "unknown_language": N_("Choose one of the selected languages."),
    "unknown_choice": N_("Choose one of the options."),
    "unknown_group": N_("This group does not exist any more. Choose another one."),
    "unknown_profile": N_("One of these client profiles does not exist any more."),
    "unknown_role": N_("Choose one of the roles."),
    "unknown_service": N_("One of these services is no longer on the page. Check the services."),
    "unknown_time_zone": N_("Write the name of a time zone, such as Europe/Stockholm."),
    "update_before_plan": N_("The maintenance was planned after this time. Choose a later time."),
    "update_not_found": N_("This update does not exist any more."),
    "user_disabled": N_("This user is deactivated. Reactivate the user first."),
    "user_not_found": N_("This user does not exist any more."),
    "weak_password": N_(
        "This password is easy to guess. Choose several words that do not belong together."
    ),
    "window_ends_first": N_("The end must be after the start."),
    "wrong_code": N_("This code is wrong. Check the clock of your phone, and use the next code."),
    "wrong_passkey": N_("This passkey was not accepted. Try again, or use another way to sign in."),
    "wrong_password": N_("This is not your current password."),
    "address_suppressed": N_(
        "Nothing is sent to this address: its owner has unsubscribed, or mails to it came back."
    ),
    "connector": N_(
        "Connectors of Office 365 have ended. Create a workflow in Teams that sends webhook alerts "
        "to a channel, and use its URL."
    ),
    "has_fragment": N_("Remove the part of the address after #."),
    "has_path": N_("Write the address of the server alone, without the topic."),
    "not_a_token": N_("The token of a bot looks like 123456:ABC."),
    "not_a_topic": N_("Use letters, digits, hyphens and underscores only."),
    "not_an_account": N_("Write the SID of the account."),
    "too_many_secrets": N_("Use at most two secrets."),
    "unknown_format": N_("Leave this empty, or write statuspage."),
    "address_taken": N_("This address has a subscription already."),
    "control_characters": N_("Remove the control characters."),
    "delivery_open": N_("This delivery is not finished yet."),
    "invalid_address": N_("Write an e-mail address, such as ada@example.com."),
    "invalid_secret": N_(
        "This value cannot be used as a secret. Leave the field empty, and one is generated."
    ),
    "invalid_statuses": N_(
        "One per line: a severity, = and the status of a service, such as critical = "
        "partial_outage."
    ),
    "mail_limit": N_("This was sent recently. Try again later."),
    "not_a_phone_number": N_("Write a phone number with its country code, such as +46701234567."),
    "not_a_url": N_("Write an https address with a host name."),
    "notice_expired": N_("This is over: nobody is notified of it any more."),
    "required": N_("This field is required."),
    "room_exists": N_("A room for this address in this language exists already."),
    "room_stopped": N_("This room is stopped. Start it first."),
    "secret_needed": N_("This authentication needs a secret."),
    "subscriber_not_active": N_("This subscriber is not active."),
    "url_or_token": N_("Write a webhook URL, or a bot token and a channel."),
}


def error_message(error: FyrError, locale: Locale) -> str:
    """The message of an error in the language of `locale`."""
    return translated_message(error, locale.catalogue)


def translated_message(error: FyrError, catalogue: NullTranslations) -> str:
    """The message of an error, translated by `catalogue`."""
    words = MESSAGES.get(error.code)
    if words is None:
        return error.message
    try:
        return catalogue.gettext(words) % _translated(error.data, catalogue)
    except KeyError:
        return error.message


def _translated(
    data: Mapping[str, str | int], catalogue: NullTranslations
) -> Mapping[str, str | int]:
    """The data of an error; a `reason` is a sentence of the catalogue, other values are names."""
    reason = data.get("reason")
    if not isinstance(reason, str):
        return dict(data)
    return {**data, "reason": catalogue.gettext(reason)}
