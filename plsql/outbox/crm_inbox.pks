create or replace package crm_inbox
   authid definer
   accessible by (
      package crm_apply, package crm_echo, package crm_guard, package crm_bridge_api, package crm_operator,
      package crm_findings, package crm_runs, package crm_test_inbox, package crm_test_fixture,
      package crm_test_operator, package crm_test_echo, package crm_test_hints, package crm_test_reads,
      package crm_test_substitute
   )
is
   /**
   Inbox of webhooks: stored raw, claimed under the lease of the lead's record, settled once. A webhook is a hint to
   read the lead again, so the newest of a lead stands for all.

   Owns:    crm_inbox_events
   Commits: never
   */

   /**
   Stores a webhook. The same key again stores no second row; if the first was taken already it becomes due again,
   since a repetition may report a later change.
   */
   procedure store(
      in_source        in  crm_inbox_events.source%type,
      in_event_type    in  crm_inbox_events.event_type%type,
      in_dedupe_key    in  crm_inbox_events.dedupe_key%type,
      in_crm_id        in  crm_inbox_events.crm_id%type,
      in_body          in  crm_inbox_events.body%type,
      in_fields        in  crm_inbox_events.fields%type,
      out_inbox_id     out crm_inbox_events.inbox_id%type,
      out_is_duplicate out crm_types.flag_type
   );

   /** Claims due webhooks, of people before hints, oldest first, one per lead. @param out_inbox_ids  never null */
   procedure claim(
      in_worker_id     in  crm_inbox_events.lease_owner%type,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_inbox_ids    out crm_ids_ct
   );

   /** Settles webhooks that are due, locked and claimed by nobody as unchanged. */
   procedure settle_unclaimed(
      in_inbox_ids in crm_ids_ct,
      in_detail    in crm_inbox_events.detail%type
   );

   /** The newest webhook of a record that could be claimed now; null when there is none. */
   function waiting_id(in_record_key in crm_records.record_key%type) return crm_inbox_events.inbox_id%type;

   /**
   Locks a claimed webhook, and its record, until the end of the transaction and checks the claim.
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event
   */
   procedure assert_claim(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      out_event      out crm_inbox_events%rowtype
   );

   /**
   Ends a claimed webhook, asserted before, with a final state, and the lease. Older webhooks of the lead that are
   parked are overtaken by one that read the same parts and was applied, brought nothing new, or is parked itself.
   */
   procedure finish(
      in_event  in crm_inbox_events%rowtype,
      in_status in crm_inbox_events.status%type,
      in_detail in crm_inbox_events.detail%type default null
   );

   /**
   Ends the attempt of a claimed webhook, asserted before; it comes again, or is parked after max_failures.
   - @param in_is_failure  false: the attempt does not count
   - @param in_reads_all   lead and persons are to be read the next time, whatever the webhook shows
   */
   procedure postpone(
      in_event         in crm_inbox_events%rowtype,
      in_retry_seconds in number,
      in_detail        in crm_inbox_events.detail%type,
      in_is_failure    in boolean,
      in_reads_all     in boolean default false
   );

   /** What claimed webhooks ask to be read of the CRM. @param in_reads  LEAD, CONTACTS or BOTH for each */
   procedure note_reads(
      in_inbox_ids in crm_ids_ct,
      in_reads     in crm_record_keys_ct
   );

   /** Notes on a claimed webhook, asserted before, that the CRM does not have the lead; the first time stays. */
   procedure note_missing(in_event in crm_inbox_events%rowtype);

   /** Takes back what was in flight on records whose lease has ended. */
   procedure return_lost(in_record_keys in crm_record_keys_ct);

   /** Takes back what a worker holds on leads without a record; without a worker: what has run out. */
   procedure return_unknown_leads(
      in_worker_id in  crm_inbox_events.lease_owner%type,
      out_returned out pls_integer
   );

   /**
   Ends the parking of these rows; what is not parked stays as it is.
   - @param in_status  READY: again, with a new count of failures; SKIPPED: given up
   */
   procedure end_parked(
      in_inbox_ids in crm_ids_ct,
      in_status    in crm_inbox_events.status%type
   );

   /** Puts another body, and another lead, in the place of those of a webhook. @param in_crm_id  null: as before */
   procedure replace_body(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_body     in crm_inbox_events.body%type,
      in_crm_id   in crm_inbox_events.crm_id%type
   );

   /**
   Stores hints to read leads, as webhooks that nobody sent; they are claimed when no true webhook waits. A lead for
   which one of the same kind waits already gets no second one, and what was read once in the same state is no news.
   - @param in_read_states   hash of what was read of each lead, in the order of in_crm_ids; no id twice
   - @param out_inbox_ids    hints stored, never null
   */
   procedure store_hints(
      in_reason      in  varchar2,
      in_event_type  in  crm_inbox_events.event_type%type,
      in_crm_ids     in  crm_ids_ct,
      in_read_states in  crm_types.hashes_type,
      out_inbox_ids  out crm_ids_ct
   );

   /**
   Stores a hint that is claimed in the same moment, under the lease that the caller holds on the record.
   - @param out_fence_token  of the lease
   */
   procedure store_claimed(
      in_reason       in  varchar2,
      in_crm_id       in  crm_inbox_events.crm_id%type,
      in_record_key   in  crm_inbox_events.record_key%type,
      out_inbox_id    out crm_inbox_events.inbox_id%type,
      out_fence_token out crm_inbox_events.fence_token%type
   );
end crm_inbox;
/
