create or replace package crm_guard
   authid definer
   accessible by (
      package crm_leads, package crm_contacts, package crm_bridge_api, package crm_test_guard,
      package crm_test_contact_guard
   )
is
   /**
   Keeps a delivery from undoing an edit of the CRM that no webhook has told of yet. Before a field that the CRM may
   win is sent, of a lead or of a person, the daemon reads it and asks here. A value that is neither agreed nor ours is
   an unseen edit: its field stays out of the delivery, keeps its agreed value, and a stored hint lets the merge decide.

   Owns:    nothing; calls crm_outbox and crm_inbox
   Commits: never
   */

   /** Source of the hints, in crm_inbox_events. */
   co_source constant crm_inbox_events.source%type := 'GUARD';

   /**
   Finds the unseen edits among what the CRM holds now, and takes their fields out of the claimed change.
   - @param  in_crm_id     lead that was read
   - @param  in_seen       JSON object: the fields as read just now, under neutral names; null is an empty field
   - @param  out_unseen    JSON array of the fields that must not be sent; never null
   - @param  out_inbox_id  hint to read and merge the lead; null when nothing is unseen
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event, crm_err.e_invalid_json
   */
   procedure check_unseen(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      in_crm_id      in  crm_records.crm_id%type,
      in_seen        in  clob,
      out_unseen     out crm_outbox_events.changed_fields%type,
      out_inbox_id   out crm_inbox_events.inbox_id%type
   );

   /**
   The same for a person that a step is about to write, or to take over for a contact: what must not be sent leaves the
   step, keeps its agreed value, and a hint brings the persons of the lead into the merge.
   - @param  in_contact_id  contact of the step
   - @param  in_seen        JSON object: the person's fields as read just now; null is an empty field
   - @param  in_main_id     the only person that the CRM has as main contact of the lead; null: none, or several
   - @param  out_unseen     JSON array of the fields that must not be sent; never null
   - @param  out_inbox_id   hint to read and merge the persons; null when nothing is unseen
   - @throws crm_err.e_stale_claim, crm_err.e_unknown_event, crm_err.e_invalid_json, crm_err.e_invalid_argument (the
             change has no such step)
   */
   procedure check_unseen_contact(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      in_crm_id      in  crm_records.crm_id%type,
      in_contact_id  in  crm_contact_records.contact_id%type,
      in_seen        in  clob,
      in_main_id     in  crm_contact_records.person_id%type,
      out_unseen     out crm_outbox_events.changed_fields%type,
      out_inbox_id   out crm_inbox_events.inbox_id%type
   );

   /**
   What an attempt of unknown outcome has sent of a contact, and the CRM shows, becomes the base of its field.
   - @param io_base  as last agreed; empty: an addition whose answer was lost may have made the person
   */
   procedure count_own_contact_values(
      in_contact_id in            crm_contact_records.contact_id%type,
      in_crm        in            crm_types.fields_type,
      io_base       in out nocopy crm_types.fields_type
   );

   /**
   What an attempt of unknown outcome has sent, and the CRM shows, is no edit of a user: such a value becomes the base
   of its field.
   - @param io_base  as last agreed; left alone when empty
   */
   procedure count_own_values(
      in_record_key in            crm_records.record_key%type,
      in_crm        in            crm_types.fields_type,
      io_base       in out nocopy crm_types.fields_type
   );
end crm_guard;
/
