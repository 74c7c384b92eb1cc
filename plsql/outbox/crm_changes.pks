create or replace package crm_changes
   authid definer
   accessible by (package crm_capture_records, package crm_outbox)
is
   /**
   Appends changes to the outbox. Depends on the table of the outbox only, so that capture goes on while a view on the
   ERP is invalid.

   Owns:    the rows that are added to crm_outbox_events one by one
   Commits: never
   */

   /** See crm_outbox.append. */
   procedure append(
      in_record_keys in  crm_record_keys_ct,
      in_origin      in  crm_types.origin_type,
      out_event_ids  out crm_ids_ct,
      out_versions   out crm_ids_ct
   );
end crm_changes;
/
