create or replace package crm_bridge_api
   authid definer
is
   /**
   Everything the bridge daemon may do, and the only package granted to it.

   A record is one ERP client branch (key: CLIENT-BRANCH). Work on a record, in either direction, happens
   under its lease: one holder at a time, named by a fence token that grows with each lease. Settling with
   an old token raises crm_err.e_stale_claim and changes nothing.

   Owns:    nothing; calls crm_outbox, crm_inbox, crm_apply, crm_guard, crm_reconcile, crm_runs, crm_operator,
            crm_worker, crm_catalogue, crm_quota_book
   Commits: never; the daemon commits
   */
   co_api_version        constant pls_integer := 1;
   co_oldest_api_version constant pls_integer := 1;

   /**
   Version of this interface, to be compared by the daemon when it starts. It grows when something of it changes its
   meaning or goes; what is added (a procedure, a parameter with a default) changes nothing for a daemon that does not
   know it.
   */
   function api_version return pls_integer;

   /**
   The oldest daemon that is served: at least the version before, so that database and daemons can be replaced one
   after the other, in either order.
   */
   function oldest_api_version return pls_integer;

   /** Version of the schema: the newest migration that has been applied completely. */
   function schema_version return varchar2;

   /**
   Announces a worker and gives back what an earlier process of the same name still holds.
   - @param out_released  leases given back
   */
   procedure begin_worker(
      in_worker_id in  varchar2,
      out_released out pls_integer
   );

   /**
   Claims due outbound changes, oldest first, one per record: the newest pending version of it; older
   pending versions of the record become superseded. Records leased by anybody, and rows locked by another
   session, are skipped, not waited for. A change whose document equals the agreed image is settled here as
   unchanged and not returned. Claims whose lease expired are taken again, with is_in_doubt = 'S' when the
   lost attempt may have reached the CRM.

   Columns of out_changes: event_id, record_key, version, operation ('UPSERT' or 'REMOVE'), fence_token,
   attempt (1 for the first), idempotency_key, crm_id (null: not yet in the CRM), is_in_doubt ('S'/'N'),
   document (JSON, fields as in vw_crm_clients), agreed_image (JSON as last agreed, or null),
   changed_fields (JSON array: the fields of document to send on an update; empty: the lead itself is equal),
   steps (JSON array of what follows the lead, in order of execution; never null), guarded_fields (JSON array: fields
   that somebody may have changed in the CRM meanwhile; before one of them is sent, see check_unseen).

   Steps: {"step":"contact","op":"add"|"update"|"remove","contact_id":n,"person_id":n|null,"in_doubt":true|false,
   "fields":{"name","email","phone","job_title","is_primary"},"changed":["name",…]}, fields of a removal as last
   agreed; {"step":"stage","stage":"…"}; {"step":"budget","value":"1234.56"|null,"product_id":"…"|null,
   "in_doubt":true|false}, null: no value any more; {"step":"sale","value":"1234.56","product_id":"…"|null};
   {"step":"discard","reason":"…"}. Values are text with a point. is_primary is 'S' or 'N'.
   */
   procedure claim_changes(
      in_worker_id     in  varchar2,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_changes      out sys_refcursor
   );

   /**
   Ends the attempt of a claimed change and gives the lease back.
   - @param in_outcome        'DELIVERED', 'RETRY' (not before in_retry_seconds), 'IN_DOUBT' (retry, but look
                            the record up first) or 'PARKED' (needs a person)
   - @param in_crm_id         id of the lead in the CRM, when known
   - @param in_calls          HTTP calls that the attempt made
   - @param in_reason_class   class of failure: 'transient', 'rate_limited', 'auth', 'validation', …
   - @param in_detail         short text for a person, no personal data
   - @param in_steps          JSON array of {"step","contact_id","person_id","done":true|false,"detail"}, one for each
                            step that was begun; a step that is not named was not begun. {"step":"lead","done":true}
                            stands for the lead itself, beside any outcome but DELIVERED, which says it anyway. What
                            is done becomes agreed, whatever the outcome of the attempt. What is not done is in doubt
                            with the outcome IN_DOUBT: the lead only when neither it nor a step is named.
                            {"step":"lead","done":true,"sent":{"sales_rep":"99"}}, beside any outcome: the lead has
                            that in the place of the value of the document, which the CRM does not know
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_outcome, crm_err.e_invalid_json
   */
   procedure settle_change(
      in_event_id      in number,
      in_fence_token   in number,
      in_outcome       in varchar2,
      in_crm_id        in number   default null,
      in_calls         in pls_integer default 1,
      in_http_status   in pls_integer default null,
      in_reason_class  in varchar2 default null,
      in_detail        in varchar2 default null,
      in_retry_seconds in number   default null,
      in_steps         in clob     default null
   );

   /**
   Asks for a move of a lead in the CRM; the move travels as a step of the record's next change.
   - @param in_stage  as in crm_stages; compared after normalisation
   - @param in_by     who asks
   - @throws crm_err.e_stage_not_allowed, crm_err.e_unknown_record
   */
   procedure request_stage(
      in_record_key in varchar2,
      in_stage      in varchar2,
      in_by         in varchar2
   );

   /**
   Asks for the discarding of a lead in the CRM.
   - @throws crm_err.e_stage_not_allowed, crm_err.e_unknown_record
   */
   procedure request_discard(
      in_record_key in varchar2,
      in_reason     in varchar2,
      in_by         in varchar2
   );

   /** Ends leases that have run out and takes back what was in flight under them. */
   procedure end_expired_leases;

   /**
   Stores a webhook as it came, before anything is parsed.
   - @param in_event_type     'LEAD_UPDATED', 'LEAD_CONVERTED', 'LEAD_DISCARDED', 'PERSON_UPDATED'
   - @param in_dedupe_key     64 hex digits, unique: the same key again stores nothing
   - @param in_crm_id         lead id that the body names, null when it could not be read
   - @param out_is_duplicate  'S' or 'N'
   - @param in_fields         JSON: stage, and the fields that were read of the body, under neutral names; null: none.
                            contacts: array of the persons in the body (person_id, name, email, phone, job_title),
                            absent when the body has none, null when they were too many to be kept
   */
   procedure store_webhook(
      in_source        in  varchar2,
      in_event_type    in  varchar2,
      in_dedupe_key    in  varchar2,
      in_crm_id        in  number,
      in_body          in  blob,
      out_inbox_id     out number,
      out_is_duplicate out varchar2,
      in_fields        in  clob default null
   );

   /**
   Claims due webhooks, one per lead (the newest; older ones of the lead are settled with it), taking the
   lease of the record. Leads whose record is leased wait for their turn. Echoes of our own
   deliveries, told by the fields of the webhook, are settled here as unchanged and not returned.

   Columns of out_webhooks: inbox_id, event_type, crm_id, record_key (null: lead not known yet),
   fence_token, attempt, known_fields (JSON: the agreed client_code, sales_rep, tax_registration, financial_analysis
   when the webhooks show that nothing in them differs, so that they need no reading; else null), reads ('LEAD',
   'CONTACTS' or 'BOTH': what is to be read of the CRM; contacts alone are handed to apply_contacts, everything else to
   apply_lead), source ('RECONCILE': a hint of a run over all leads, which can wait).
   */
   procedure claim_webhooks(
      in_worker_id     in  varchar2,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_webhooks     out sys_refcursor
   );

   /**
   Applies the lead as just read from the CRM, and settles the webhook in the same transaction.
   - @param in_lead     JSON: crm_id, stage, the fields of vw_crm_clients under the same names, and, when known,
                      updated_at (UTC, ISO 8601): when the lead changed last; contacts, when they were read: as
                      apply_contacts takes them
   - @param out_result  'APPLIED', 'UNCHANGED' (echo or nothing new), 'IGNORED' (stage not mirrored, or lead
                      not known to the ERP), 'DEFERRED' (its record is just being created; comes again) or 'PARKED'
                      (a converted lead that cannot become a client of the ERP; the detail says why)
   - @throws crm_err.e_stale_claim
   */
   procedure apply_lead(
      in_inbox_id    in  number,
      in_fence_token in  number,
      in_lead        in  clob,
      out_result     out varchar2
   );

   /**
   Says that the CRM, asked by id, does not have the lead, and settles the webhook. The first time it is only looked at
   again after the setting missing_recheck_seconds; the second time the mirror row ends. Nothing is deleted.
   - @param out_result  'DEFERRED' or 'IGNORED'
   - @throws crm_err.e_stale_claim
   */
   procedure apply_missing(
      in_inbox_id    in  number,
      in_fence_token in  number,
      out_result     out varchar2
   );

   /**
   Ends the attempt of a claimed webhook without applying anything.
   - @param in_outcome  'RETRY' (not before in_retry_seconds), 'PARKED' or 'DONE'
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_outcome
   */
   procedure settle_webhook(
      in_inbox_id      in number,
      in_fence_token   in number,
      in_outcome       in varchar2,
      in_detail        in varchar2 default null,
      in_retry_seconds in number   default null
   );

   /**
   Ends an open conflict of crm_conflicts_v: both sides get the chosen value.
   - @param in_choice  'ERP', 'CRM' or 'VALUE'
   - @param in_value   with 'VALUE' only; null empties the field
   - @param in_by      person that decided
   - @throws crm_err.e_unknown_conflict, crm_err.e_invalid_choice, crm_err.e_record_leased
   */
   procedure resolve_conflict(
      in_conflict_id in number,
      in_choice      in varchar2,
      in_value       in varchar2,
      in_by          in varchar2
   );

   /**
   Requests a send of every branch that the ERP marks for integration and that has no agreed image yet, in one call.
   For daemons that do not know request_unsent, which takes a piece at a time.
   */
   procedure request_initial_load(
      out_requested out pls_integer
   );

   /**
   The same for the next piece of clients. The caller commits after each; what is requested already is not requested
   again, so that it may begin anywhere.
   - @param in_after       client with which the piece before ended; 0 at the beginning
   - @param in_limit       clients of the piece, 1 to 10,000
   - @param out_requested  branches requested by this call
   - @param out_next       in_after of the next piece; null when this was the last
   - @throws crm_err.e_invalid_argument
   */
   procedure request_unsent(
      in_after      in  number,
      in_limit      in  pls_integer,
      out_requested out pls_integer,
      out_next      out number
   );

   /** Turns capture gaps into outbox events. @param out_repaired  gaps closed by this call */
   procedure repair_gaps(
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   );

   /**
   Says that a daemon is alive; to be called several times within the setting worker_live_seconds.
   - @param out_live_workers  daemons that are alive, this one with them: each takes its share of the quota
   - @throws crm_err.e_invalid_argument
   */
   procedure heartbeat(
      in_worker_id     in  varchar2,
      out_live_workers out pls_integer
   );

   /**
   Tries parked items again, in the order of their keys; each leaves a row in crm_operator_audit.
   - @param in_filter  JSON object with any of "kind" ('OUTBOX', 'INBOX'), "event_id" (needs kind), "record_key",
                     "reason_class" (changes only); an empty object: everything parked
   - @param in_by      who asks
   - @throws crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure replay_parked(
      in_filter in  varchar2,
      in_by     in  varchar2,
      out_count out pls_integer
   );

   /**
   Gives parked items up, for a reason; filter and audit as with replay_parked.
   - @throws crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure skip_parked(
      in_filter in  varchar2,
      in_reason in  varchar2,
      in_by     in  varchar2,
      out_count out pls_integer
   );

   /**
   Replaces the body of a parked webhook and tries it again; the body that came stays in crm_operator_audit.
   - @param in_body    JSON, at most 32,767 bytes
   - @param in_crm_id  lead that the new body names; null: as before
   - @throws crm_err.e_unknown_event, crm_err.e_not_parked, crm_err.e_invalid_json, crm_err.e_invalid_action
   */
   procedure edit_inbox(
      in_inbox_id in number,
      in_body     in varchar2,
      in_by       in varchar2,
      in_crm_id   in number default null
   );

   /**
   Erases what this schema holds of a record and its persons, or says what there is. ERP and CRM are not touched.
   - @param in_is_live_allowed  S: also while the branch takes part in the ERP
   - @param in_is_dry_run       S: nothing is changed, nothing is refused
   - @param out_report          JSON: record_key, crm_id, is_live, is_leased, is_done (S or N), erased (rows by kind)
   - @throws crm_err.e_unknown_record, crm_err.e_record_leased, crm_err.e_record_live, crm_err.e_invalid_action
   */
   procedure forget_record(
      in_record_key      in  varchar2,
      in_by              in  varchar2,
      in_reason          in  varchar2,
      in_is_live_allowed in  varchar2,
      in_is_dry_run      in  varchar2,
      out_report         out varchar2
   );

   /**
   Lets a record that was forgotten take part again.
   - @param out_lifted  0 when it was not forgotten, else 1
   - @throws crm_err.e_invalid_action
   */
   procedure lift_forgetting(
      in_record_key in  varchar2,
      in_by         in  varchar2,
      in_reason     in  varchar2,
      out_lifted    out pls_integer
   );

   /** Opens a run of the hash-diff. @param in_engine  'spark', 'duckdb' … */
   procedure start_diff_run(
      in_engine  in  varchar2,
      out_run_id out number
   );

   /**
   Stores differences found by a run: key differences only, no values.
   - @param in_differences  JSON array of {"record_key", "kind": "MISSING"|"CHANGED"|"EXTRA", "erp_hash"}
   */
   procedure record_differences(
      in_run_id      in number,
      in_differences in clob
   );

   /**
   Closes a run.
   - @param in_status  'DONE' or 'FAILED'
   */
   procedure finish_diff_run(
      in_run_id        in number,
      in_status        in varchar2,
      in_rows_compared in number,
      in_detail        in varchar2 default null
   );

   /**
   Hands the differences of a run to the outbox, after comparing each once more with the ERP as it is now.
   - @param out_requested  outbox events made
   */
   procedure repair_differences(
      in_run_id     in  number,
      out_requested out pls_integer
   );

   /**
   Adds the industries of the CRM that the ERP does not have; see crm_catalogue.
   - @param in_industries  JSON array of names
   - @throws crm_err.e_invalid_json
   */
   procedure store_industries(
      in_industries in  clob,
      out_added     out pls_integer,
      out_known     out pls_integer,
      out_refused   out pls_integer
   );

   /**
   A parked webhook with its body, for the person who mends it: the body may hold personal data.
   Columns of out_webhook, one row: inbox_id, event_type, crm_id, record_key, attempts, detail, received_on, body.
   - @throws crm_err.e_unknown_event, crm_err.e_not_parked
   */
   procedure read_parked_webhook(
      in_inbox_id in  number,
      out_webhook out sys_refcursor
   );

   /**
   Tells what the CRM holds now of guarded fields that are about to be sent. What somebody has changed there, and no
   webhook has told of yet, must not be sent: such a field keeps its agreed value when the change is settled, and a
   stored hint brings the lead into the merge.
   - @param in_crm_id   lead that was read
   - @param in_seen     JSON object: the fields as read just now, under neutral names
   - @param out_unseen  JSON array of the fields that must not be sent
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_json
   */
   procedure check_unseen(
      in_event_id    in  number,
      in_fence_token in  number,
      in_crm_id      in  number,
      in_seen        in  clob,
      out_unseen     out varchar2
   );

   /**
   The same for the fields of a person that a contact step is about to write or to take over; those that must not be
   sent leave the step, and a stored hint brings the persons of the lead into the merge.
   - @param in_contact_id  contact of the step
   - @param in_seen        JSON object: the person's fields as read just now, under neutral names
   - @param in_main_id     the only person that the CRM has as main contact of the lead; null: none, or several
   - @param out_unseen     JSON array of the fields that must not be sent
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_json, crm_err.e_invalid_argument
   */
   procedure check_unseen_contact(
      in_event_id    in  number,
      in_fence_token in  number,
      in_crm_id      in  number,
      in_contact_id  in  number,
      in_seen        in  clob,
      in_main_id     in  number,
      out_unseen     out varchar2
   );

   /**
   Applies the persons of a lead as just read from the CRM, all of them, and settles the webhook in the same
   transaction.
   - @param in_contacts  JSON array of {"person_id":n,"name","email","phone","job_title","is_primary":"S"|"N"}
   - @param out_result   as of apply_lead; 'DEFERRED' also when a person is missing for the first time, 'PARKED' when a
                       person may be several contacts: nothing was done for that one, the detail says which
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_json
   */
   procedure apply_contacts(
      in_inbox_id    in  number,
      in_fence_token in  number,
      in_contacts    in  clob,
      out_result     out varchar2
   );

   /**
   Tells which values of a field the CRM knows by now, so that those which were replaced by a default are sent.
   - @param in_field_name  'sales_rep'
   - @param in_known       JSON array of texts
   - @param out_requested  records that are sent again
   - @throws crm_err.e_invalid_argument, crm_err.e_invalid_json
   */
   procedure release_substitutes(
      in_field_name in  varchar2,
      in_known      in  clob,
      out_requested out pls_integer
   );

   /**
   Opens a run over all leads or contacts, or resumes the open one of its kind: whoever resumes takes it over.
   - @param in_kind           'RESYNC' (mends) or 'VALIDATE' (notes)
   - @param in_entity         'LEADS', 'CONTACTS' or 'ALL'
   - @param in_mode           'NEW', 'RESUME' or 'RESTART' (the open one is given up)
   - @param out_position      as finish_page got it last; null: at the beginning
   - @param out_has_contacts  'N': contacts do not take part, because the setting send_steps is off
   - @throws crm_err.e_run_open, crm_err.e_invalid_run (nothing to resume), crm_err.e_invalid_argument
   */
   procedure open_run(
      in_kind          in  varchar2,
      in_entity        in  varchar2,
      in_mode          in  varchar2,
      in_by            in  varchar2,
      out_run_id       out number,
      out_run_token    out number,
      out_entity       out varchar2,
      out_position     out varchar2,
      out_has_contacts out varchar2
   );

   /**
   Takes the turn of polling, unless another daemon had it less than in_every_seconds ago.
   - @param out_run_id  null: it is not our turn
   */
   procedure take_poll(
      in_every_seconds in  number,
      in_by            in  varchar2,
      out_run_id       out number,
      out_run_token    out number,
      out_position     out varchar2
   );

   /**
   Tells the time before a page is read.
   - @param out_mark             text, to be handed in with the page
   - @param out_is_pause_wanted  'S': end the run as PAUSED instead
   - @throws crm_err.e_run_lost
   */
   procedure begin_page(
      in_run_id           in  number,
      in_run_token        in  number,
      out_mark            out varchar2,
      out_is_pause_wanted out varchar2
   );

   /**
   Compares a page with the ERP as it is now and with what was agreed. VALIDATE: differences become findings. POLL:
   hints in the inbox. RESYNC: changes in the outbox, hints, and leads to be applied from the page. The same page twice
   does nothing twice.
   - @param in_entity     'LEADS' or 'CONTACTS'
   - @param in_page       JSON array: leads as apply_lead takes them, with read_version (when the lead changed last, as
                        the CRM writes it); or persons: person_id, crm_id, name, email, phone, job_title, is_primary
   - @param out_to_apply  one row, crm_id, for each lead that apply_run_lead is to be called with
   - @throws crm_err.e_run_lost, crm_err.e_invalid_json
   */
   procedure store_page(
      in_run_id     in  number,
      in_run_token  in  number,
      in_mark       in  varchar2,
      in_entity     in  varchar2,
      in_page       in  clob,
      out_to_apply  out sys_refcursor,
      out_equal     out pls_integer,
      out_busy      out pls_integer,
      out_outside   out pls_integer,
      out_different out pls_integer,
      out_left      out pls_integer
   );

   /**
   Applies a lead of a page under the lease of its record, if nothing happened to it since the page was read.
   - @param out_result  as apply_lead, or 'LEFT': to the live flow, which has a hint
   - @throws crm_err.e_run_lost, crm_err.e_invalid_json
   */
   procedure apply_run_lead(
      in_run_id    in  number,
      in_run_token in  number,
      in_mark      in  varchar2,
      in_lead      in  clob,
      out_result   out varchar2
   );

   /** Leaves a lead that apply_run_lead could not take to the live flow, with a hint. @throws crm_err.e_run_lost */
   procedure leave_run_lead(
      in_run_id    in number,
      in_run_token in number,
      in_crm_id    in number
   );

   /** Moves the position of a run and adds to its totals: the page is done. @throws crm_err.e_run_lost */
   procedure finish_page(
      in_run_id    in number,
      in_run_token in number,
      in_position  in varchar2,
      in_read      in number,
      in_equal     in number,
      in_busy      in number,
      in_outside   in number,
      in_different in number,
      in_applied   in number,
      in_left      in number
   );

   /**
   Leads or persons that the ERP knows and this run has not looked at: they were on no page, or busy.
   - @param in_after  greatest id of the last call, or 0
   - @param out_ids   one column: id
   - @throws crm_err.e_run_lost
   */
   procedure find_unseen(
      in_run_id    in  number,
      in_run_token in  number,
      in_entity    in  varchar2,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_ids      out sys_refcursor
   );

   /**
   Says of ids of find_unseen that the CRM, asked by id, does not have them: absence from the pages alone means nothing.
   - @param in_ids  JSON array of numbers, at most 32,767 bytes
   - @throws crm_err.e_run_lost
   */
   procedure note_missing(
      in_run_id    in  number,
      in_run_token in  number,
      in_entity    in  varchar2,
      in_ids       in  varchar2,
      out_missing  out pls_integer
   );

   /**
   Branches without a lead, all in one call: RESYNC requests them, VALIDATE notes them. For daemons that do not know
   look_for_unsent_v2. @throws crm_err.e_run_lost
   */
   procedure look_for_unsent(
      in_run_id    in  number,
      in_run_token in  number,
      out_found    out pls_integer
   );

   /**
   The same for the next piece of clients, with in_after, in_limit and out_next as request_unsent has them.
   - @throws crm_err.e_run_lost, crm_err.e_invalid_argument
   */
   procedure look_for_unsent_v2(
      in_run_id    in  number,
      in_run_token in  number,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_found    out pls_integer,
      out_next     out number
   );

   /**
   Ends the work of a process on a run.
   - @param in_status  'DONE', 'FAILED' or 'PAUSED' (can be resumed)
   - @throws crm_err.e_run_lost, crm_err.e_invalid_outcome
   */
   procedure end_run(
      in_run_id    in number,
      in_run_token in number,
      in_status    in varchar2,
      in_detail    in varchar2 default null
   );

   /** Asks the process that works on a run to stop before its next page. @param out_asked  runs asked */
   procedure ask_pause(
      in_kind   in  varchar2,
      out_asked out pls_integer
   );

   /**
   Hands the open findings of a finished run to outbox and inbox, some at a time; those for a person stay open.
   - @param in_limit      at most so many; to be repeated, each time committed, until out_repaired is 0
   - @throws crm_err.e_invalid_run
   */
   procedure repair_findings(
      in_run_id    in  number,
      in_by        in  varchar2,
      in_limit     in  pls_integer default 1000,
      out_repaired out pls_integer
   );

   /**
   Says that a daemon takes its calls by take_calls: when it starts, before its first heartbeat, and after each.
   - @param in_is_start         'S': the process has just started; if a daemon of a release that does not know
                              take_calls is alive or was a moment ago, take_calls grants nothing until its calls no
                              longer count
   - @param in_seconds          length of the CRM's window
   - @param out_sharing         by how many the daemon divides the quota beside that: 1, unless such a one is alive
   - @param out_paused_seconds  how long the CRM wants no calls; 0: it wants them
   - @param out_pause_reason    class of the answer that asked for it
   - @param out_refused_status  HTTP status with which the CRM refuses our token; null: it takes it
   - @throws crm_err.e_invalid_action
   */
   procedure join_calls(
      in_worker_id       in  varchar2,
      in_is_start        in  varchar2,
      in_seconds         in  number,
      out_sharing        out pls_integer,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   );

   /**
   Takes calls of the CRM's quota ahead, and tells of those that were taken before.
   - @param in_quota_name       'CALLS', or a kind of calls with a budget of its own
   - @param in_holder           the process
   - @param in_ask_no           grows with each question of the process: what is asked late changes nothing
   - @param in_calls            calls that the CRM allows in a window
   - @param in_window_seconds   length of the window
   - @param in_use_seconds      a call that is granted now arrives in the CRM within so many seconds, or is given back
   - @param in_kept             calls granted earlier that are under way or may still be made; the others were made, as
                              in_made tells, or are given back
   - @param in_made             JSON array of [calls, seconds], at most 32,767 bytes: so many arrived in the CRM at
                              least so long ago
   - @param in_wanted           calls wanted, 0 or more
   - @param out_granted         calls granted, 0 to in_wanted
   - @param out_wait_seconds    when asking again is worth it, if fewer were granted than wanted
   - @param out_paused_seconds  as join_calls has it; no calls are withheld for it, nor for a refusal
   - @param out_pause_reason    as join_calls has it
   - @param out_refused_status  as join_calls has it
   - @throws crm_err.e_invalid_argument, crm_err.e_invalid_json
   */
   procedure take_calls(
      in_quota_name      in  varchar2,
      in_holder          in  varchar2,
      in_ask_no          in  number,
      in_calls           in  pls_integer,
      in_window_seconds  in  number,
      in_use_seconds     in  number,
      in_kept            in  pls_integer,
      in_made            in  varchar2,
      in_wanted          in  pls_integer,
      out_granted        out pls_integer,
      out_wait_seconds   out number,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   );

   /**
   Notes that the CRM wants no calls for a while, of any daemon. A pause is only ever made longer.
   - @throws crm_err.e_invalid_action
   */
   procedure pause_calls(
      in_seconds in number,
      in_reason  in varchar2
   );

   /**
   Notes that the CRM refuses our token: no calls but the probes until one of them is taken.
   - @throws crm_err.e_invalid_action
   */
   procedure refuse_calls(in_http_status in number);

   /** Notes that the CRM takes our token. */
   procedure admit_calls;

   /**
   Takes the turn of asking whether the token is taken by now: one daemon at a time.
   - @param in_after_seconds  no sooner than so long after the last one asked
   - @param out_is_ours       'S': ask now, by one call
   - @param out_is_refused    'N': nothing is refused any more
   - @throws crm_err.e_invalid_action
   */
   procedure take_probe(
      in_after_seconds in  number,
      out_is_ours      out varchar2,
      out_is_refused   out varchar2
   );
end crm_bridge_api;
/
