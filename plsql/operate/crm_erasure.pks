create or replace package crm_erasure
   authid definer
   accessible by (package crm_bridge_api)
is
   /**
   Erases what this schema holds of one record and its persons, on the request of a person (LGPD, art. 18).

   Erased: documents, steps, details and hashes of changes and attempts; bodies, fields and details of webhooks; the
   agreed images of record and contacts; conflicts, decisions of the merge, bodies that were replaced; the rows of
   LEADS and CONTACTS. What waits or is parked is given up. What stays: keys, times and states, so that "why" still
   tells what happened; the row of crm_forgotten_records, so that nothing comes back by itself; the row of
   crm_erasures. The ERP and the CRM are not touched: they are the customer's.

   Owns:    crm_erasures; empties and deletes rows of the outbox, the inbox, records, conflicts, audits and the mirror
   Commits: never
   */

   /**
   Erases the data of a record, or says only what there is.
   - @param in_is_live_allowed  S: also while the branch takes part in the ERP
   - @param in_is_dry_run       S: nothing is changed, nothing is refused
   - @param out_report          JSON: record_key, crm_id, is_live, is_leased, is_done (S or N), and erased: rows by kind
   - @throws crm_err.e_unknown_record, crm_err.e_record_leased, crm_err.e_record_live, crm_err.e_invalid_action
   */
   procedure forget(
      in_record_key      in  crm_records.record_key%type,
      in_by              in  crm_erasures.done_by%type,
      in_reason          in  crm_erasures.reason%type,
      in_is_live_allowed in  crm_types.flag_type,
      in_is_dry_run      in  crm_types.flag_type,
      out_report         out varchar2
   );

   /**
   Lets a record that was forgotten take part again; if the ERP still has it, its next change is sent.
   - @param out_lifted  0 when it was not forgotten, else 1
   - @throws crm_err.e_invalid_action
   */
   procedure lift(
      in_record_key in  crm_records.record_key%type,
      in_by         in  crm_erasures.done_by%type,
      in_reason     in  crm_erasures.reason%type,
      out_lifted    out pls_integer
   );
end crm_erasure;
/
