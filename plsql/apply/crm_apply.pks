create or replace package crm_apply
   authid definer
   accessible by (
      package crm_bridge_api, package crm_runs, package crm_test_apply, package crm_test_fixture,
      package crm_test_guard, package crm_test_contacts, package crm_test_contact_guard
   )
is
   /**
   Takes a lead, as just read from the CRM, into the ERP, by crm_leads, its persons by crm_contacts, and an unknown one
   by crm_conversion; decides what becomes of the webhook. Works under the claim of a webhook.

   A lead that left the mirrored stages stays in LEADS with the reason; a move back to a mirrored stage stays mirrored.

   Owns:    nothing
   Commits: never
   */

   /**
   Applies a lead and settles its webhook in the same transaction.
   The row of the branch in the ERP is locked without waiting; when another session holds it, the webhook is deferred.
   A field in which the ERP differs from the CRM afterwards is sent by an outbox event.
   - @param  in_lead     JSON: crm_id, stage, and neutral fields; an absent field counts as not read; contacts: all
                       persons of the lead, when they were read
   - @param  out_record_key  record of the webhook, null when it was not known at the claim
   - @param  out_result  APPLIED, UNCHANGED, IGNORED, DEFERRED or PARKED
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event, crm_err.e_invalid_json
   */
   procedure apply_lead(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      in_lead        in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   );

   /**
   Applies the persons of a lead whose own fields are as agreed, and settles its webhook in the same transaction.
   A person that is not named any more is looked for once more, together with the lead, before it counts as removed.
   - @param  in_contacts     JSON array of persons, as crm_contacts takes them
   - @param  out_record_key  record of the webhook, null when it was not known at the claim
   - @param  out_result      APPLIED, UNCHANGED, IGNORED, DEFERRED or PARKED (a person must decide who is who)
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event, crm_err.e_invalid_json
   */
   procedure apply_contacts(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      in_contacts    in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   );

   /**
   Settles a webhook whose lead the CRM, asked by id, does not have: DEFERRED until missing_recheck_seconds have passed
   since the first time, then IGNORED, and the mirror row ends. Nothing is deleted.
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event
   */
   procedure apply_missing(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   );
end crm_apply;
/
