-- Written by `python -m scripts.creation` from the migrations.
CREATE TABLE "alert" (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	dedup_key TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	state TEXT NOT NULL, 
	headline TEXT NOT NULL, 
	body JSON NOT NULL, 
	host TEXT NOT NULL, 
	certain BOOLEAN NOT NULL, 
	occurrences INTEGER NOT NULL, 
	services JSON NOT NULL, 
	publish TEXT NOT NULL, 
	group_wait_seconds INTEGER NOT NULL, 
	settle_seconds INTEGER NOT NULL, 
	incident_id INTEGER, 
	started_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	kin TEXT, 
	source_id INTEGER, 
	event_id INTEGER, 
	action TEXT DEFAULT 'incident' NOT NULL, 
	severity TEXT DEFAULT 'unknown' NOT NULL, 
	title TEXT, 
	description TEXT, 
	labels JSON, 
	source_url TEXT, 
	said_at DATETIME, 
	reopen_within_seconds INTEGER DEFAULT '1800' NOT NULL, 
	min_alerts INTEGER DEFAULT '1' NOT NULL, 
	min_sources INTEGER DEFAULT '1' NOT NULL, 
	stale_after_seconds INTEGER, 
	stale_at DATETIME, 
	expires_at DATETIME, 
	spoken_at DATETIME, 
	silenced_at DATETIME, source_started_at DATETIME, source_ended_at DATETIME, last_received_at DATETIME, 
	CONSTRAINT fk_alert_incident_id_incident FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT fk_alert_source_id_source FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT pk_alert PRIMARY KEY (id)
);
CREATE TABLE "hook_event" (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	source_id INTEGER NOT NULL, 
	received_at DATETIME NOT NULL, 
	method TEXT NOT NULL, 
	path TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	headers JSON NOT NULL, 
	body BLOB NOT NULL, 
	idempotency_key TEXT, 
	repeats INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	processed_at DATETIME, 
	first_received_at DATETIME, 
	CONSTRAINT fk_hook_event_source_id_source FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT pk_hook_event PRIMARY KEY (id), 
	CONSTRAINT uq_hook_event_public_id UNIQUE (public_id), 
	CONSTRAINT uq_hook_event_source_id_idempotency_key UNIQUE (source_id, idempotency_key)
);
CREATE TABLE "page" (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	name JSON NOT NULL, 
	time_zone TEXT NOT NULL, 
	default_language TEXT NOT NULL, 
	languages JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	undo_seconds INTEGER DEFAULT '10' NOT NULL, 
	four_eyes BOOLEAN DEFAULT 0 NOT NULL, 
	four_eyes_automation BOOLEAN DEFAULT 0 NOT NULL, 
	reminder_minutes INTEGER DEFAULT '30' NOT NULL, 
	accent_light TEXT, 
	accent_dark TEXT, 
	links JSON, 
	logo_contains_name BOOLEAN DEFAULT 0 NOT NULL, 
	former_texts_public BOOLEAN DEFAULT 1 NOT NULL, 
	announce_minutes INTEGER DEFAULT '1440' NOT NULL, 
	show_notified BOOLEAN DEFAULT 0 NOT NULL, 
	postal_address TEXT, unread_machine_languages JSON, 
	CONSTRAINT pk_page PRIMARY KEY (id), 
	CONSTRAINT uq_page_public_id UNIQUE (public_id)
);
CREATE TABLE "pending_text" (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	verb TEXT NOT NULL, 
	incident TEXT, 
	content JSON NOT NULL, 
	actor_kind TEXT NOT NULL, 
	actor_name TEXT NOT NULL, 
	actor_role TEXT, 
	reason TEXT NOT NULL, 
	submitted_at DATETIME NOT NULL, 
	due_at DATETIME, 
	outcome TEXT, 
	decided_at DATETIME, 
	decided_by TEXT, 
	failure TEXT, 
	maintenance TEXT, 
	remark TEXT, 
	dismissed_at DATETIME, 
	actor_user TEXT, 
	CONSTRAINT pk_held PRIMARY KEY (id), 
	CONSTRAINT uq_pending_text_public_id UNIQUE (public_id)
);
CREATE TABLE "token" (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	owner_id INTEGER, expires_at DATETIME, last_used_at DATETIME, 
	CONSTRAINT fk_token_owner_id_user_account FOREIGN KEY(owner_id) REFERENCES user_account (id), 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT uq_token_public_id UNIQUE (public_id), 
	CONSTRAINT uq_token_token_hash UNIQUE (token_hash)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, compatible_from VARCHAR(32), 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE audit_entry (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	at DATETIME NOT NULL, 
	actor_kind TEXT NOT NULL, 
	actor_name TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	subject_id TEXT NOT NULL, 
	"before" JSON, 
	"after" JSON, position INTEGER, former_hash TEXT, hash TEXT, 
	CONSTRAINT pk_audit_entry PRIMARY KEY (id), 
	CONSTRAINT uq_audit_entry_public_id UNIQUE (public_id)
);
CREATE TABLE chain (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	ders BLOB NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_chain PRIMARY KEY (id), 
	CONSTRAINT uq_chain_fingerprint UNIQUE (fingerprint)
);
CREATE TABLE chain_evidence (
	id INTEGER NOT NULL, 
	alert_id INTEGER NOT NULL, 
	phase TEXT NOT NULL, 
	target_id INTEGER NOT NULL, 
	chain_id INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	clients JSON NOT NULL, blamed_certificate JSON, 
	CONSTRAINT fk_chain_evidence_alert_id_alert FOREIGN KEY(alert_id) REFERENCES alert (id), 
	CONSTRAINT fk_chain_evidence_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id), 
	CONSTRAINT fk_chain_evidence_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_chain_evidence PRIMARY KEY (id), 
	CONSTRAINT uq_chain_evidence_alert_id_phase UNIQUE (alert_id, phase)
);
CREATE TABLE channel (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	is_enabled BOOLEAN NOT NULL, 
	is_public BOOLEAN NOT NULL, 
	options JSON NOT NULL, 
	secrets TEXT, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_channel PRIMARY KEY (id), 
	CONSTRAINT uq_channel_kind UNIQUE (kind)
);
CREATE TABLE counter (
	name TEXT NOT NULL, 
	label TEXT NOT NULL, 
	value FLOAT NOT NULL, 
	CONSTRAINT pk_counter PRIMARY KEY (name, label)
);
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	notice_id INTEGER NOT NULL, 
	subscriber_id INTEGER, 
	channel TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	thread TEXT NOT NULL, 
	state TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	leased_until DATETIME, 
	worker TEXT, 
	attempts INTEGER NOT NULL, 
	code TEXT, 
	detail TEXT, 
	external_id TEXT, 
	message_id INTEGER, 
	replaced_by INTEGER, 
	repeats INTEGER, 
	made_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	bounced_at DATETIME, 
	CONSTRAINT fk_delivery_message_id_message FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE SET NULL, 
	CONSTRAINT fk_delivery_notice_id_notice FOREIGN KEY(notice_id) REFERENCES notice (id), 
	CONSTRAINT fk_delivery_subscriber_id_subscriber FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE SET NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_delivery_public_id UNIQUE (public_id)
);
CREATE TABLE delivery_attempt (
	id INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	attempted_at DATETIME NOT NULL, 
	code TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	milliseconds INTEGER NOT NULL, 
	CONSTRAINT fk_delivery_attempt_delivery_id_delivery FOREIGN KEY(delivery_id) REFERENCES delivery (id) ON DELETE CASCADE, 
	CONSTRAINT pk_delivery_attempt PRIMARY KEY (id)
);
CREATE TABLE draft (
	id INTEGER NOT NULL, 
	author TEXT NOT NULL, 
	place TEXT NOT NULL, 
	fields JSON NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_draft PRIMARY KEY (id), 
	CONSTRAINT uq_draft_author_place UNIQUE (author, place)
);
CREATE TABLE evidence (
	id INTEGER NOT NULL, 
	incident_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	body JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT fk_evidence_incident_id_incident FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT pk_evidence PRIMARY KEY (id)
);
CREATE TABLE forecast (
	target_id INTEGER NOT NULL, 
	asked INTEGER NOT NULL, 
	answered INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	judged_at DATETIME, 
	next_at DATETIME, 
	CONSTRAINT fk_forecast_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_forecast PRIMARY KEY (target_id)
);
CREATE TABLE former_path (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	subject_id INTEGER NOT NULL, 
	CONSTRAINT pk_former_path PRIMARY KEY (id), 
	CONSTRAINT uq_former_path_path UNIQUE (path)
);
CREATE TABLE former_text (
	id INTEGER NOT NULL, 
	subject TEXT NOT NULL, 
	subject_id INTEGER NOT NULL, 
	body JSON NOT NULL, 
	replaced_at DATETIME NOT NULL, 
	replaced_by TEXT NOT NULL, 
	CONSTRAINT pk_former_text PRIMARY KEY (id)
);
CREATE TABLE glossary_term (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	forms JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_glossary_term PRIMARY KEY (id), 
	CONSTRAINT uq_glossary_term_public_id UNIQUE (public_id)
);
CREATE TABLE hook_usage (
	source_id INTEGER NOT NULL, 
	stored_on DATE NOT NULL, 
	bytes BIGINT NOT NULL, 
	events INTEGER NOT NULL, 
	CONSTRAINT fk_hook_usage_source_id_source FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT pk_hook_usage PRIMARY KEY (source_id, stored_on)
);
CREATE TABLE horizon (
	id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	chain_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	blamed_certificate TEXT, 
	subject TEXT NOT NULL, 
	clients JSON NOT NULL, 
	advice JSON, 
	step INTEGER, 
	CONSTRAINT fk_horizon_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id), 
	CONSTRAINT fk_horizon_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_horizon PRIMARY KEY (id)
);
CREATE TABLE horizon_warning (
	id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	subject_key TEXT NOT NULL, 
	step INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	clients JSON NOT NULL, 
	advice JSON, 
	warned_at DATETIME NOT NULL, 
	CONSTRAINT fk_horizon_warning_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_horizon_warning PRIMARY KEY (id), 
	CONSTRAINT uq_horizon_warning_target_id_subject_key_step UNIQUE (target_id, subject_key, step)
);
CREATE TABLE idempotency (
	actor TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	request_hash TEXT NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	created_at DATETIME NOT NULL, checked JSON, 
	CONSTRAINT pk_idempotency PRIMARY KEY (actor, "key")
);
CREATE TABLE identity (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	issuer TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	linked_at DATETIME NOT NULL, 
	CONSTRAINT fk_identity_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_identity PRIMARY KEY (id), 
	CONSTRAINT uq_identity_issuer_subject UNIQUE (issuer, subject), 
	CONSTRAINT uq_identity_user_id_issuer UNIQUE (user_id, issuer)
);
CREATE TABLE import_ref (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	instance TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	subject_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	parts JSON, 
	last_entry INTEGER NOT NULL, 
	imported_at DATETIME NOT NULL, 
	CONSTRAINT pk_import_ref PRIMARY KEY (id), 
	CONSTRAINT uq_import_ref_source_instance_subject_ref UNIQUE (source, instance, subject, ref)
);
CREATE TABLE import_run (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	kind TEXT NOT NULL, 
	source TEXT NOT NULL, 
	is_upload BOOLEAN NOT NULL, 
	options JSON NOT NULL, 
	state TEXT NOT NULL, 
	is_resumed BOOLEAN NOT NULL, 
	problem TEXT, 
	report JSON, 
	actor_kind TEXT NOT NULL, 
	actor_name TEXT NOT NULL, 
	actor_role TEXT, 
	actor_user TEXT, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, problem_code TEXT, problem_data JSON, 
	CONSTRAINT pk_import_run PRIMARY KEY (id), 
	CONSTRAINT uq_import_run_public_id UNIQUE (public_id)
);
CREATE TABLE imported_interval (
	id INTEGER NOT NULL, 
	import_ref_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	CONSTRAINT fk_imported_interval_import_ref_id_import_ref FOREIGN KEY(import_ref_id) REFERENCES import_ref (id), 
	CONSTRAINT fk_imported_interval_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT pk_imported_interval PRIMARY KEY (id)
);
CREATE TABLE incident (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	title JSON NOT NULL, 
	owner TEXT NOT NULL, 
	cause TEXT, 
	impact_override TEXT, 
	is_open BOOLEAN NOT NULL, 
	started_at DATETIME NOT NULL, 
	resolved_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	published_at DATETIME, 
	publish_at DATETIME, 
	deleted_at DATETIME, stated_start_at DATETIME, edited_at DATETIME, import_key TEXT, title_search TEXT, 
	CONSTRAINT pk_incident PRIMARY KEY (id), 
	CONSTRAINT uq_incident_public_id UNIQUE (public_id)
);
CREATE TABLE incident_note (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	incident_id INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	written_at DATETIME NOT NULL, 
	actor_kind TEXT NOT NULL, 
	actor_name TEXT NOT NULL, 
	CONSTRAINT fk_incident_note_incident_id_incident FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT pk_incident_note PRIMARY KEY (id), 
	CONSTRAINT uq_incident_note_public_id UNIQUE (public_id)
);
CREATE TABLE incident_update (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	incident_id INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	body JSON NOT NULL, 
	posted_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	edited_at DATETIME, 
	automatic BOOLEAN NOT NULL, 
	notify BOOLEAN NOT NULL, removed_at DATETIME, next_update_at DATETIME, 
	CONSTRAINT fk_incident_update_incident_id_incident FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT pk_incident_update PRIMARY KEY (id), 
	CONSTRAINT uq_incident_update_public_id UNIQUE (public_id)
);
CREATE TABLE incident_update_service (
	update_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	CONSTRAINT fk_incident_update_service_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT fk_incident_update_service_update_id_incident_update FOREIGN KEY(update_id) REFERENCES incident_update (id), 
	CONSTRAINT pk_incident_update_service PRIMARY KEY (update_id, service_id)
);
CREATE TABLE installation_secret (
	name TEXT NOT NULL, 
	encrypted TEXT NOT NULL, 
	CONSTRAINT pk_installation_secret PRIMARY KEY (name)
);
CREATE TABLE lane (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	paused_until DATETIME, 
	failures INTEGER NOT NULL, 
	last_code TEXT, 
	last_detail TEXT, 
	rate FLOAT, next_at DATETIME, 
	CONSTRAINT pk_lane PRIMARY KEY (id), 
	CONSTRAINT uq_lane_name UNIQUE (name)
);
CREATE TABLE language_demand (
	month TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	given TEXT NOT NULL, 
	views BIGINT NOT NULL, 
	CONSTRAINT pk_language_demand PRIMARY KEY (month, asked, given)
);
CREATE TABLE logo (
	id INTEGER NOT NULL, 
	scheme TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	content BLOB NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_logo PRIMARY KEY (id), 
	CONSTRAINT uq_logo_scheme UNIQUE (scheme)
);
CREATE TABLE mail_picture (
	id INTEGER NOT NULL, 
	content_id TEXT NOT NULL, 
	content BLOB NOT NULL, 
	used_at DATETIME NOT NULL, 
	CONSTRAINT pk_mail_picture PRIMARY KEY (id), 
	CONSTRAINT uq_mail_picture_content_id UNIQUE (content_id)
);
CREATE TABLE maintenance (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	title JSON NOT NULL, 
	body JSON NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	recurrence TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	published_at DATETIME, 
	verifying_at DATETIME, 
	completed_at DATETIME, 
	cancelled_at DATETIME, 
	deleted_at DATETIME, notify BOOLEAN DEFAULT 1 NOT NULL, local_start DATETIME, local_end DATETIME, title_search TEXT, 
	CONSTRAINT pk_maintenance PRIMARY KEY (id), 
	CONSTRAINT uq_maintenance_public_id UNIQUE (public_id)
);
CREATE TABLE maintenance_occurrence (
	id INTEGER NOT NULL, 
	maintenance_id INTEGER NOT NULL, 
	recurs_at DATETIME NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	verifying_at DATETIME, 
	completed_at DATETIME, 
	cancelled_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT fk_maintenance_occurrence_maintenance_id_maintenance FOREIGN KEY(maintenance_id) REFERENCES maintenance (id), 
	CONSTRAINT pk_maintenance_occurrence PRIMARY KEY (id), 
	CONSTRAINT uq_maintenance_occurrence_maintenance_id_recurs_at UNIQUE (maintenance_id, recurs_at)
);
CREATE TABLE maintenance_service (
	maintenance_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	CONSTRAINT fk_maintenance_service_maintenance_id_maintenance FOREIGN KEY(maintenance_id) REFERENCES maintenance (id), 
	CONSTRAINT fk_maintenance_service_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT pk_maintenance_service PRIMARY KEY (maintenance_id, service_id)
);
CREATE TABLE maintenance_update (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	maintenance_id INTEGER NOT NULL, 
	recurs_at DATETIME, 
	status TEXT NOT NULL, 
	body JSON NOT NULL, 
	posted_at DATETIME NOT NULL, 
	edited_at DATETIME, 
	notify BOOLEAN NOT NULL, removed_at DATETIME, 
	CONSTRAINT fk_maintenance_update_maintenance_id_maintenance FOREIGN KEY(maintenance_id) REFERENCES maintenance (id), 
	CONSTRAINT pk_maintenance_update PRIMARY KEY (id), 
	CONSTRAINT uq_maintenance_update_public_id UNIQUE (public_id)
);
CREATE TABLE message (
	id INTEGER NOT NULL, 
	notice_id INTEGER NOT NULL, 
	language TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	content JSON NOT NULL, 
	is_foreign BOOLEAN NOT NULL, 
	sha256 TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT fk_message_notice_id_notice FOREIGN KEY(notice_id) REFERENCES notice (id) ON DELETE CASCADE, 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT uq_message_notice_id_language_time_zone UNIQUE (notice_id, language, time_zone)
);
CREATE TABLE message_picture (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	picture_id INTEGER NOT NULL, 
	CONSTRAINT fk_message_picture_message_id_message FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE CASCADE, 
	CONSTRAINT fk_message_picture_picture_id_mail_picture FOREIGN KEY(picture_id) REFERENCES mail_picture (id) ON DELETE CASCADE, 
	CONSTRAINT pk_message_picture PRIMARY KEY (id), 
	CONSTRAINT uq_message_picture_message_id_picture_id UNIQUE (message_id, picture_id)
);
CREATE TABLE notice (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	"key" TEXT NOT NULL, 
	event TEXT NOT NULL, 
	thread TEXT NOT NULL, 
	subject_kind TEXT NOT NULL, 
	subject_id INTEGER, 
	update_id INTEGER, 
	services JSON NOT NULL, 
	impact TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	details JSON NOT NULL, 
	actor_kind TEXT NOT NULL, 
	actor_name TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	cursor INTEGER NOT NULL, 
	fanned_out_at DATETIME, 
	audience INTEGER, sent INTEGER, done_at DATETIME, first_sent_at DATETIME, last_sent_at DATETIME, 
	CONSTRAINT pk_notice PRIMARY KEY (id), 
	CONSTRAINT uq_notice_key UNIQUE ("key"), 
	CONSTRAINT uq_notice_public_id UNIQUE (public_id)
);
CREATE TABLE one_time_link (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	purpose TEXT NOT NULL, 
	user_id INTEGER, 
	token_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT fk_one_time_link_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_one_time_link PRIMARY KEY (id), 
	CONSTRAINT uq_one_time_link_public_id UNIQUE (public_id), 
	CONSTRAINT uq_one_time_link_token_hash UNIQUE (token_hash)
);
CREATE TABLE passkey (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	user_id INTEGER NOT NULL, 
	credential_id TEXT NOT NULL, 
	public_key BLOB NOT NULL, 
	sign_count INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT fk_passkey_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_passkey PRIMARY KEY (id), 
	CONSTRAINT uq_passkey_credential_id UNIQUE (credential_id), 
	CONSTRAINT uq_passkey_public_id UNIQUE (public_id)
);
CREATE TABLE postmortem (
	incident_id INTEGER NOT NULL, 
	body JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	edited_at DATETIME, 
	published_at DATETIME, 
	deleted_at DATETIME, notify BOOLEAN DEFAULT 1 NOT NULL, 
	CONSTRAINT fk_postmortem_incident_id_incident FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT pk_postmortem PRIMARY KEY (incident_id)
);
CREATE TABLE probe (
	id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	probed_at DATETIME NOT NULL, 
	address TEXT NOT NULL, 
	chain_id INTEGER, 
	failure TEXT, 
	result JSON NOT NULL, 
	CONSTRAINT fk_probe_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id), 
	CONSTRAINT fk_probe_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_probe PRIMARY KEY (id)
);
CREATE TABLE recovery_code (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	code_hash TEXT NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT fk_recovery_code_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_recovery_code PRIMARY KEY (id)
);
CREATE TABLE removed_entries (
	subject_id TEXT NOT NULL, 
	entries INTEGER NOT NULL, 
	CONSTRAINT pk_removed_entries PRIMARY KEY (subject_id)
);
CREATE TABLE requested_mail (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	sent_at DATETIME NOT NULL, 
	CONSTRAINT pk_requested_mail PRIMARY KEY (id)
);
CREATE TABLE revision (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_revision PRIMARY KEY (id)
);
CREATE TABLE route (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	position INTEGER NOT NULL, 
	source_id INTEGER, 
	is_enabled BOOLEAN NOT NULL, 
	matchers JSON NOT NULL, 
	action TEXT NOT NULL, 
	services JSON NOT NULL, 
	service_label TEXT, 
	statuses JSON NOT NULL, 
	group_by JSON NOT NULL, 
	group_wait_seconds INTEGER NOT NULL, 
	min_alerts INTEGER NOT NULL, 
	min_sources INTEGER NOT NULL, 
	resolve_after_seconds INTEGER NOT NULL, 
	reopen_within_seconds INTEGER NOT NULL, 
	publish TEXT, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_route_source_id_source FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT pk_route PRIMARY KEY (id), 
	CONSTRAINT uq_route_public_id UNIQUE (public_id)
);
CREATE TABLE saved_reply (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	name TEXT NOT NULL, 
	body JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_saved_reply PRIMARY KEY (id), 
	CONSTRAINT uq_saved_reply_name UNIQUE (name), 
	CONSTRAINT uq_saved_reply_public_id UNIQUE (public_id)
);
CREATE TABLE security_event (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind TEXT NOT NULL, 
	data JSON NOT NULL, 
	seen_at DATETIME, 
	CONSTRAINT fk_security_event_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_security_event PRIMARY KEY (id)
);
CREATE TABLE service (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	slug TEXT NOT NULL, 
	name JSON NOT NULL, 
	description JSON, 
	group_id INTEGER, 
	position INTEGER NOT NULL, 
	known_since DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	archived_at DATETIME, 
	CONSTRAINT fk_service_group_id_service_group FOREIGN KEY(group_id) REFERENCES service_group (id), 
	CONSTRAINT pk_service PRIMARY KEY (id), 
	CONSTRAINT uq_service_public_id UNIQUE (public_id), 
	CONSTRAINT uq_service_slug UNIQUE (slug)
);
CREATE TABLE service_alias (
	id INTEGER NOT NULL, 
	alias TEXT NOT NULL, 
	service_id INTEGER NOT NULL, 
	CONSTRAINT fk_service_alias_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT pk_service_alias PRIMARY KEY (id), 
	CONSTRAINT uq_service_alias_alias UNIQUE (alias)
);
CREATE TABLE service_group (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	slug TEXT NOT NULL, 
	name JSON NOT NULL, 
	position INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_service_group PRIMARY KEY (id), 
	CONSTRAINT uq_service_group_public_id UNIQUE (public_id), 
	CONSTRAINT uq_service_group_slug UNIQUE (slug)
);
CREATE TABLE sighting (
	id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	chain_id INTEGER NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	CONSTRAINT fk_sighting_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id), 
	CONSTRAINT fk_sighting_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_sighting PRIMARY KEY (id), 
	CONSTRAINT uq_sighting_target_id_address_chain_id UNIQUE (target_id, address, chain_id)
);
CREATE TABLE sign_in_attempt (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	account TEXT NOT NULL, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id)
);
CREATE TABLE source (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	former_token_hash TEXT, 
	auth TEXT NOT NULL, 
	auth_options JSON NOT NULL, 
	secrets JSON NOT NULL, 
	former_valid_until DATETIME, 
	options JSON NOT NULL, 
	publish TEXT NOT NULL, 
	stale_after_seconds INTEGER, 
	rate_limit INTEGER NOT NULL, 
	is_enabled BOOLEAN NOT NULL, 
	last_event_at DATETIME, 
	understood_at DATETIME, 
	created_at DATETIME NOT NULL, 
	deleted_at DATETIME, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT uq_source_former_token_hash UNIQUE (former_token_hash), 
	CONSTRAINT uq_source_public_id UNIQUE (public_id), 
	CONSTRAINT uq_source_token_hash UNIQUE (token_hash)
);
CREATE TABLE staff_mail (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	kind TEXT NOT NULL, 
	user_id INTEGER, 
	address TEXT, 
	data JSON, 
	place TEXT, 
	mac TEXT, 
	made_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	leased_until DATETIME, 
	worker TEXT, 
	finished_at DATETIME, 
	code TEXT, 
	CONSTRAINT fk_staff_mail_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE, 
	CONSTRAINT pk_staff_mail PRIMARY KEY (id), 
	CONSTRAINT uq_staff_mail_public_id UNIQUE (public_id)
);
CREATE TABLE staff_session (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	user_id INTEGER NOT NULL, 
	token_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	user_agent TEXT NOT NULL, 
	address TEXT NOT NULL, method TEXT, 
	CONSTRAINT fk_staff_session_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT pk_staff_session PRIMARY KEY (id), 
	CONSTRAINT uq_staff_session_public_id UNIQUE (public_id), 
	CONSTRAINT uq_staff_session_token_hash UNIQUE (token_hash)
);
CREATE TABLE subscriber (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	address_key TEXT NOT NULL, 
	options JSON NOT NULL, 
	secrets TEXT, 
	secret BLOB NOT NULL, 
	language TEXT NOT NULL, 
	time_zone TEXT, 
	state TEXT NOT NULL, 
	stop_reason TEXT, 
	stopped_at DATETIME, 
	is_room BOOLEAN NOT NULL, 
	name TEXT, 
	incidents TEXT NOT NULL, 
	maintenances TEXT NOT NULL, 
	minimum TEXT NOT NULL, 
	whole_page BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	confirmed_at DATETIME, 
	confirmed_via TEXT, 
	proof TEXT, 
	last_sent_at DATETIME, 
	troubles JSON NOT NULL, 
	CONSTRAINT pk_subscriber PRIMARY KEY (id), 
	CONSTRAINT uq_subscriber_channel_address_key UNIQUE (channel, address_key), 
	CONSTRAINT uq_subscriber_public_id UNIQUE (public_id)
);
CREATE TABLE subscription (
	id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	target_id INTEGER NOT NULL, 
	until DATETIME, 
	CONSTRAINT fk_subscription_subscriber_id_subscriber FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE CASCADE, 
	CONSTRAINT pk_subscription PRIMARY KEY (id), 
	CONSTRAINT uq_subscription_subscriber_id_kind_target_id UNIQUE (subscriber_id, kind, target_id)
);
CREATE TABLE subscription_request (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT, 
	wishes JSON, 
	language TEXT NOT NULL, 
	place TEXT NOT NULL, 
	requested_at DATETIME NOT NULL, 
	handled_at DATETIME, 
	outcome TEXT, provider TEXT, 
	CONSTRAINT pk_subscription_request PRIMARY KEY (id)
);
CREATE TABLE suppression (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	suppressed_at DATETIME NOT NULL, 
	CONSTRAINT pk_suppression PRIMARY KEY (id), 
	CONSTRAINT uq_suppression_mac UNIQUE (mac)
);
CREATE TABLE target (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	host TEXT NOT NULL, 
	port INTEGER NOT NULL, 
	starttls TEXT, 
	publish TEXT NOT NULL, 
	interval_seconds INTEGER NOT NULL, 
	fail_after INTEGER NOT NULL, 
	recover_after INTEGER NOT NULL, 
	warn_days INTEGER NOT NULL, 
	profiles JSON, 
	watch JSON NOT NULL, 
	state TEXT NOT NULL, 
	probed_at DATETIME, 
	due_at DATETIME NOT NULL, 
	leased_until DATETIME, 
	created_at DATETIME NOT NULL, 
	paused_at DATETIME, 
	deleted_at DATETIME, 
	CONSTRAINT pk_target PRIMARY KEY (id), 
	CONSTRAINT uq_target_public_id UNIQUE (public_id)
);
CREATE TABLE target_service (
	target_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	CONSTRAINT fk_target_service_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT fk_target_service_target_id_target FOREIGN KEY(target_id) REFERENCES target (id), 
	CONSTRAINT pk_target_service PRIMARY KEY (target_id, service_id)
);
CREATE TABLE template (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	fields JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_template PRIMARY KEY (id), 
	CONSTRAINT uq_template_name UNIQUE (name), 
	CONSTRAINT uq_template_public_id UNIQUE (public_id)
);
CREATE TABLE translation_outcome (
	provider TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	texts BIGINT NOT NULL, 
	characters BIGINT NOT NULL, 
	CONSTRAINT pk_translation_outcome PRIMARY KEY (provider, outcome)
);
CREATE TABLE translation_provider (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	url TEXT NOT NULL, 
	"key" TEXT, 
	sends_drafts BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_translation_provider PRIMARY KEY (id)
);
CREATE TABLE uptime_interval (
	id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT fk_uptime_interval_service_id_service FOREIGN KEY(service_id) REFERENCES service (id), 
	CONSTRAINT pk_uptime_interval PRIMARY KEY (id)
);
CREATE TABLE user_account (
	id INTEGER NOT NULL, 
	public_id VARCHAR(12) NOT NULL, 
	email TEXT NOT NULL, 
	role TEXT NOT NULL, 
	password_hash TEXT, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, language TEXT, totp_secret TEXT, totp_pending TEXT, totp_last_step INTEGER, signed_in_at DATETIME, access_version INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_email UNIQUE (email), 
	CONSTRAINT uq_user_account_public_id UNIQUE (public_id)
);
CREATE TABLE worker_mark (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	looked_until DATETIME NOT NULL, 
	CONSTRAINT pk_worker_mark PRIMARY KEY (id), 
	CONSTRAINT uq_worker_mark_name UNIQUE (name)
);
CREATE INDEX ix_alert_cause ON alert (cause);
CREATE INDEX ix_alert_incident_id ON alert (incident_id);
CREATE INDEX ix_alert_source_dedup_key ON alert (source, dedup_key);
CREATE INDEX ix_alert_source_id ON alert (source_id);
CREATE INDEX ix_alert_spoken ON alert (spoken_at) WHERE spoken_at IS NOT NULL;
CREATE INDEX ix_audit_entry_at ON audit_entry (at);
CREATE INDEX ix_audit_entry_subject_id ON audit_entry (subject_id);
CREATE INDEX ix_chain_evidence_chain_id ON chain_evidence (chain_id);
CREATE INDEX ix_chain_evidence_target_id ON chain_evidence (target_id);
CREATE INDEX ix_delivery_attempt_delivery_id ON delivery_attempt (delivery_id);
CREATE INDEX ix_delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX ix_delivery_leased ON delivery (leased_until) WHERE state = 'sending';
CREATE INDEX ix_delivery_made_at ON delivery (made_at);
CREATE INDEX ix_delivery_notice_id_times ON delivery (notice_id, state, repeats, finished_at);
CREATE INDEX ix_delivery_subscriber_id_thread ON delivery (subscriber_id, thread);
CREATE INDEX ix_delivery_thread_open ON delivery (subscriber_id, thread, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX ix_delivery_waiting ON delivery (lane, priority, due_at, id) WHERE state = 'waiting';
CREATE INDEX ix_draft_saved_at ON draft (saved_at);
CREATE INDEX ix_evidence_incident_id ON evidence (incident_id);
CREATE INDEX ix_forecast_judged_at ON forecast (judged_at);
CREATE INDEX ix_former_text_subject_id ON former_text (subject_id);
CREATE INDEX ix_hook_event_received_at ON hook_event (received_at);
CREATE INDEX ix_hook_event_source_id_id ON hook_event (source_id, id);
CREATE INDEX ix_hook_event_waiting ON hook_event (source_id, id) WHERE processed_at IS NULL;
CREATE INDEX ix_hook_usage_stored_on ON hook_usage (stored_on);
CREATE INDEX ix_horizon_at ON horizon (at);
CREATE INDEX ix_horizon_chain_id ON horizon (chain_id);
CREATE INDEX ix_horizon_target_id ON horizon (target_id);
CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);
CREATE INDEX ix_import_ref_subject_id ON import_ref (subject_id);
CREATE INDEX ix_imported_interval_ended_at ON imported_interval (ended_at);
CREATE INDEX ix_imported_interval_import_ref_id ON imported_interval (import_ref_id);
CREATE INDEX ix_imported_interval_service_id ON imported_interval (service_id);
CREATE INDEX ix_incident_cause ON incident (cause);
CREATE INDEX ix_incident_import_key ON incident (import_key);
CREATE INDEX ix_incident_is_open ON incident (is_open);
CREATE INDEX ix_incident_note_incident_id ON incident_note (incident_id);
CREATE INDEX ix_incident_started_at ON incident (started_at);
CREATE INDEX ix_incident_update_incident_id ON incident_update (incident_id);
CREATE INDEX ix_incident_update_service_service_id ON incident_update_service (service_id);
CREATE INDEX ix_maintenance_ends_at ON maintenance (ends_at);
CREATE INDEX ix_maintenance_occurrence_maintenance_id ON maintenance_occurrence (maintenance_id);
CREATE INDEX ix_maintenance_service_service_id ON maintenance_service (service_id);
CREATE INDEX ix_maintenance_starts_at ON maintenance (starts_at);
CREATE INDEX ix_maintenance_update_maintenance_id ON maintenance_update (maintenance_id);
CREATE INDEX ix_message_picture_picture_id ON message_picture (picture_id);
CREATE INDEX ix_notice_made_at ON notice (made_at);
CREATE INDEX ix_notice_not_done ON notice (id) WHERE done_at IS NULL;
CREATE INDEX ix_notice_not_fanned_out ON notice (priority, id) WHERE fanned_out_at IS NULL;
CREATE INDEX ix_notice_thread ON notice (thread);
CREATE INDEX ix_one_time_link_expires_at ON one_time_link (expires_at);
CREATE INDEX ix_one_time_link_user_id ON one_time_link (user_id);
CREATE INDEX ix_passkey_user_id ON passkey (user_id);
CREATE INDEX ix_pending_text_incident ON pending_text (incident);
CREATE INDEX ix_pending_text_maintenance ON pending_text (maintenance);
CREATE INDEX ix_pending_text_outcome ON pending_text (outcome);
CREATE INDEX ix_probe_chain_id ON probe (chain_id);
CREATE INDEX ix_probe_probed_at ON probe (probed_at);
CREATE INDEX ix_probe_target_id ON probe (target_id);
CREATE INDEX ix_recovery_code_user_id ON recovery_code (user_id);
CREATE INDEX ix_requested_mail_mac ON requested_mail (mac);
CREATE INDEX ix_requested_mail_sent_at ON requested_mail (sent_at);
CREATE INDEX ix_route_source_id ON route (source_id);
CREATE INDEX ix_security_event_at ON security_event (at);
CREATE INDEX ix_security_event_user_id ON security_event (user_id);
CREATE INDEX ix_service_alias_service_id ON service_alias (service_id);
CREATE INDEX ix_service_group_id ON service (group_id);
CREATE INDEX ix_sighting_chain_id ON sighting (chain_id);
CREATE INDEX ix_sign_in_attempt_account ON sign_in_attempt (account);
CREATE INDEX ix_sign_in_attempt_address ON sign_in_attempt (address);
CREATE INDEX ix_sign_in_attempt_at ON sign_in_attempt (at);
CREATE INDEX ix_staff_mail_mac ON staff_mail (mac);
CREATE INDEX ix_staff_mail_made_at ON staff_mail (made_at);
CREATE INDEX ix_staff_mail_place ON staff_mail (place);
CREATE INDEX ix_staff_mail_user_id ON staff_mail (user_id);
CREATE INDEX ix_staff_mail_waiting ON staff_mail (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX ix_staff_session_expires_at ON staff_session (expires_at);
CREATE INDEX ix_staff_session_user_id ON staff_session (user_id);
CREATE INDEX ix_subscriber_created_at ON subscriber (created_at);
CREATE INDEX ix_subscriber_state ON subscriber (state);
CREATE INDEX ix_subscription_request_handled_at ON subscription_request (handled_at);
CREATE INDEX ix_subscription_request_place ON subscription_request (place);
CREATE INDEX ix_subscription_request_requested_at ON subscription_request (requested_at);
CREATE INDEX ix_target_due_at ON target (due_at);
CREATE INDEX ix_target_service_service_id ON target_service (service_id);
CREATE INDEX ix_token_owner_id ON token (owner_id);
CREATE INDEX ix_uptime_interval_ended_at ON uptime_interval (ended_at);
CREATE INDEX ix_uptime_interval_service_id ON uptime_interval (service_id);
CREATE UNIQUE INDEX ix_audit_entry_position ON audit_entry (position);
CREATE UNIQUE INDEX uq_alert_unresolved ON alert (source, dedup_key) WHERE state <> 'resolved';
CREATE UNIQUE INDEX uq_delivery_notice_id_subscriber_id ON delivery (notice_id, subscriber_id) WHERE repeats IS NULL;
INSERT INTO "alembic_version" VALUES('81b596433aa3','2ad9bf80dbaa');
INSERT INTO "page" VALUES(1,:public_id,'{"source": "en", "version": 1, "texts": {"en": ["Status", 1]}}','Etc/UTC','en','["en"]',:now,10,0,0,30,NULL,NULL,NULL,0,1,1440,0,NULL,NULL);
INSERT INTO "revision" VALUES(1,1,:now);
