create or replace package crm_leads
   authid definer
   accessible by (package crm_apply)
is
   /**
   One lead and its branch: merges what was read of the CRM field by field, writes LEADS, whose trigger changes the ERP,
   and writes what both sides now agree on. What this means for the webhook is decided by crm_apply.

   Owns:    leads
   Commits: never
   */

   /** The shared fields that the object has; a JSON null is an empty field. */
   function fields_of(in_object in json_object_t) return crm_types.fields_type;

   /**
   Merges, writes and agrees; the branch is locked and the mark of crm_origin is set.
   - @param  in_crm_time  UTC, when the lead changed last; null: not known
   - @return APPLIED or UNCHANGED
   */
   function apply_lead(
      in_inbox_id   in crm_inbox_events.inbox_id%type,
      in_record_key in crm_records.record_key%type,
      in_crm_id     in leads.id%type,
      in_stage      in leads.stage%type,
      in_crm        in crm_types.fields_type,
      in_crm_time   in timestamp
   ) return crm_types.status_type;

   /** UTC time of an ISO 8601 text; null when it is none. */
   function crm_change_time(in_updated_at in varchar2) return timestamp;

   /** Appends a change of the record, unless one waits: the ERP differs from the CRM. */
   procedure send_again(in_record_key in crm_records.record_key%type);

   /** Ends the row of a lead in the mirror; nothing is deleted. */
   procedure end_mirroring(
      in_crm_id in leads.id%type,
      in_stage  in leads.stage%type,
      in_reason in leads.end_reason%type
   );
end crm_leads;
/
