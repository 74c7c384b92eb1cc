create or replace package crm_capture_records
   authid definer
is
   /**
   Captures branches whose keys are known: one bulk insert into the outbox and one wake-up. Reads no table of the ERP.
   Called by dynamic blocks of crm_capture, hence open to all code of the schema.

   Owns:    nothing; calls crm_changes, crm_queue
   Commits: never
   */

   /** Captures the branches of a list, without the one that this transaction applies. */
   procedure capture(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** The same for a collection. When the outbox cannot be written each branch becomes a gap. */
   procedure append(
      in_table_name  in varchar2,
      in_record_keys in crm_record_keys_ct
   );
end crm_capture_records;
/
