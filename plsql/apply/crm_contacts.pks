create or replace package crm_contacts
   authid definer
   accessible by (package crm_apply)
is
   /**
   Takes the persons of a lead, as just read from the CRM, into the contacts of its branch: finds who is who, merges
   field by field against what was agreed on each, writes CONTACTS, whose trigger changes the ERP, and writes what both
   sides now agree on.

   A person whose contact was deleted in the ERP does not come back. A person that is gone from the CRM is looked for a
   second time; then its contact stays in the ERP without a person. A change of that contact in the ERP, before it was
   noticed or after, adds it to the CRM again. So an edit in the ERP wins over the removal in the CRM, and the removal
   in the ERP over an edit in the CRM.

   Owns:    contacts
   Commits: never
   */

   /** What became of the persons of a lead. */
   type outcome_type is record (
      is_changed boolean,                        -- something came into the ERP, or a person is gone
      is_pending boolean,                        -- a contact differs from its person: the value of the ERP goes out
      is_missing boolean,                        -- a person is to be looked for once more
      refusal    crm_inbox_events.detail%type    -- why some were left out, for a person; else null
   );

   /**
   Applies all persons of a lead; the branch is locked and the mark of crm_origin is set. The contacts of the branch are
   locked without waiting.
   - @param in_persons  objects with person_id, name, email, phone, job_title, is_primary ('S' or 'N'); a field that is
                      absent counts as not read
   - @throws crm_err.e_resource_busy, crm_err.e_invalid_json
   */
   procedure apply_persons(
      in_record_key in  crm_records.record_key%type,
      in_crm_id     in  crm_records.crm_id%type,
      in_inbox_id   in  crm_inbox_events.inbox_id%type,
      in_persons    in  json_array_t,
      out_outcome   out outcome_type
   );
end crm_contacts;
/
