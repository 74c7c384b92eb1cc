create or replace package crm_conflict
   authid definer
   accessible by (package crm_leads, package crm_bridge_api, package crm_contacts, package crm_test_conflict)
is
   /**
   Fields that both sides changed and a person must decide, and the trace of every decision of a merge. While a conflict
   is open its field rests: crm_record.agree keeps its agreed value, and crm_record_changes_v leaves it out.

   Owns:    crm_conflicts, crm_merge_audit
   Commits: never
   */

   /** Choices of a person. */
   co_erp   constant crm_conflicts.choice%type := 'ERP';
   co_crm   constant crm_conflicts.choice%type := 'CRM';
   co_value constant crm_conflicts.choice%type := 'VALUE';

   /**
   Brings the open conflicts of a record up to date with the lead as just read: new values are kept, and one whose sides
   have become equal ends by itself. What stays open is taken out of io_crm, so that it counts as not read.
   */
   procedure leave_resting(
      in_record_key in            crm_records.record_key%type,
      in_erp        in            crm_types.fields_type,
      io_crm        in out nocopy crm_types.fields_type
   );

   /**
   Keeps the decisions of a merge: a row of the audit each, or an open conflict where a person must decide.
   - @param in_contact_id  contact whose fields were merged; null: the lead
   */
   procedure keep_decisions(
      in_record_key in crm_records.record_key%type,
      in_inbox_id   in crm_inbox_events.inbox_id%type,
      in_decisions  in crm_merge.decisions_type,
      in_contact_id in crm_merge_audit.contact_id%type default null
   );

   /**
   Ends an open conflict: the ERP gets the chosen value, through LEADS and its trigger, and the lead by an outbox
   event wherever it has another. The row of the record is locked.
   - @param  in_choice       ERP, CRM or VALUE
   - @param  in_value        with VALUE only: the value that both sides shall have; null empties the field
   - @param  out_record_key  record of the conflict
   - @throws crm_err.e_unknown_conflict, crm_err.e_invalid_choice, crm_err.e_record_leased
   */
   procedure resolve(
      in_conflict_id in  crm_conflicts.conflict_id%type,
      in_choice      in  varchar2,
      in_value       in  crm_conflicts.resolved_value%type,
      in_by          in  crm_conflicts.resolved_by%type,
      out_record_key out crm_conflicts.record_key%type
   );
end crm_conflict;
/
