create or replace package crm_record
   authid definer
   accessible by (
      package crm_outbox, package crm_inbox, package crm_leads, package crm_bridge_api, package crm_conflict,
      package crm_conversion, package crm_findings, package crm_runs, package crm_test_outbox, package crm_test_reads,
      package crm_test_operate, package crm_test_runs
   )
is
   /**
   Records and their leases. The row of a record is its mutex: whoever changes the state of the record's events, or its
   agreed image, holds the lease or the row lock. Capture never touches it, so the ERP never waits for it.

   Owns:    crm_records
   Commits: never
   */

   /**
   Leases free records to a worker; records leased by anybody, and rows locked by another session, are skipped, not
   waited for. Records not seen before are created; there alone a claim waits, until another
   that is creating the same record commits.
   - @param out_record_keys what was leased, never null
   */
   procedure lease(
      in_record_keys   in  crm_record_keys_ct,
      in_worker_id     in  crm_records.lease_owner%type,
      in_lease_seconds in  pls_integer,
      out_record_keys  out crm_record_keys_ct
   );

   /** Makes the row of a record that was not seen before. @throws crm_err.e_invalid_record_key */
   procedure register(in_record_key in crm_records.record_key%type);

   /** Ends leases. The fence token stays as it is: the next lease raises it. */
   procedure give_back(in_record_keys in crm_record_keys_ct);

   /** Ends leases that have run out; rows locked by another session are skipped. @param out_record_keys never null */
   procedure end_expired(out_record_keys out crm_record_keys_ct);

   /** Ends all leases of a worker. @param out_record_keys never null */
   procedure end_worker(
      in_worker_id    in  crm_records.lease_owner%type,
      out_record_keys out crm_record_keys_ct
   );

   /**
   Locks the record until the end of the transaction and checks the lease. A lease that has run out but was not taken
   by anybody still counts.
   - @throws crm_err.e_stale_claim
   */
   procedure assert_lease(
      in_record_key  in crm_records.record_key%type,
      in_fence_token in crm_records.fence_token%type
   );

   /**
   Writes what both sides agree on, ends doubts. A field with an open conflict keeps its agreed value, and then there is
   no hash.
   - @param in_crm_id  null leaves the id as it is
   - @param in_image   null: nothing is agreed any more; what was is kept, should the branch join again
   - @param in_hash    null: the two sides differ still
   - @throws crm_err.e_crm_id_taken
   */
   procedure agree(
      in_record_key in crm_records.record_key%type,
      in_crm_id     in crm_records.crm_id%type,
      in_image      in crm_records.agreed_image%type,
      in_hash       in crm_records.agreed_hash%type,
      in_version    in crm_records.agreed_version%type default null
   );

   /**
   Stores the id of the lead in the ERP as well. A row of the ERP that is locked by another session is left to
   crm_reconcile.store_crm_ids.
   */
   procedure store_crm_id(in_record_key in crm_records.record_key%type);

   /** Says that a change from the CRM came in; the record is locked. */
   procedure note_applied(in_record_key in crm_records.record_key%type);

   /**
   Counts a delivery that followed a change from the CRM: within loop_minutes of the first of them. Others do not count.
   */
   procedure note_delivered(in_record_key in crm_records.record_key%type);

   /** Forgets such deliveries: a person wants the records to be sent. */
   procedure mend_fuses(in_record_keys in crm_record_keys_ct);

   /**
   Forgets the lead of a record, because the CRM does not have it any more: nothing is agreed, and the next change makes
   a new lead. A record that is leased, or whose branch is locked in the ERP, is left as it is.
   - @param out_is_forgotten  S or N
   */
   procedure forget_lead(
      in_record_key    in  crm_records.record_key%type,
      in_crm_id        in  crm_records.crm_id%type,
      out_is_forgotten out crm_types.flag_type
   );
end crm_record;
/
