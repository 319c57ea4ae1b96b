"""Messages of errors for staff, in the language of the user, by error code.

A code without a message here is shown with the English message of the error itself.
"""

from collections.abc import Mapping
from gettext import NullTranslations

from app.domain.errors import FyrError
from app.domain.phrases import N_
from app.i18n.localization import Locale

__all__ = ["MESSAGES", "error_message", "translated_message"]

MESSAGES: Mapping[str, str] = {
    "alias_not_found": N_("There is no such name any more."),
    "alias_taken": N_("Monitors mean a service by this name already. Choose another one."),
    "already_decided": N_("This has been decided already, or has left."),
    "already_published": N_("Visitors see this already."),
    "bidi_control": N_("Take out the invisible characters that turn the direction of the text."),
    "broken_picture": N_("This picture is damaged or incomplete. Export it again."),
    "changed_meanwhile": N_(
        "Somebody has changed this since you began. Read what stands there now; yours is still "
        "below. Then send it again."
    ),
    "body_too_large": N_("This is larger than is taken. Go back and send less."),
    "conflict": N_(
        "Somebody else changed the same thing at the same time. Look at it again and repeat."
    ),
    "control_character": N_("Take out the control characters."),
    "database_busy": N_(
        "The database is busy with other changes. Nothing was changed; try again in a moment."
    ),
    "database_damaged": N_(
        "The database is damaged. Nothing was changed; an operator has to restore a backup."
    ),
    "database_full": N_(
        "The database has no room left. Nothing was changed; an operator has to make some."
    ),
    "database_read_only": N_(
        "The database is read-only at the moment. Nothing was changed; an operator has to look."
    ),
    "draft_too_large": N_("This is too much to keep as a draft. Shorten it."),
    "email_taken": N_("There is a user with this address already."),
    "empty_text": N_("Write something here."),
    "forbidden": N_("Your role does not allow this. Ask an admin."),
    "group_not_found": N_("There is no such group any more."),
    "group_taken": N_("There is a group with this name. Choose another one."),
    "pending_text_not_found": N_("There is no such text waiting."),
    "incident_not_found": N_("There is no such incident any more."),
    "incident_open": N_("A postmortem is written after the end. Resolve the incident first."),
    "internal_error": N_(
        "It was our fault, and it has been noted. Go back, and try again in a moment."
    ),
    "invalid_alias": N_("Write a name of 1 to 200 characters, in one line."),
    "invalid_email": N_("Write an e-mail address, such as ada@example.com."),
    "invalid_colour": N_("Write a colour as #rrggbb, such as #1a5fb4."),
    "invalid_host": N_("Write a host name, such as pay.example.com, or an IP address."),
    "invalid_auth_options": N_("What this way needs to know is missing or wrong. Look below."),
    "invalid_header": N_("Write one header in a line: its name, a colon and its value."),
    "invalid_matcher": N_(
        "Write one in a line: label, one of = != =~ !~, and a value or a regular expression."
    ),
    "invalid_name": N_("Write a name of 1 to 100 characters, in one line."),
    "invalid_publish_mode": N_("Choose one of these, and 1 to 9999 minutes where it waits."),
    "invalid_recurrence": N_("This rule cannot be used. %(reason)s"),
    "invalid_slug": N_("Use lower-case letters, digits and single hyphens, 60 at most."),
    "invalid_url": N_("Write an address that begins with https:// or mailto:."),
    "invalid_time": N_("Write a date and a time, such as 2021-09-30 14:01."),
    "key_lost": N_(
        "Second factors cannot be checked: the secret key of this installation is missing. An "
        "operator has to restore it."
    ),
    "language_emptied": N_(
        "What was said in a language cannot be taken away. Say it better instead."
    ),
    "last_admin": N_("This is the last admin who can sign in. Make somebody else an admin first."),
    "line_break": N_("Write this in one line."),
    "link_spent": N_("This link has been used, or is too old. Ask for a new one."),
    "logo_not_found": N_("The page has no such logo any more."),
    "low_contrast": N_(
        "%(colour)s is too faint: its contrast to the page is %(contrast)s, and 4.5 is needed. "
        "%(shade)s would do."
    ),
    "maintenance_begun": N_("It has begun; when it begins cannot change any more."),
    "maintenance_not_begun": N_("It has not begun yet."),
    "maintenance_not_found": N_("There is no such maintenance any more."),
    "maintenance_over": N_("It is over."),
    "moves_start_back": N_(
        "This moves the start of the incident back %(days)s days. Correct the time, or confirm it "
        "below."
    ),
    "name_taken": N_("There is a saved reply with this name already. Choose another one."),
    "no_light_logo": N_("Put up the logo for light first."),
    "no_picture": N_("Choose a file."),
    "no_profile": N_("Choose at least one."),
    "no_service": N_("Choose at least one service."),
    "no_secret": N_("It has no secret besides its address."),
    "no_source": N_("Choose the source whose deliveries are tried."),
    "not_a_number": N_("Write a whole number."),
    "not_a_picture": N_("This is no picture in PNG, JPEG, WebP, GIF or SVG."),
    "not_archived": N_("This service is on the page already."),
    "not_automatic": N_("Automation did not open this incident and knows nothing of its cause."),
    "not_refused": N_("Nobody has refused this."),
    "not_yours": N_("Somebody else wrote this."),
    "not_found": N_("There is nothing here. Perhaps somebody has removed it."),
    "occurrence_not_found": N_("It has no such date any more."),
    "only_update": N_("This is the only update. Edit its text, or delete the incident."),
    "other_title": N_("This is not its title. Type it as it stands above."),
    "out_of_range": N_("Write a number from %(least)s to %(most)s."),
    "own_text": N_("Somebody else has to approve this."),
    "sign_in_busy": N_("Too many people sign in at the moment. Try again in a few seconds."),
    "role_above_owner": N_("The owner may do less than this role. Choose a lower role."),
    "token_without_owner": N_(
        "This came through a token without an owner, so it is not known who wrote it. An admin has "
        "to approve it."
    ),
    "unknown_owner": N_("Choose a user who may sign in."),
    "owned_by_staff": N_("This incident is in the hands of staff."),
    "passkey_not_found": N_("There is no such passkey any more."),
    "password_length": N_("Choose a password of %(least)s to %(most)s characters."),
    "picture_pixels": N_(
        "This picture has %(width)s × %(height)s pixels. Make it smaller: 4000 × 4000 are the most."
    ),
    "picture_shape": N_(
        "A logo is at least half as wide as it is tall, and at most ten times as wide. Cut it."
    ),
    "picture_too_complex": N_("This drawing is too intricate for a logo. Simplify it."),
    "picture_too_large": N_("This SVG is too large: %(kilobytes)s kB are the most."),
    "picture_too_small": N_("This picture is too small: it needs %(least)s pixels each way."),
    "picture_without_size": N_("This SVG does not tell its size. Export it with a viewBox."),
    "reply_not_found": N_("There is no such saved reply any more."),
    "second_factor_needed": N_("Your role needs a second factor. Set it up in My account."),
    "second_factor_off": N_("No second factor is being set up. Begin at your account."),
    "second_factor_on": N_("The second factor is on already."),
    "second_factor_required": N_("Your role needs a second factor. It cannot be switched off."),
    "second_person_needed": N_("A second person has to approve what visitors read. Ask an admin."),
    "service_not_found": N_("There is no such service any more."),
    "session_not_found": N_("This session has ended already."),
    "sign_in_again": N_("Sign out and in again first: only who has just signed in may do this."),
    "slug_taken": N_("Another service has this name in its address. Choose another one."),
    "source_untested": N_(
        "No alert of this source has begun or ended yet. Send one first, or allow publishing below."
    ),
    "source_not_found": N_("There is no such source any more."),
    "start_after_update": N_(
        "The first update was posted before this time. Correct the time of that update first."
    ),
    "started_long_ago": N_(
        "The incident would have started %(days)s days ago. Correct the time, or confirm it below."
    ),
    "stays_open": N_(
        "A later update has another status, so the incident stays open. Choose a later time, or "
        "confirm it below."
    ),
    "target_exists": N_("This host and port are watched already."),
    "target_not_found": N_("There is no such target any more."),
    "target_paused": N_("It is paused. Resume it first."),
    "text_too_long": N_("This is too long. Shorten it."),
    "time_in_future": N_("This lies in the future. Choose a time that has passed."),
    "time_out_of_range": N_("Choose a time between 1990 and 2199."),
    "token_not_found": N_("There is no such token."),
    "too_many_attempts": N_("There were too many attempts. Try again in %(minutes)s minutes."),
    "unavailable": N_("The database does not answer. Nothing was changed; try again in a moment."),
    "unsafe_picture": N_(
        "Take out %(what)s in line %(line)s: a logo may only draw, and neither run nor fetch."
    ),
    "unknown_language": N_("Choose among the languages that are ticked, at least one."),
    "unknown_choice": N_("Choose one of those that are offered."),
    "unknown_group": N_("There is no such group any more. Choose another one."),
    "unknown_profile": N_("One of these kinds of clients is not known any more."),
    "unknown_role": N_("Choose one of the roles."),
    "unknown_service": N_(
        "One of these services is no longer on the page. Look at the services again."
    ),
    "unknown_time_zone": N_("Write the name of a time zone, such as Europe/Stockholm."),
    "update_before_plan": N_("The maintenance was planned after this time. Choose a later time."),
    "update_not_found": N_("There is no such update any more."),
    "user_disabled": N_("This user is kept out. Let them in again first."),
    "user_not_found": N_("There is no such user any more."),
    "weak_password": N_(
        "This password is easy to guess. Choose several words that do not belong together."
    ),
    "window_ends_first": N_("It has to end after it begins."),
    "wrong_code": N_("This code is not right. Look at the clock of your phone, and take the next."),
    "wrong_passkey": N_("This passkey was not accepted. Try again, or sign in another way."),
    "wrong_password": N_("This is not your present password."),
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
