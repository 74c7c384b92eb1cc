create or replace package crm_forgotten
   authid definer
   accessible by (package crm_inbox, package crm_apply, package crm_erasure)
is
   /**
   Records whose data was erased on request. vw_crm_clients leaves them out, so nothing of them is read from the ERP;
   what the CRM tells of their leads is neither kept nor taken in.

   Owns:    crm_forgotten_records
   Commits: never
   */

   /** Is this the lead of a record that was forgotten? A lead without an id is not. */
   function is_forgotten(in_crm_id in crm_forgotten_records.crm_id%type) return boolean;

   /**
   Notes that a record was forgotten; once more is no error, and keeps the lead that is known.
   - @param in_crm_id  null: it has none
   */
   procedure note(
      in_record_key in crm_forgotten_records.record_key%type,
      in_crm_id     in crm_forgotten_records.crm_id%type
   );

   /**
   Lets a record take part again.
   - @param out_lifted  0 when it was not forgotten, else 1
   */
   procedure lift(
      in_record_key in  crm_forgotten_records.record_key%type,
      out_lifted    out pls_integer
   );
end crm_forgotten;
/
