create or replace package crm_steps
   authid definer
   accessible by (
      package crm_outbox, package crm_bridge_api, package crm_apply, package crm_contacts, package crm_findings,
      package crm_test_values, package crm_test_contacts, package crm_test_reads
   )
is
   /**
   What follows the lead of a claimed change: contacts, stage, values, discard. Each step is agreed on its own, whatever
   becomes of the others.

   Owns:    crm_contact_records, crm_let_go_persons; agreed_budget, agreed_order, agreed_stage, is_budget_in_doubt,
            is_proposal_empty, wanted_stage, wanted_discard, ended_on, end_reason of crm_records
   Commits: never
   */

   /**
   Writes what became of the steps of a claimed change; the lease is held.
   - @param in_steps          JSON array as settle_change takes it; null = none was begun
   - @param out_is_lead_done  the array says that the lead itself is done
   - @param out_begun         number of steps that were begun, the lead not counting
   - @param out_sent          JSON object: what the lead got in the place of values of the document; null: nothing
   - @throws crm_err.e_invalid_json, crm_err.e_crm_id_taken (another contact has this person already)
   */
   procedure settle(
      in_event         in  crm_outbox_events%rowtype,
      in_outcome       in  crm_outbox_attempts.outcome%type,
      in_steps         in  crm_outbox_events.steps%type,
      out_is_lead_done out boolean,
      out_begun        out pls_integer,
      out_sent         out varchar2
   );

   /**
   Wishes for the stage in which the leads of these records are, since their branches have left and the leads are being
   discarded: a branch that comes back finds its lead where it was. A lead that a user had discarded stays so.
   */
   procedure keep_stage(in_record_keys in crm_record_keys_ct);

   /**
   Writes the stage of a lead as just read; a wish for it is fulfilled, and the stage of one that left is left to users.
   - @param in_stage       as crm_stages spells it
   - @param in_end_reason  why the lead's cycle is over; null: it is not
   */
   procedure note_stage(
      in_record_key in crm_records.record_key%type,
      in_stage      in crm_records.agreed_stage%type,
      in_end_reason in crm_records.end_reason%type default null
   );

   /**
   Somebody has touched the leads of these claimed webhooks, and so perhaps their proposals: whether these are empty is
   not known any more.
   */
   procedure forget_proposals(in_inbox_ids in crm_ids_ct);

   /**
   Doubts every step of what is in flight on these records: the attempts were lost. Of a contact only the fields are
   doubted that the step was to send.
   */
   procedure lose(in_record_keys in crm_record_keys_ct);

   /**
   Writes what both sides agree on about a contact, ends doubts.
   - @param in_image  JSON: name, email, phone, job_title, is_primary, as the CRM holds them
   - @throws crm_err.e_crm_id_taken
   */
   procedure agree_contact(
      in_contact_id in crm_contact_records.contact_id%type,
      in_record_key in crm_contact_records.record_key%type,
      in_person_id  in crm_contact_records.person_id%type,
      in_image      in crm_contact_records.agreed_image%type
   );

   /** Notes that a person of the CRM is no contact any more, so that it does not come back as a new one. */
   procedure let_go_person(
      in_person_id  in crm_let_go_persons.person_id%type,
      in_record_key in crm_let_go_persons.record_key%type
   );

   /**
   Notes the persons that the CRM did not name among those of a lead. Who is missing for in_seconds already is taken as
   removed there: the contact stays in the ERP, without a person, and is added again only when the ERP changes it.
   - @param in_person_ids  all persons that the CRM has of the lead
   - @param out_ended_ids  persons that are taken as removed, never null
   - @param out_missing    persons that are to be looked for once more
   */
   procedure note_missing(
      in_record_key in  crm_contact_records.record_key%type,
      in_person_ids in  crm_ids_ct,
      in_seconds    in  number,
      out_ended_ids out crm_ids_ct,
      out_missing   out pls_integer
   );

   /** Forgets the persons of a record whose lead is gone; in the ERP as well, as far as rows are not locked there. */
   procedure forget_persons(in_record_key in crm_records.record_key%type);
end crm_steps;
/
