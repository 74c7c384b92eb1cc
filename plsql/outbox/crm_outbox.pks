create or replace package crm_outbox
   authid definer
   accessible by (
      package crm_reconcile, package crm_bridge_api, package crm_operator, package crm_conflict, package crm_guard,
      package crm_steps, package crm_values, package crm_funnel, package crm_leads, package crm_findings,
      package crm_runs, package crm_test_steps, package crm_test_outbox, package crm_test_inbox,
      package crm_test_fixture, package crm_test_contacts, package crm_test_reads, package crm_test_substitute,
      package crm_test_fuse, package crm_test_contact_guard
   )
is
   /**
   Outbox of captured changes: appended in the writer's transaction, claimed in batches under the leases of their
   records, settled once.

   Owns:    crm_outbox_events, crm_outbox_attempts; the columns version and doubtful_fields of crm_records
   Commits: never
   */
   /**
   Appends one change per record, in one bulk statement. Versions are given here, while the rows of the ERP are locked.
   - @param out_event_ids  same order as in_record_keys, never null
   - @param out_versions   same order as in_record_keys, never null
   */
   procedure append(
      in_record_keys in  crm_record_keys_ct,
      in_origin      in  crm_types.origin_type,
      out_event_ids  out crm_ids_ct,
      out_versions   out crm_ids_ct
   );

   /**
   The last client of the next piece of clients, by their code; null when there is none left.
   - @param in_after  client with which the piece before ended; 0 at the beginning
   - @param in_limit  clients of a piece
   */
   function last_client(
      in_after in number,
      in_limit in pls_integer
   ) return number;

   /**
   Appends one change for every branch of these clients that takes part, has no agreed image, and waits for nothing
   already. A piece of clients at a time, so that a call is short whatever the size of the ERP.
   - @param in_after      clients after this one
   - @param in_to         up to this one
   - @param out_appended  changes appended
   */
   procedure append_unsent(
      in_after     in  number,
      in_to        in  number,
      out_appended out pls_integer
   );

   /** The newest change of a record that could be claimed now; nulls when there is none. */
   procedure find_waiting(
      in_record_key in  crm_outbox_events.record_key%type,
      out_event_id  out crm_outbox_events.event_id%type,
      out_version   out crm_outbox_events.version%type
   );

   /**
   Claims due changes, oldest first, one per record: the newest pending version; older ones become superseded. The
   document is read here, after the lease is held. Changes that need no call are settled as unchanged.
   - @param  out_event_ids  changes to deliver, in rising order; never null
   - @throws crm_err.e_invalid_argument
   */
   procedure claim(
      in_worker_id     in  crm_records.lease_owner%type,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_event_ids    out crm_ids_ct
   );

   /**
   Locks the record of a claimed change until the end of the transaction and checks the claim.
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event
   */
   procedure assert_claim(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      out_event      out crm_outbox_events%rowtype
   );

   /**
   Takes fields out of a claimed change, asserted before. What is delivered then is not the row of the ERP: neither a
   hash nor a version is agreed.
   - @param in_document        the record as the CRM will hold it after the delivery
   - @param in_changed_fields  JSON array of the fields that are sent still
   */
   procedure narrow(
      in_event_id       in crm_outbox_events.event_id%type,
      in_document       in crm_outbox_events.document%type,
      in_changed_fields in crm_outbox_events.changed_fields%type
   );

   /** Sends less of the steps of a claimed change. */
   procedure narrow_steps(
      in_event_id in crm_outbox_events.event_id%type,
      in_steps    in crm_outbox_events.steps%type
   );

   /**
   Ends the attempt of a claimed change, and the lease.
   - @param  in_outcome        DELIVERED, RETRY, IN_DOUBT or PARKED
   - @param  in_reason_class   rate_limited, auth and unavailable do not count against max_failures
   - @param  in_retry_seconds  not before; null = at once
   - @param  in_steps          what became of the steps; null = none was begun
   - @throws crm_err.e_stale_claim, crm_err.e_invalid_outcome, crm_err.e_unknown_event, crm_err.e_crm_id_taken
   */
   procedure settle(
      in_event_id      in  crm_outbox_events.event_id%type,
      in_fence_token   in  crm_outbox_events.fence_token%type,
      in_outcome       in  crm_outbox_attempts.outcome%type,
      in_crm_id        in  crm_records.crm_id%type,
      in_calls         in  crm_outbox_attempts.calls%type,
      in_http_status   in  crm_outbox_attempts.http_status%type,
      in_reason_class  in  crm_outbox_attempts.reason_class%type,
      in_detail        in  crm_outbox_attempts.detail%type,
      in_retry_seconds in  number,
      out_record_key   out crm_outbox_events.record_key%type,
      in_steps         in  crm_outbox_events.steps%type default null
   );

   /** Takes back what was in flight on records whose lease has ended: the attempt may have reached the CRM. */
   procedure return_lost(in_record_keys in crm_record_keys_ct);

   /**
   Makes a parked change ready again, with a new count of failures.
   - @throws crm_err.e_not_parked
   */
   procedure replay(in_event_id in crm_outbox_events.event_id%type);

   /**
   Ends the parking of these rows; what is not parked stays as it is.
   - @param in_status  READY: again, with a new count of failures; SKIPPED: given up
   */
   procedure end_parked(
      in_event_ids in crm_ids_ct,
      in_status    in crm_outbox_events.status%type
   );
end crm_outbox;
/
